// Words that were seen before: each has a number, and the host makes a string of it once.

import { SLOTS, SLOT_COUNT, SYMBOLS, SYMBOLS_MAX, SYMBOL_LENGTH_MAX, SYMBOL_TEXTS } from './layout';

export let symbols: i32 = 0;

/** Symbols are few for long, then may be others: the host drops them when there is hardly room for more. */
export function dropSymbols(): void {
  for (let at: usize = 0; at < SLOT_COUNT * 2; at += 16) v128.store(SLOTS + at, i64x2.splat(0));
  symbols = 0;
}

/** The number of this text among those seen before; -1 where it has no place among them. */
export function symbolOf(from: usize, length: usize): i32 {
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

export function equal(a: usize, b: usize, length: usize): bool {
  while (length > 16) {
    if (i8x16.bitmask(i8x16.eq(v128.load(a), v128.load(b))) != 0xffff) return false;
    a += 16;
    b += 16;
    length -= 16;
  }
  const differing = i8x16.bitmask(i8x16.ne(v128.load(a), v128.load(b)));
  return (differing & ((1 << <i32>length) - 1)) == 0;
}

/** Whole steps of 16 bytes: up to 15 more than asked for. */
export function copy(from: usize, to: usize, length: usize): void {
  for (let at: usize = 0; at < length; at += 16) v128.store(to + at, v128.load(from + at));
}
