// The pattern over raw bytes never hides a line whose text has what is searched for, however it is escaped.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fold } from '../../src/index/search/letters.ts';
import { Needle } from '../../src/index/search/needle.ts';
import { found } from '../../src/index/search/snippet.ts';

const WORDS = ['timeout', 'Straße', 'CAFÉ', 'ΟΔΟΣ', 'İstanbul', 'naïve', '日本語', '😀 grin', 'Kelvin', 'K9', 'a"b', 'c\\d', 'e\nf', 'tab\there', 'x/y', '<tag>', '\u2028', 'ǅ', 'Ångström', 'ſharp', 'ﬁne', '0x1F', '𝔘𝔫𝔦', '𐐀𐐨', '\ud800 lone'];
const texts = fc.array(fc.oneof(fc.constantFrom(...WORDS), fc.string({ unit: 'grapheme', maxLength: 12 }), fc.string({ unit: 'binary', maxLength: 6 })), { maxLength: 6 }).map((parts) => parts.join(' '));

/** JSON of a text in any way a writer may choose, within a JSON text as often as `depth` says. */
function escaped(text: string, choice: readonly number[], depth: number): string {
  const body = [...text].map((character, i) => {
    const which = choice[i % choice.length];
    if (which === 1) return Array.from({ length: character.length }, (_, unit) => `\\u${character.charCodeAt(unit).toString(16).padStart(4, '0')}`).join('');
    if (which === 2) return Array.from({ length: character.length }, (_, unit) => `\\u${character.charCodeAt(unit).toString(16).toUpperCase().padStart(4, '0')}`).join('');
    return character === '/' && which === 3 ? '\\/' : JSON.stringify(character).slice(1, -1);
  }).join('');
  return depth === 0 ? `"${body}"` : escaped(`"${body}"`, [0], depth - 1);
}

/** By single characters, those left that would become several. */
function lower(text: string): string {
  return [...text].map((character) => (character.toLowerCase().length === character.length ? character.toLowerCase() : character)).join('').replaceAll('ς', 'σ');
}

/** Half a character cannot be written as UTF-8. */
function isWhole(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

describe('what is searched for', () => {
  it('is never hidden by how its line is written', () => {
    const cases = fc.record({ text: texts, from: fc.nat(), length: fc.integer({ min: 1, max: 12 }), choice: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 9 }), depth: fc.integer({ min: 0, max: 2 }), change: fc.constantFrom('same', 'upper', 'lower') });
    fc.assert(fc.property(cases, ({ text, from, length, choice, depth, change }) => {
      const start = text.length === 0 ? 0 : from % text.length;
      const part = text.slice(start, start + length);
      const q = change === 'upper' ? part.toUpperCase() : change === 'lower' ? part.toLowerCase() : part;
      if (q === '' || !isWhole(q) || !isWhole(text) || !lower(text).includes(lower(q))) return;
      const json = escaped(text, choice, depth);
      const line = Buffer.from(`{"type":"x","content":${json}}`, 'utf8');
      const needle = new Needle(q);
      expect([q, json, needle.mayBeIn(line)]).toEqual([q, json, true]);
      expect(found(needle, text)).not.toBeNull();
    }), { numRuns: 3000 });
  });

  it('is found exactly where the text has it', () => {
    fc.assert(fc.property(texts, fc.string({ unit: 'grapheme', minLength: 1, maxLength: 5 }), (text, q) => {
      expect(found(new Needle(q), text) !== null).toBe(lower(text).includes(lower(q)));
    }), { numRuns: 1000 });
    for (const [q, text] of [['straße', 'STRAẞE'], ['οδός', 'ΟΔΌΣ ΟΔΌΣΑ'], ['kelvin', 'Kelvin'], ['É', 'café'], ['ǆ', 'ǅ']] as const) expect([q, found(new Needle(q), text) !== null]).toEqual([q, true]);
  });

  it('keeps lines out that do not have its longest word', () => {
    expect(new Needle('rate limit').mayBeIn(Buffer.from('{"content":"nothing of it, but a rate"}'))).toBe(false);
    expect(new Needle('rate limit').mayBeIn(Buffer.from('{"content":"LIMIT"}'))).toBe(true);
    expect(new Needle('{}').mayBeIn(Buffer.from('{"a":1}'))).toBe(true);
  });
});

describe('a snippet', () => {
  it('shows the first place and marks what is in it', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), fc.constantFrom('needle', 'NEEDLE', 'nééd'), fc.string({ unit: 'grapheme', maxLength: 600 }), (before, q, after) => {
      const hit = found(new Needle(q), `${before}${q}${after}`);
      expect(hit).not.toBeNull();
      const { snippet, highlights, score } = hit as NonNullable<typeof hit>;
      expect(highlights.length).toBeGreaterThan(0);
      for (const [from, to] of highlights) expect(fold(snippet.slice(from, to))).toBe(fold(q));
      expect(snippet.length).toBeLessThan(400);
      expect(score > 0 && score <= 1).toBe(true);
    }));
  });
});
