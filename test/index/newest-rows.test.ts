// Rows by time, a window after the other, are all rows once each, however far the first window is said to go.

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Conditions } from '../../src/index/conditions.ts';
import { NEWEST, NewestRows } from '../../src/index/search/newest-rows.ts';
import { TestIndex } from './support/test-index.ts';

const COUNT = 5000;

describe('the newest rows', () => {
  let index: TestIndex;

  beforeAll(async () => {
    index = await TestIndex.open();
    // Times that come several times, in no order, some rows without any.
    await index.rows(`INSERT INTO records (lake_offset, file_ix, line, byte_offset, byte_length, ts_ms, session_ix, flags)
      SELECT n, 1, n, n * 10, 9, CASE WHEN n % 97 = 0 THEN -1 ELSE (n * 7919) % 1700 END, 1, 0 FROM range(1, ${COUNT + 1}) t(n)`);
  });
  afterAll(() => index.remove());

  async function offsets(reach: number | null, size: number): Promise<{ offsets: number[]; reach: number | null }> {
    const rows = new NewestRows(index.readers, new Conditions(), NEWEST, reach);
    const all: number[] = [];
    while (!rows.isAtEnd) {
      await rows.next(async (window) => {
        const count = Math.min(size, window.length);
        all.push(...window.offset.subarray(0, count));
        return count;
      });
    }
    return { offsets: all, reach: rows.firstReach };
  }

  it('come in the same order whatever the reach', async () => {
    const expected = (await index.rows<{ o: number }>('SELECT lake_offset::DOUBLE AS o FROM records ORDER BY ts_ms DESC, lake_offset DESC')).map(({ o }) => o);
    const plain = await offsets(null, COUNT);
    expect(plain.offsets).toEqual(expected);
    expect(plain.reach).toBeGreaterThan(0);
    await fc.assert(fc.asyncProperty(fc.integer({ min: -1, max: 2000 }), fc.integer({ min: 700, max: COUNT }), async (reach, size) => {
      expect(await offsets(reach, size)).toEqual({ offsets: expected, reach: plain.reach });
    }), { numRuns: 12, examples: [[plain.reach ?? 0, COUNT]] });
  }, 60_000);

  it('are found behind a time in which nothing was written, in few steps', async () => {
    const gap = await TestIndex.open();
    try {
      await gap.rows(`INSERT INTO records (lake_offset, file_ix, line, byte_offset, byte_length, ts_ms, session_ix, flags)
        SELECT n, 1, n, n * 10, 9, CASE WHEN n > ${COUNT / 2} THEN 400000000000 ELSE 0 END + n, 1, 0 FROM range(1, ${COUNT + 1}) t(n)`);
      const rows = new NewestRows(gap.readers, new Conditions(), NEWEST, null);
      const all: number[] = [];
      let windows = 0;
      for (; !rows.isAtEnd; windows++) await rows.next(async (window) => all.push(...window.offset) && window.length);
      expect(all).toEqual(Array.from({ length: COUNT }, (_, i) => COUNT - i));
      expect(windows).toBeLessThan(8);
    } finally {
      await gap.remove();
    }
  });
});
