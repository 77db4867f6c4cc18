// Rows by time, a window after the other, are all rows once each, whatever is known of how they lie in time, and
// however much of a window is taken at once.

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Conditions } from '../../src/index/rows/conditions.ts';
import type { RecordRow } from '../../src/index/rows/record-rows.ts';
import { NewestRows } from '../../src/index/search/newest-rows.ts';
import { Reach } from '../../src/index/search/reach.ts';
import { NEWEST } from '../../src/index/search/rows.ts';
import type { Place, Rows } from '../../src/index/search/rows.ts';
import type { Window } from '../../src/index/search/window.ts';
import { TestIndex } from './support/test-index.ts';

const COUNT = 5000;
/** Rows up to here are in the tables. */
const STORED = 4900;
const LENGTH = 9;

/** Of a piece, the newest first. */
function inOrder({ offset, ts }: Rows): number[] {
  return Array.from(offset, (of, i) => [ts[i] as number, of] as const).toSorted((a, b) => b[0] - a[0] || b[1] - a[1]).map(([, of]) => of);
}

describe('the newest rows', () => {
  let index: TestIndex;
  let pending: RecordRow[];
  let expected: number[];

  beforeAll(async () => {
    index = await TestIndex.open();
    // Times that come several times, in no order, some rows without any.
    await index.rows(`INSERT INTO records (lake_offset, file_ix, line, byte_offset, byte_length, ts_ms, session_ix, flags)
      SELECT n, 1, n, n * 10, ${LENGTH}, CASE WHEN n % 97 = 0 THEN -1 ELSE (n * 7919) % 1700 END, 1, 0 FROM range(1, ${COUNT + 1}) t(n)`);
    const rows = await index.rows<{ o: number; ts: number }>('SELECT lake_offset::DOUBLE AS o, ts_ms::DOUBLE AS ts FROM records ORDER BY ts_ms DESC, lake_offset DESC');
    expected = rows.map(({ o }) => o);
    pending = rows.filter(({ o }) => o > STORED).map(({ o, ts }) => ({ lake_offset: o, ts_ms: ts, byte_offset: o * 10, byte_length: LENGTH, file_ix: 1, session_ix: 1 }) as RecordRow);
  });
  afterAll(() => index.remove());

  /** `stops`: how many pieces of a window are taken before it is left. */
  async function offsets(reach: Reach, bytes: number, stops = Number.POSITIVE_INFINITY): Promise<number[]> {
    const all: number[] = [];
    let from: Place = NEWEST;
    for (let ended = false; !ended; ) {
      const rows = new NewestRows({ readers: index.readers, where: new Conditions().add(`records.lake_offset <= ${STORED}`), pending }, from, reach);
      for (let asked = 0; asked < 2 && !rows.isAtEnd; asked++) {
        await rows.next(async (window) => {
          for (let taken = 0; taken < stops && !window.isUsedUp; taken++) all.push(...inOrder(window.take(bytes)));
          return window.at;
        });
      }
      ended = rows.isAtEnd;
      from = rows.at;
    }
    return all;
  }

  it('come in the same order whatever is known, by pieces of any size', async () => {
    const reach = new Reach();
    expect(await offsets(reach, COUNT * LENGTH)).toEqual(expected);
    // What the first one saw leads the second.
    expect(await offsets(reach, COUNT * LENGTH)).toEqual(expected);
    await fc.assert(fc.asyncProperty(fc.array(fc.tuple(fc.integer({ min: -1, max: 1800 }), fc.integer({ min: 1, max: COUNT })), { maxLength: 6 }), fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 9 }), async (seen, lines, stops) => {
      const known = new Reach();
      for (const [at, [from, count]] of seen.entries()) known.add(from, from + at * 200 + 1, count);
      expect(await offsets(known, lines * LENGTH + 40_000 * (stops % 2), stops)).toEqual(expected);
    }), { numRuns: 12, endOnFailure: true });
  }, 60_000);

  it('are found behind a time in which nothing was written, in few steps', async () => {
    const gap = await TestIndex.open();
    try {
      await gap.rows(`INSERT INTO records (lake_offset, file_ix, line, byte_offset, byte_length, ts_ms, session_ix, flags)
        SELECT n, 1, n, n * 10, ${LENGTH}, CASE WHEN n > ${COUNT / 2} THEN 400000000000 ELSE 0 END + n, 1, 0 FROM range(1, ${COUNT + 1}) t(n)`);
      const reach = new Reach();
      for (const windowsMax of [8, 6]) {
        const rows = new NewestRows({ readers: gap.readers, where: new Conditions(), pending: [] }, NEWEST, reach);
        const all: number[] = [];
        const sizes: number[] = [];
        let windows = 0;
        const whole = async (window: Window): Promise<Place> => {
          for (; !window.isUsedUp; sizes.push(all.length)) all.push(...inOrder(window.take(400 * LENGTH)));
          return window.at;
        };
        for (; !rows.isAtEnd; windows++) await rows.next(whole);
        expect(all).toEqual(Array.from({ length: COUNT }, (_, i) => COUNT - i));
        expect(windows).toBeLessThan(windowsMax);
        // However unevenly rows lie in a window, no piece is larger than it was to be.
        expect(Math.max(...sizes.map((size, i) => size - (sizes[i - 1] ?? 0)))).toBeLessThanOrEqual(400);
      }
    } finally {
      await gap.remove();
    }
  });
});
