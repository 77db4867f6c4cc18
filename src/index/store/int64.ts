// Numbers as 64-bit integers without a BigInt each: two 32-bit words of the array's memory, the low one
// first, as every machine has it that DuckDB's bindings are built for.

const WORD = 2 ** 32;

/** `words` is the array of 64-bit integers seen as 32-bit words. The number has to be whole; beyond 2^53 it is as exact as it is. */
export function setInt64(words: Int32Array, at: number, value: number): void {
  words[at * 2] = value;
  words[at * 2 + 1] = Math.floor(value / WORD);
}

export function wordsOf(values: BigInt64Array): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.length * 2);
}

/** The numbers of a column, into another one from `at` on. */
export function copyInt64(from: BigInt64Array, into: Float64Array, at: number): void {
  const words = wordsOf(from);
  for (let i = 0; i < from.length; i++) into[at + i] = ((words[i * 2] as number) >>> 0) + (words[i * 2 + 1] as number) * WORD;
}

/** Fractions are cut off. */
export function int64s(values: readonly number[]): BigInt64Array {
  const column = new BigInt64Array(values.length);
  const words = wordsOf(column);
  for (let i = 0; i < values.length; i++) setInt64(words, i, Math.trunc(values[i] as number));
  return column;
}
