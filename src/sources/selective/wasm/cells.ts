// Cells: what a wanted value is, noted so that the host can read it when it is asked for. A cell: kind and,
// above the lowest byte, a length; then a position or the value itself.

import { BACKSLASH, QUOTE, escape, scalar, stops } from './grammar';
import { TEXTS, TEXTS_END, TEXT_LENGTH_MAX } from './layout';
import { copy, symbolOf } from './symbols';
import { time } from './time';
import { uuid } from './uuid';

// Kinds of values that a key of the shape wants.
const WANT_WORD: u32 = 1;
const WANT_TIME: u32 = 2;
const WANT_UUID: u32 = 3;
export const WANT_OBJECT: u32 = 4;
export const WANT_LIST: u32 = 5;

// Kinds of cells; 0 is none.
export const NULL: u32 = 1;
const FALSE: u32 = 2;
const TRUE: u32 = 3;
const INTEGER: u32 = 4;
const NUMBER: u32 = 5;
const SYMBOL: u32 = 6;
const ASCII: u32 = 7;
const UTF8: u32 = 8;
const ESCAPED: u32 = 9;
export const OBJECT: u32 = 10;
export const LIST: u32 = 11;
export const OTHER_OBJECT: u32 = 12;
export const OTHER_LIST: u32 = 13;
const UUID: u32 = 14;
const TIME: u32 = 15;

/** The end of the texts that cells refer to. */
export let textsEnd: usize = TEXTS;

/** Texts from here on belong to no row. */
@inline
export function dropTexts(end: usize): void {
  textsEnd = end;
}

/** A wanted string; `p` is behind its quote. */
export function text(p: usize, cell: usize, wanted: u32): usize {
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

/** A wanted number or literal. */
export function bare(p: usize, cell: usize): usize {
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
