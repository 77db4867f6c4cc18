// A fast 64-bit hash of short strings (two interleaved 32-bit multiplicative mixes, after cyrb53).
// For keys that are compared within one lake, where an accidental collision is a one in 10^10 event
// at a billion keys squared; never for anything an attacker gains from.

const words = new Uint32Array(2);
const joined = new BigUint64Array(words.buffer);

/** Never 0, so that 0 can stand for "none". */
export function hash64(text: string, seed = 0): bigint {
  // Spread over all bits: a small seed would only swap the hashes of texts that begin differently.
  const start = Math.imul(seed, 0x9e3779b1);
  let a = 0xdeadbeef ^ start;
  let b = 0x41c6ce57 ^ start;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 2654435761);
    b = Math.imul(b ^ unit, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  words[0] = a;
  words[1] = b;
  const hash = joined[0] as bigint;
  return hash === 0n ? 1n : hash;
}
