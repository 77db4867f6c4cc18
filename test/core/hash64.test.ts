import { describe, expect, it } from 'vitest';
import { hash64 } from '../../src/core/bytes/hash64.ts';

const MILLION = 1_000_000;

/** Ids as writers make them: counters, padded counters, dates with counters, and the like. */
const STRUCTURED: Record<string, (i: number) => string> = {
  counters: (i) => String(i),
  'prefixed counters': (i) => `msg_01${i}`,
  'padded hexadecimal': (i) => i.toString(16).padStart(24, '0'),
  'zeros with a counter at both ends': (i) => `${i}${'0'.repeat(40)}${i}`,
  'two small numbers': (i) => `req_${i % 1000}_${Math.floor(i / 1000)}`,
};

describe('hash64', () => {
  it.each(Object.entries(STRUCTURED))('tells a million %s apart and spreads them evenly', (_name, idOf) => {
    const seen = new BigUint64Array(MILLION);
    const buckets = { high: new Uint32Array(256), low: new Uint32Array(256) };
    for (let i = 0; i < MILLION; i++) {
      const hash = hash64(idOf(i));
      seen[i] = hash;
      for (const [name, bits] of [['high', hash >> 56n], ['low', hash & 255n]] as const) {
        const counts = buckets[name];
        const at = Number(bits);
        counts[at] = (counts[at] as number) + 1;
      }
    }
    seen.sort();
    let repeats = 0;
    for (let i = 1; i < MILLION; i++) if (seen[i] === seen[i - 1]) repeats += 1;
    expect(repeats).toBe(0);
    // 3906 a bucket, with a standard deviation of 62.
    for (const counts of Object.values(buckets)) {
      expect(Math.min(...counts)).toBeGreaterThan(3500);
      expect(Math.max(...counts)).toBeLessThan(4300);
    }
  });

  it('differs by seed, by length and by every character', () => {
    const hashes = ['', '\0', '\0\0', 'a', 'b', 'aa', 'ab', 'ba', '\u0100', '\ud83d\ude00', '\ud83d'].flatMap((text) => [0, 1, 2].map((seed) => hash64(text, seed)));
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it('is the same for ever: hashes are stored', () => {
    expect(hash64('msg_01', 0)).toBe(15_103_202_815_339_054_859n);
  });
});
