// JSON's grammar, walked over and checked. Every loop ends at a newline, with which the window ends; loads
// may reach 32 bytes behind it. Functions return the position after what they took, or 0 where it is not
// to be had.

import { ESCAPES } from './layout';

export const QUOTE: u32 = 0x22;
export const COMMA: u32 = 0x2c;
export const COLON: u32 = 0x3a;
export const BACKSLASH: u32 = 0x5c;
export const OPEN: u32 = 0x7b;
export const CLOSE: u32 = 0x7d;
export const OPEN_LIST: u32 = 0x5b;
export const CLOSE_LIST: u32 = 0x5d;
export const NEWLINE: u32 = 0x0a;

/** 1 at each character that makes an escape sequence of two: " / \\ b f n r t. */
store<u8>(ESCAPES + 0x22, 1);
store<u8>(ESCAPES + 0x2f, 1);
store<u8>(ESCAPES + 0x5c, 1);
store<u8>(ESCAPES + 0x62, 1);
store<u8>(ESCAPES + 0x66, 1);
store<u8>(ESCAPES + 0x6e, 1);
store<u8>(ESCAPES + 0x72, 1);
store<u8>(ESCAPES + 0x74, 1);

/** Any value. Nesting beyond 63 levels is left to JSON.parse. */
export function skip(p: usize): usize {
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
export function colon(p: usize): usize {
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
export function stops(bytes: v128): i32 {
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
export function escape(p: usize): usize {
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
export function scalar(p: usize): usize {
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
export function space(p: usize): usize {
  let c = <u32>load<u8>(p);
  while (c == 0x20 || c == 0x09 || c == 0x0d) c = <u32>load<u8>(++p);
  return p;
}

/** A key with an escape could be any key: such lines are left to JSON.parse. */
export function bareKeyEnd(p: usize): usize {
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
