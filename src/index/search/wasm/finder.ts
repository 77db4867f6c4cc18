// AssemblyScript, not TypeScript: compiled to finder.wasm by `npm run build`. Goes through a block of bytes for
// the next place at which a sign stands (signs.ts), letters of ASCII in either case, or an escaped character of ASCII.
// Of a sign its two rarest bytes are looked for, 64 places at a time; where both are, the whole of it is compared.

// A sign: its length, where its two rarest bytes are in it; its bytes, and for each the bits that do not matter.
export const SIGNS: usize = 0x1000;
export const SIGN_BYTES: usize = 256;
export const SIGNS_MAX: i32 = 16;
export const LENGTH_MAX: i32 = 64;
const LENGTH: usize = 0;
const FIRST: usize = 4;
const SECOND: usize = 8;
const BYTES: usize = 16;
const BITS: usize = 80;

/** Loads reach less than 256 bytes behind a block. */
export const BLOCK: usize = 0x2000;
export const BLOCK_MAX: usize = 0x20000;

const BACKSLASH: i8 = 0x5c;
const U: i8 = 0x75;

/** The first place from `p` on, or `end`. What stands there may reach behind `end`. */
export function find(sign: usize, p: usize, end: usize): usize {
  const first = <usize>load<u32>(sign, FIRST);
  const second = <usize>load<u32>(sign, SECOND);
  const a = i8x16.splat(load<i8>(sign + first, BYTES));
  const aBits = i8x16.splat(load<i8>(sign + first, BITS));
  const b = i8x16.splat(load<i8>(sign + second, BYTES));
  const bBits = i8x16.splat(load<i8>(sign + second, BITS));
  for (; p < end; p += 64) {
    const low = v128.or(places(p, first, a, aBits, second, b, bBits), places(p + 16, first, a, aBits, second, b, bBits));
    const high = v128.or(places(p + 32, first, a, aBits, second, b, bBits), places(p + 48, first, a, aBits, second, b, bBits));
    if (!v128.any_true(v128.or(low, high))) continue;
    for (let q = p; q < p + 64; q += 16) {
      for (let found = i8x16.bitmask(places(q, first, a, aBits, second, b, bBits)); found != 0; found &= found - 1) {
        const at = q + ctz(found);
        if (at >= end) return end;
        if (isEscape(at) || isSign(sign, at)) return at;
      }
    }
  }
  return end;
}

/** The bytes at which a sign or an escape may begin, of sixteen. */
@inline
function places(p: usize, first: usize, a: v128, aBits: v128, second: usize, b: v128, bBits: v128): v128 {
  const signs = v128.and(i8x16.eq(v128.or(v128.load(p + first), aBits), a), i8x16.eq(v128.or(v128.load(p + second), bBits), b));
  const escapes = v128.and(i8x16.eq(v128.load(p), i8x16.splat(BACKSLASH)), i8x16.eq(v128.load(p, 1), i8x16.splat(U)));
  return v128.or(signs, escapes);
}

/** `\u00` and 2 to 7: what a writer escaped without need. */
@inline
function isEscape(at: usize): bool {
  return load<u32>(at) == 0x3030755c && <u32>load<u8>(at, 4) - 0x32 < 6;
}

function isSign(sign: usize, at: usize): bool {
  const length = <usize>load<u32>(sign, LENGTH);
  for (let i: usize = 0; i < length; i++) {
    if ((load<u8>(at + i) | load<u8>(sign + i, BITS)) != load<u8>(sign + i, BYTES)) return false;
  }
  return true;
}
