// What is looked for in whole blocks of bytes: a few literals, of which every line that has a word has one, unless
// characters of ASCII are escaped in it. A line that has one may still not have the word.

import { hexOf, variantsOf } from './letters.ts';

/** A literal, its ASCII letters in either case, as wasm/finder.ts has it in its memory. */
export type Sign = Uint8Array;

/** So much of a word tells it from others. */
const LENGTH_MAX = 64;
/** Fewer ASCII characters are in more lines than one other character is. */
const TELLING = 3;

/** `word` in the case in which it is folded. */
export function signsOf(word: string): Sign[] {
  const characters = [...word];
  const run = longestRun(characters);
  const other = characters.find((character) => character >= '\u0080');
  if (run.length < TELLING && other !== undefined) return variantsOf(other).flatMap(formsOf).map(encoded);
  // Left is only what has both a form of ASCII and another one.
  return (run === '' ? variantsOf(characters[0] as string).flatMap(formsOf) : [Buffer.from(run.slice(0, LENGTH_MAX), 'latin1')]).map(encoded);
}

/** The longest run of ASCII characters that have no form but their two cases. */
function longestRun(characters: readonly string[]): string {
  let [longest, run] = ['', ''];
  for (const character of characters) {
    run = character < '\u0080' && variantsOf(character).length === 1 ? run + character : '';
    if (run.length > longest.length) longest = run;
  }
  return longest;
}

/** Plain, and for other than ASCII escaped, of which the first unit is enough. */
function formsOf(character: string): Buffer[] {
  const plain = Buffer.from(character, 'utf8');
  return character < '\u0080' ? [plain] : [plain, Buffer.from(`\\u${hexOf(character)[0] as string}`, 'latin1')];
}

/** Where the parts of a sign are. */
const [FIRST, SECOND, BYTES, BITS] = [4, 8, 16, 80];
/** Of ASCII letters, the bit that tells the upper case from the lower. */
const CASE_BIT = 0x20;
/** What logs have most of comes first. */
const COMMON = 'etaoinsrhldcu0123456789mfpgwybvkxjqz';

function encoded(literal: Buffer): Sign {
  const sign = Buffer.alloc(BITS + literal.length);
  const places = Array.from(literal, (_, i) => i).sort((a, b) => rarity(literal[b] as number) - rarity(literal[a] as number));
  const [first = 0, second = first] = places;
  sign.writeUInt32LE(literal.length, 0);
  sign.writeUInt32LE(first, FIRST);
  sign.writeUInt32LE(second, SECOND);
  literal.copy(sign, BYTES);
  literal.forEach((byte, i) => (sign[BITS + i] = byte >= 0x61 && byte <= 0x7a ? CASE_BIT : 0));
  return sign;
}

function rarity(byte: number): number {
  const at = COMMON.indexOf(String.fromCharCode(byte));
  return at === -1 ? COMMON.length : at;
}
