import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blocksOf, burnRate, projection } from '../../src/core/answers/usage-blocks.ts';

const HOUR = 3_600_000;
const QUARTER = HOUR / 4;
const T0 = Date.UTC(2026, 2, 28);

const times = fc.array(fc.integer({ min: T0, max: T0 + 60 * HOUR }), { maxLength: 60 });

describe('blocks', () => {
  it('begin at the full hour of their first call, last five hours, hold every call once and do not overlap', () => {
    fc.assert(fc.property(times, (all) => {
      const blocks = blocksOf(all.map((atMs) => ({ atMs })));
      expect(blocks.flatMap(({ points }) => points.map(({ atMs }) => atMs))).toEqual(all.toSorted((a, b) => a - b));
      for (const [i, { startMs, endMs, points }] of blocks.entries()) {
        expect(startMs).toBe(Math.floor((points[0]?.atMs ?? Number.NaN) / HOUR) * HOUR);
        expect(endMs - startMs).toBe(5 * HOUR);
        expect(points.every(({ atMs }) => atMs >= startMs && atMs < endMs)).toBe(true);
        expect(startMs).toBeGreaterThanOrEqual(blocks[i - 1]?.endMs ?? 0);
      }
    }));
  });

  it('are the same over calls and over sums of quarter hours', () => {
    fc.assert(fc.property(times, (all) => {
      const spans = (points: number[]): number[][] => blocksOf(points.map((atMs) => ({ atMs }))).map(({ startMs, endMs }) => [startMs, endMs]);
      expect(spans(all.map((atMs) => Math.floor(atMs / QUARTER) * QUARTER))).toEqual(spans(all));
    }));
  });

  it('leave out what has no time', () => {
    expect(blocksOf([{ atMs: -1 }, { atMs: T0 }])).toMatchObject([{ startMs: T0, points: [{ atMs: T0 }] }]);
  });

  it('that follow one another without a pause begin where the one before ended', () => {
    const blocks = blocksOf([0.5, 4.99, 5, 9, 10.5, 16].map((hour) => ({ atMs: T0 + hour * HOUR })));
    expect(blocks.map(({ startMs, points }) => [(startMs - T0) / HOUR, points.length])).toEqual([[0, 2], [5, 2], [10, 1], [16, 1]]);
  });
});

describe('the rate of a block', () => {
  const spend = { tokens: 6000, costUsd: 1.5, firstMs: T0, lastMs: T0 + HOUR };

  it('is what was used between the first call and the last', () => {
    expect(burnRate(spend)).toEqual({ tokens_per_minute: 100, cost_per_hour_usd: 1.5 });
    expect(burnRate({ ...spend, costUsd: null })).toEqual({ tokens_per_minute: 100, cost_per_hour_usd: null });
    expect(burnRate({ ...spend, lastMs: T0 })).toBeNull();
  });

  it('goes on to the end in the projection', () => {
    expect(projection(spend, { tokens_per_minute: 100, cost_per_hour_usd: 1.5 }, T0 + 5 * HOUR, T0 + 3 * HOUR)).toEqual({ remaining_minutes: 120, tokens: 18_000, cost_usd: 4.5 });
    expect(projection(spend, { tokens_per_minute: 100, cost_per_hour_usd: null }, T0 + 5 * HOUR, T0 + 6 * HOUR)).toEqual({ remaining_minutes: 0, tokens: 6000, cost_usd: null });
  });
});
