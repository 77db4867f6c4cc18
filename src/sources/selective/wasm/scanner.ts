// AssemblyScript, not TypeScript: compiled to scanner.wasm by `npm run build`. Scans a window of
// complete lines. Each line is checked against the whole grammar of JSON, and the values at the keys
// of a shape are noted as cells of a row; everything else is only walked over. A line that is not an
// object, or that needs more care than is worth having here, is noted as such and left to JSON.parse,
// so a row is right or there is none.
//
// Every loop ends at a newline, with which the window ends; loads may reach 32 bytes behind it. Functions
// that go over bytes return the position after what they took, or 0 where it is not to be had.

const QUOTE: u32 = 0x22;
const COMMA: u32 = 0x2c;
const COLON: u32 = 0x3a;
const BACKSLASH: u32 = 0x5c;
const OPEN: u32 = 0x7b;
const CLOSE: u32 = 0x7d;
const OPEN_LIST: u32 = 0x5b;
const CLOSE_LIST: u32 = 0x5d;
const NEWLINE: u32 = 0x0a;

/** 1 at each character that makes an escape sequence of two: " / \\ b f n r t. */
const ESCAPES: usize = 0x100;
store<u8>(ESCAPES + 0x22, 1);
store<u8>(ESCAPES + 0x2f, 1);
store<u8>(ESCAPES + 0x5c, 1);
store<u8>(ESCAPES + 0x62, 1);
store<u8>(ESCAPES + 0x66, 1);
store<u8>(ESCAPES + 0x6e, 1);
store<u8>(ESCAPES + 0x72, 1);
store<u8>(ESCAPES + 0x74, 1);

// Where things lie in memory. The host reads these from the exports; the window begins at WINDOW and
// is as long as the memory allows.
export const SHAPE: usize = 0x1000;
export const SHAPE_END: usize = 0x5000;
const SLOTS: usize = 0x5000;
const SLOT_COUNT: usize = 2048;
export const SYMBOLS: usize = 0x6000;
export const SYMBOLS_MAX: i32 = 1024;
const SYMBOL_LENGTH_MAX: usize = 128;
/** Room for as many symbols as there may be, each of the greatest length. */
const SYMBOL_TEXTS: usize = 0x10000;
export const ROWS: usize = 0x31000;
const ROWS_END: usize = 0x51000;
export const TEXTS: usize = 0x51000;
const TEXTS_END: usize = 0x61000;
const TEXT_LENGTH_MAX: usize = 256;
export const WINDOW: usize = 0x62000;

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

const WANT_WORD: u32 = 1;
const WANT_TIME: u32 = 2;
const WANT_UUID: u32 = 3;
const WANT_OBJECT: u32 = 4;
const WANT_LIST: u32 = 5;

// A line's row: start, end, whether the cells may be read, where the next row begins; then the cells.
// An element's row: kind, the next element's row or 0; then the cells. A cell: kind and, above the
// lowest byte, a length; then a position or the value itself.
const LINE_HEADER: usize = 16;
const NULL: u32 = 1;
const FALSE: u32 = 2;
const TRUE: u32 = 3;
const INTEGER: u32 = 4;
const NUMBER: u32 = 5;
const SYMBOL: u32 = 6;
const ASCII: u32 = 7;
const UTF8: u32 = 8;
const ESCAPED: u32 = 9;
const OBJECT: u32 = 10;
const LIST: u32 = 11;
const OTHER_OBJECT: u32 = 12;
const OTHER_LIST: u32 = 13;
const UUID: u32 = 14;
const TIME: u32 = 15;

/** Bytes of a line's row with the shape in use; set by the host. */
export let rowBytes: usize = 0;
/** Where the last call stopped: the end of the window, or the line for which there was no more room. */
export let stopped: usize = 0;
/** The end of the texts that cells refer to. */
export let textsEnd: usize = TEXTS;
export let symbols: i32 = 0;

