// The compiled finder over whole blocks against the pattern over single lines: it lets through every line that
// the pattern does, and both together the same lines as the pattern alone.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eachCandidate } from '../../src/index/search/candidates.ts';
import { blockFinder } from '../../src/index/search/finder-module.ts';
import type { Finder } from '../../src/index/search/finder-module.ts';
import { Needle } from '../../src/index/search/needle.ts';

const WORDS = ['timeout', 'the', 'k9', 'K', 'kk', 'Kelvin', 'é', 'Straße', 'CAFÉ', 'ΟΔΟΣ', 'naïve', '日本語', '𐐀𐐨', 'x', '0x1F', 'ab'.repeat(50), 'Ångström', 'aé', 'ÄÖ'];

/** A character in one of the ways in which it may stand in a line, and what comes near to them. */
function written(character: string, way: number): string {
  const escape = (prefix: string): string => Array.from({ length: character.length }, (_, unit) => `${prefix}${character.charCodeAt(unit).toString(16).padStart(4, '0')}`).join('');
  return [character, character.toLowerCase(), character.toUpperCase(), escape('\\u'), escape('\\\\u').toUpperCase().replaceAll('U', 'u'), escape('\\U'), `${character}\u001b`][way] ?? character;
}

const filler = fc.oneof(fc.constantFrom('', ' ', '\\u001b[0m', '\\n', '\\u00e9', '\\u0065', '\\u', '\\\\', 'the', 'tim', 'K', '\u212a', '日', 'é', '{"type":"user"}'), fc.string({ unit: 'binary', maxLength: 40 }), fc.string({ maxLength: 90 }));
const anyWord = fc.constantFrom(...WORDS);
const asWritten = fc.tuple(anyWord, fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 5 })).map(([word, ways]) => [...word].map((character, i) => written(character, ways[i % ways.length] as number)).join(''));
const anyLine = fc.array(fc.oneof(filler, filler, asWritten), { maxLength: 5 }).map((parts) => parts.join('').replaceAll('\n', ' '));

interface Lines {
  bytes: Buffer;
  places: { file: Int32Array; byteOffset: Float64Array; byteLength: Int32Array };
}

const START = 1e12;

/** As they lie in a file, of which only some are asked for. */
function linesOf(texts: readonly string[], asked: readonly boolean[]): Lines {
  const encoded = texts.map((text) => Buffer.from(text, 'utf8'));
  const starts = encoded.map((_, i) => encoded.slice(0, i).reduce((sum, line) => sum + line.length + 1, 0));
  const rows = texts.flatMap((_, i) => (asked[i % asked.length] === true ? [i] : []));
  return {
    bytes: Buffer.concat(encoded.flatMap((line) => [line, Buffer.from('\n')])),
    places: { file: new Int32Array(rows.length), byteOffset: Float64Array.from(rows, (i) => START + (starts[i] as number)), byteLength: Int32Array.from(rows, (i) => encoded[i]?.length ?? 0) },
  };
}

function candidates(finder: Finder, needle: Needle, { bytes, places }: Lines): number[] {
  const block = finder.block.subarray(0, bytes.length);
  block.set(bytes);
  const rows: number[] = [];
  eachCandidate(finder, needle.signs ?? [], places, { first: 0, end: places.file.length, start: START, bytes: block }, (row) => rows.push(row));
  return rows;
}

describe('the lines of a block', () => {
  const finder = blockFinder();

  it('are gone through by the compiled finder', () => {
    expect(finder).not.toBeNull();
  });

  it('are let through as by the pattern alone', () => {
    if (finder === null) return;
    const cases = fc.record({ q: fc.oneof(anyWord, fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 })), texts: fc.array(anyLine, { maxLength: 12 }), asked: fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }) });
    let through = 0;
    fc.assert(fc.property(cases, ({ q, texts, asked }) => {
      const needle = new Needle(q);
      if (needle.signs === null) return;
      const lines = linesOf(texts, asked);
      const { byteOffset, byteLength } = lines.places;
      const isLetThrough = (row: number): boolean => needle.mayBeIn(lines.bytes.subarray((byteOffset[row] as number) - START, (byteOffset[row] as number) - START + (byteLength[row] as number)));
      const alone = Array.from(byteOffset, (_, row) => row).filter(isLetThrough);
      through += alone.length;
      expect(candidates(finder, needle, lines).filter(isLetThrough)).toEqual(alone);
    }), { numRuns: 5000 });
    expect(through).toBeGreaterThan(100);
  });

  it('are few where few have a sign', () => {
    if (finder === null) return;
    const texts = Array.from({ length: 500 }, (_, i) => (i === 77 ? 'a TimeOut here' : i === 99 ? '\\u0041' : `a time, \\u001b and an out ${i}`));
    expect(candidates(finder, new Needle('of timeout'), linesOf(texts, [true]))).toEqual([77, 99]);
    expect(candidates(finder, new Needle('日本'), linesOf(['日', '\\u65E5', '月'], [true]))).toEqual([0, 1]);
  });
});
