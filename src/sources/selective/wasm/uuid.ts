// UUIDs that need no text.

/** Writes the 16 bytes of a lower-case canonical UUID; false for any other text, and for the nil UUID. */
export function uuid(from: usize, to: usize): bool {
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