let rowsEnd: usize = ROWS;
let full: bool = false;

/** Rows for the lines from `p` to `end`, as many as there is room for. Returns how many. */
export function scan(p: usize, end: usize): i32 {
  rowsEnd = ROWS;
  textsEnd = TEXTS;
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
        textsEnd = texts;
        break;
      }
      rowsEnd = row + rowBytes;
      textsEnd = texts;
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

/** Symbols are few for long, then may be others: the host drops them when there is hardly room for more. */
export function dropSymbols(): void {
  for (let at: usize = 0; at < SLOT_COUNT * 2; at += 16) v128.store(SLOTS + at, i64x2.splat(0));
  symbols = 0;
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

// ---- What the shape asks for

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

/** A key with an escape could be any key: such lines are left to JSON.parse. */
function bareKeyEnd(p: usize): usize {
  while (true) {
    const stop = stops(v128.load(p));
    if (stop != 0) {
      p += ctz(stop);
      return load<u8>(p) == QUOTE ? p : 0;
    }
    p += 16;
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

function equal(a: usize, b: usize, length: usize): bool {
  while (length > 16) {
    if (i8x16.bitmask(i8x16.eq(v128.load(a), v128.load(b))) != 0xffff) return false;
    a += 16;
    b += 16;
    length -= 16;
  }
  const differing = i8x16.bitmask(i8x16.ne(v128.load(a), v128.load(b)));
  return (differing & ((1 << <i32>length) - 1)) == 0;
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

/** A wanted string; `p` is behind its quote. */
function text(p: usize, cell: usize, wanted: u32): usize {
  const from = p;
  let kind = ASCII;
  while (true) {
    const bytes = v128.load(p);
    const stop = stops(bytes);
    const high = i8x16.bitmask(bytes);
    // Above the first stop nothing counts.
    if ((high & (stop ^ (stop - 1))) != 0 && kind == ASCII) kind = UTF8;
    if (stop == 0) {
      p += 16;
      continue;
    }
    p += ctz(stop);
    const c = <u32>load<u8>(p);
    if (c == QUOTE) break;
    if (c != BACKSLASH) return 0;
    p = escape(p);
    if (p == 0) return 0;
    kind = ESCAPED;
  }
  const length = p - from;
  if (kind == ASCII) asciiCell(cell, from, length, wanted);
  else setCell(cell, kind, length, from);
  return p + 1;
}

@inline
function setCell(cell: usize, kind: u32, length: usize, value: usize): void {
  store<u32>(cell, kind | (<u32>length << 8));
  store<usize>(cell, value, 4);
}

function asciiCell(cell: usize, from: usize, length: usize, wanted: u32): void {
  if (wanted == WANT_WORD) {
    const symbol = symbolOf(from, length);
    if (symbol >= 0) {
      setCell(cell, SYMBOL, length, symbol);
      return;
    }
  }
  if (wanted == WANT_TIME && length == 24) {
    const ms = time(from);
    if (ms >= 0) {
      store<u32>(cell, TIME | (<u32>(ms >> 32) << 8));
      store<u32>(cell, <u32>ms, 4);
      return;
    }
  }
  // Short texts are gathered, so that the host decodes all of a window at once.
  if (length > TEXT_LENGTH_MAX || textsEnd + length > TEXTS_END - 32) {
    setCell(cell, UTF8, length, from);
    return;
  }
  if (wanted == WANT_UUID && length == 36) {
    const at = (textsEnd + 3) & ~3;
    if (uuid(from, at)) {
      setCell(cell, UUID, 0, at);
      textsEnd = at + 16;
      return;
    }
  }
  setCell(cell, ASCII, length, textsEnd - TEXTS);
  copy(from, textsEnd, length);
  textsEnd += length;
}

/** The milliseconds since 1970 of `YYYY-MM-DDTHH:MM:SS.mmmZ`; -1 for any other text, and for days and hours that do not exist. */
function time(p: usize): i64 {
  if (load<u8>(p, 4) != 0x2d || load<u8>(p, 7) != 0x2d || load<u8>(p, 10) != 0x54 || load<u8>(p, 13) != 0x3a || load<u8>(p, 16) != 0x3a || load<u8>(p, 19) != 0x2e || load<u8>(p, 23) != 0x5a) return -1;
  const year = two(p) * 100 + two(p + 2);
  const month = two(p + 5);
  const day = two(p + 8);
  const hour = two(p + 11);
  const minute = two(p + 14);
  const second = two(p + 17);
  const last = <u32>load<u8>(p, 22) - 0x30;
  const ms = last <= 9 ? two(p + 20) * 10 + last : 1000;
  // What is no digit makes its number far too large.
  if (year < 1970 || year > 9999 || month - 1 > 11 || day - 1 >= daysOf(year, month) || hour > 23 || minute > 59 || second > 59 || ms > 999) return -1;
  return ((<i64>daysBefore(year, month) + <i64>day - 1) * 24 + <i64>hour) * 3_600_000 + <i64>(minute * 60_000 + second * 1000 + ms);
}

/** Two digits; more than 99 × 100 for anything else. */
@inline
function two(p: usize): u32 {
  const tens = <u32>load<u8>(p) - 0x30;
  const ones = <u32>load<u8>(p, 1) - 0x30;
  return tens <= 9 && ones <= 9 ? tens * 10 + ones : 100_000;
}

@inline
function daysOf(year: u32, month: u32): u32 {
  if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
  return 30 + ((month + (month >> 3)) & 1);
}

/** Days from 1970 to the first of a month. Years begin in March here, so that a leap day is a year's last. */
@inline
function daysBefore(year: u32, month: u32): u32 {
  const y = month <= 2 ? year - 1 : year;
  const m = month <= 2 ? month + 9 : month - 3;
  return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 - 719_468;
}

/** Writes the 16 bytes of a lower-case canonical UUID; false for any other text, and for the nil UUID. */
function uuid(from: usize, to: usize): bool {
  if (load<u8>(from, 8) != 0x2d || load<u8>(from, 13) != 0x2d || load<u8>(from, 18) != 0x2d || load<u8>(from, 23) != 0x2d) return false;
  const a = v128.load(from);
  const b = v128.load(from, 16);
  const c = v128.load(from, 20);
  const first = nibbles(i8x16.shuffle(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 16, 17));
  const last = nibbles(i8x16.shuffle(b, c, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15, 28, 29, 30, 31));
  // No hexadecimal digit has the highest bit.
  if (i8x16.bitmask(v128.or(first, last)) != 0) return false;
  const bytes = i8x16.narrow_i16x8_u(pairs(first), pairs(last));
  if (!v128.any_true(bytes)) return false;
  v128.store(to, bytes);
  return true;
}

/** What sixteen lower-case hexadecimal digits stand for; 0xff for anything else. */
@inline
function nibbles(digits: v128): v128 {
  const number = i8x16.sub(digits, i8x16.splat(0x30));
  const letter = i8x16.sub(digits, i8x16.splat(0x61));
  const isNumber = i8x16.eq(i8x16.min_u(number, i8x16.splat(9)), number);
  const isLetter = i8x16.eq(i8x16.min_u(letter, i8x16.splat(5)), letter);
  const value = v128.bitselect(number, i8x16.add(letter, i8x16.splat(10)), isNumber);
  return v128.or(value, v128.not(v128.or(isNumber, isLetter)));
}

/** Each two nibbles as one byte, in sixteen bits. */
@inline
function pairs(values: v128): v128 {
  return v128.and(v128.or(i16x8.shl(values, 4), i16x8.shr_u(values, 8)), i16x8.splat(0xff));
}

/** Whole steps of 16 bytes: up to 15 more than asked for. */
function copy(from: usize, to: usize, length: usize): void {
  for (let at: usize = 0; at < length; at += 16) v128.store(to + at, v128.load(from + at));
}

/** The number of this text among those seen before; -1 where it has no place among them. */
function symbolOf(from: usize, length: usize): i32 {
  if (length > SYMBOL_LENGTH_MAX) return -1;
  let slot = hash(from, length) & (SLOT_COUNT - 1);
  while (true) {
    const number = <i32>load<u16>(SLOTS + slot * 2);
    if (number == 0) break;
    const symbol = SYMBOLS + <usize>(number - 1) * 8;
    if (load<usize>(symbol, 4) == length && equal(from, load<usize>(symbol), length)) return number - 1;
    slot = (slot + 1) & (SLOT_COUNT - 1);
  }
  const at = symbols == 0 ? SYMBOL_TEXTS : load<usize>(SYMBOLS + <usize>(symbols - 1) * 8) + load<usize>(SYMBOLS + <usize>(symbols - 1) * 8, 4);
  if (symbols == SYMBOLS_MAX) return -1;
  copy(from, at, length);
  store<usize>(SYMBOLS + <usize>symbols * 8, at);
  store<usize>(SYMBOLS + <usize>symbols * 8, length, 4);
  symbols++;
  store<u16>(SLOTS + slot * 2, <u16>symbols);
  return symbols - 1;
}

/** Of the ends, the middle and the length: texts that agree in these only share a place to look at. */
function hash(from: usize, length: usize): usize {
  if (length < 8) {
    const some = length == 0 ? 0 : load<u64>(from) << (<u64>(8 - length) * 8);
    return <usize>((some * 0x9e3779b97f4a7c15 + length) >> 40);
  }
  const mixed = (load<u64>(from) * 0x9e3779b97f4a7c15) ^ (load<u64>(from + length - 8) * 0xc2b2ae3d27d4eb4f) ^ (load<u64>(from + (length >> 1) - 4) * 0x165667b19e3779f9);
  return <usize>((mixed * 0x9e3779b97f4a7c15 + length) >> 40);
}

/** A wanted number or literal. */
function bare(p: usize, cell: usize): usize {
  const end = scalar(p);
  if (end == 0) return 0;
  const c = <u32>load<u8>(p);
  if (c == 0x6e) store<u32>(cell, NULL);
  else if (c == 0x66) store<u32>(cell, FALSE);
  else if (c == 0x74) store<u32>(cell, TRUE);
  else numberCell(p, end, cell);
  return end;
}

/** Whole numbers of up to nine digits are read here; any other is the host's. */
function numberCell(p: usize, end: usize, cell: usize): void {
  if (end - p > 9) {
    setCell(cell, NUMBER, end - p, p);
    return;
  }
  let value: u32 = 0;
  for (let at = p; at < end; at++) {
    const digit = <u32>load<u8>(at) - 0x30;
    if (digit > 9) {
      setCell(cell, NUMBER, end - p, p);
      return;
    }
    value = value * 10 + digit;
  }
  setCell(cell, INTEGER, 0, value);
}

// ---- What is only walked over

/** Any value. Nesting beyond 63 levels is left to JSON.parse. */
function skip(p: usize): usize {
  let depth = 0;
  // One bit a level, the innermost lowest: 1 for an object.
  let levels: u64 = 0;
  while (true) {
    const c = <u32>load<u8>(p);
    if (c == QUOTE) {
      p = string(p + 1);
    } else if (c == OPEN || c == OPEN_LIST) {
      p = space(p + 1);
      if (load<u8>(p) != c + 2) {
        if (++depth == 64) return 0;
        levels = (levels << 1) | (c == OPEN ? 1 : 0);
        if (c == OPEN) p = key(p);
        if (p == 0) return 0;
        continue;
      }
      p++;
    } else {
      p = scalar(p);
    }
    if (p == 0) return 0;
    while (true) {
      if (depth == 0) return p;
      p = space(p);
      const next = <u32>load<u8>(p);
      const inObject = (levels & 1) != 0;
      if (next == COMMA) {
        p = space(p + 1);
        if (inObject) p = key(p);
        if (p == 0) return 0;
        break;
      }
      if (next != (inObject ? CLOSE : CLOSE_LIST)) return 0;
      p++;
      depth--;
      levels >>= 1;
    }
  }
  return 0;
}

/** A key and its colon, up to the value. */
function key(p: usize): usize {
  if (load<u8>(p) != QUOTE) return 0;
  p = string(p + 1);
  return p == 0 ? 0 : colon(p);
}

@inline
function colon(p: usize): usize {
  p = space(p);
  return load<u8>(p) == COLON ? space(p + 1) : 0;
}

/** A string; `p` is behind its quote. */
function string(p: usize): usize {
  while (true) {
    const stop = stops(v128.load(p));
    if (stop == 0) {
      p += 16;
      continue;
    }
    p += ctz(stop);
    const c = <u32>load<u8>(p);
    if (c == QUOTE) return p + 1;
    if (c != BACKSLASH) return 0;
    p = escape(p);
    if (p == 0) return 0;
  }
  return 0;
}

/** A bit for each byte that ends a string or its plain part: quote, backslash, control characters. */
@inline
function stops(bytes: v128): i32 {
  return i8x16.bitmask(stopBytes(bytes));
}

/** With one bit changed, the quote comes right behind the control characters. */
@inline
function stopBytes(bytes: v128): v128 {
  const changed = v128.xor(bytes, i8x16.splat(0x02));
  const low = i8x16.eq(i8x16.min_u(changed, i8x16.splat(0x20)), changed);
  return v128.or(low, i8x16.eq(bytes, i8x16.splat(<i8>BACKSLASH)));
}

/** One escape sequence; `p` is at its backslash. */
@inline
function escape(p: usize): usize {
  return load<u8>(ESCAPES + <usize>load<u8>(p, 1)) != 0 ? p + 2 : unicodeEscape(p);
}

function unicodeEscape(p: usize): usize {
  return load<u8>(p, 1) == 0x75 && hex(p + 2) && hex(p + 3) && hex(p + 4) && hex(p + 5) ? p + 6 : 0;
}

@inline
function hex(p: usize): bool {
  const c = <u32>load<u8>(p);
  return c - 0x30 < 10 || (c | 0x20) - 0x61 < 6;
}

/** A number or literal. */
function scalar(p: usize): usize {
  const c = <u32>load<u8>(p);
  if (c == 0x74) return load<u32>(p) == 0x65757274 ? p + 4 : 0;
  if (c == 0x66) return load<u32>(p, 1) == 0x65736c61 ? p + 5 : 0;
  if (c == 0x6e) return load<u32>(p) == 0x6c6c756e ? p + 4 : 0;
  return number(c == 0x2d ? p + 1 : p);
}

function number(p: usize): usize {
  const first = <u32>load<u8>(p);
  if (first - 0x30 > 9) return 0;
  p = first == 0x30 ? p + 1 : digits(p + 1);
  if (load<u8>(p) == 0x2e) {
    const from = p + 1;
    p = digits(from);
    if (p == from) return 0;
  }
  if ((load<u8>(p) | 0x20) == 0x65) {
    const sign = <u32>load<u8>(p, 1);
    const from = sign == 0x2b || sign == 0x2d ? p + 2 : p + 1;
    p = digits(from);
    if (p == from) return 0;
  }
  return p;
}

@inline
function digits(p: usize): usize {
  while (<u32>load<u8>(p) - 0x30 < 10) p++;
  return p;
}

/** White space within a line, which a newline is not. */
@inline
function space(p: usize): usize {
  let c = <u32>load<u8>(p);
  while (c == 0x20 || c == 0x09 || c == 0x0d) c = <u32>load<u8>(++p);
  return p;
}
