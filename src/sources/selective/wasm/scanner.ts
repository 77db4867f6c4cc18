// AssemblyScript, not TypeScript: compiled to scanner.wasm by `npm run build`. Scans a window of
// complete lines. Each line is checked against the whole grammar of JSON, and the values at the keys
// of a shape are noted as cells of a row; everything else is only walked over. A line that is not an
// object, or that needs more care than is worth having here, is noted as such and left to JSON.parse,
// so a row is right or there is none.

import { LIST, NULL, OBJECT, OTHER_LIST, OTHER_OBJECT, WANT_LIST, WANT_OBJECT, bare, dropTexts, text, textsEnd } from './cells';
import { CLOSE, CLOSE_LIST, COMMA, NEWLINE, OPEN, OPEN_LIST, QUOTE, bareKeyEnd, colon, skip, space } from './grammar';
import { ROWS, ROWS_END, SHAPE, TEXTS } from './layout';
import { equal } from './symbols';

export { textsEnd } from './cells';
export { ROWS, SHAPE, SHAPE_END, SYMBOLS, SYMBOLS_MAX, TEXTS, WINDOW } from './layout';
export { dropSymbols, symbols } from './symbols';

// A node of the shape: 64 slots that give the number of a key by its hash, then the keys. A key: its
// text, padded to 32 bytes, its length, the kind of value wanted, where its cell is in the row; for
// objects and lists of objects the node of those, and for lists how long an element's row is.
const KEYS: usize = 64;
const KEY_BYTES: usize = 48;
const KEY_LENGTH_MAX: usize = 32;
const KEY_LENGTH: usize = 32;
const KEY_WANTED: usize = 33;
const KEY_CELL: usize = 34;
const KEY_NODE: usize = 36;
const KEY_ELEMENT: usize = 40;

// A line's row: start, end, whether the cells may be read, where the next row begins; then the cells.
// An element's row: kind, the next element's row or 0; then the cells.

/** Bytes of a line's row with the shape in use; set by the host. */
export let rowBytes: usize = 0;
/** Where the last call stopped: the end of the window, or the line for which there was no more room. */
export let stopped: usize = 0;

let rowsEnd: usize = ROWS;
let full: bool = false;

/** Rows for the lines from `p` to `end`, as many as there is room for. Returns how many. */
export function scan(p: usize, end: usize): i32 {
  rowsEnd = ROWS;
  dropTexts(TEXTS);
  let count = 0;
  while (p < end) {
    const texts = textsEnd;
    const row = newRow(rowBytes);
    if (row == 0) break;
    let after = line(p, row);
    const understood = after != 0;
    if (!understood) {
      if (full && count > 0) {
        rowsEnd = row;
        dropTexts(texts);
        break;
      }
      rowsEnd = row + rowBytes;
      dropTexts(texts);
      after = newline(p);
    }
    store<usize>(row, p);
    store<usize>(row, after, 4);
    store<u32>(row, understood ? 1 : 0, 8);
    store<usize>(row, rowsEnd, 12);
    count++;
    p = after + 1;
  }
  stopped = p;
  return count;
}

function line(p: usize, row: usize): usize {
  p = space(p);
  if (load<u8>(p) != OPEN) return 0;
  p = object(p + 1, SHAPE, row);
  if (p == 0) return 0;
  p = space(p);
  return load<u8>(p) == NEWLINE ? p : 0;
}

function newline(p: usize): usize {
  while (true) {
    const found = i8x16.bitmask(i8x16.eq(v128.load(p), i8x16.splat(<i8>NEWLINE)));
    if (found != 0) return p + ctz(found);
    p += 16;
  }
  return 0;
}

/** 0 where there is no room. */
function newRow(bytes: usize): usize {
  const row = rowsEnd;
  if (row + bytes > ROWS_END) {
    full = true;
    return 0;
  }
  full = false;
  rowsEnd = row + bytes;
  for (let at = row; at < rowsEnd; at += 16) v128.store(at, i64x2.splat(0));
  return row;
}

/** The members of an object of which something is wanted; `p` is behind its brace. */
function object(p: usize, node: usize, row: usize): usize {
  p = space(p);
  if (load<u8>(p) == CLOSE) return p + 1;
  while (true) {
    if (load<u8>(p) != QUOTE) return 0;
    const from = p + 1;
    p = bareKeyEnd(from);
    if (p == 0) return 0;
    const key = keyOf(node, from, p - from);
    p = colon(p + 1);
    if (p == 0) return 0;
    p = key == 0 ? skip(p) : member(p, key, row);
    if (p == 0) return 0;
    p = space(p);
    const c = <u32>load<u8>(p);
    if (c != COMMA) return c == CLOSE ? p + 1 : 0;
    p = space(p + 1);
  }
  return 0;
}

/** The key of the node that has this text, or 0. */
function keyOf(node: usize, from: usize, length: usize): usize {
  if (length - 1 >= KEY_LENGTH_MAX) return 0;
  let slot = (<usize>load<u8>(from) + <usize>load<u8>(from + length - 1) * 5 + length * 3) & 63;
  while (true) {
    const number = <usize>load<u8>(node + slot);
    if (number == 0) return 0;
    const key = node + KEYS + (number - 1) * KEY_BYTES;
    if (<usize>load<u8>(key, KEY_LENGTH) == length && equal(from, key, length)) return key;
    slot = (slot + 1) & 63;
  }
  return 0;
}

function member(p: usize, key: usize, row: usize): usize {
  const cell = row + <usize>load<u16>(key, KEY_CELL);
  // The same key again: JSON.parse knows which of the two counts.
  if (load<u32>(cell) != 0) return 0;
  const wanted = <u32>load<u8>(key, KEY_WANTED);
  const c = <u32>load<u8>(p);
  if (c == QUOTE) return text(p + 1, cell, wanted);
  if (c == OPEN) {
    if (wanted == WANT_OBJECT) {
      store<u32>(cell, OBJECT);
      return object(p + 1, load<usize>(key, KEY_NODE), row);
    }
    store<u32>(cell, OTHER_OBJECT);
    return skip(p);
  }
  if (c == OPEN_LIST) {
    if (wanted == WANT_LIST) return list(p + 1, key, cell);
    store<u32>(cell, OTHER_LIST);
    return skip(p);
  }
  return bare(p, cell);
}

/** A list of objects of one shape: a row for each element, each naming the next. What is no object is noted as null. */
function list(p: usize, key: usize, cell: usize): usize {
  const node = load<usize>(key, KEY_NODE);
  const bytes = load<usize>(key, KEY_ELEMENT);
  store<u32>(cell, LIST);
  p = space(p);
  if (load<u8>(p) == CLOSE_LIST) return p + 1;
  let before = cell;
  while (true) {
    const row = newRow(bytes);
    if (row == 0) return 0;
    store<usize>(before, row, 4);
    before = row;
    const c = <u32>load<u8>(p);
    store<u32>(row, c == OPEN ? OBJECT : NULL);
    p = c == OPEN ? object(p + 1, node, row) : skip(p);
    if (p == 0) return 0;
    p = space(p);
    const next = <u32>load<u8>(p);
    if (next != COMMA) return next == CLOSE_LIST ? p + 1 : 0;
    p = space(p + 1);
  }
  return 0;
}
