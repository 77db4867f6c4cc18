import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { minMax } from '../../src/core/answers/series.ts';

const values = fc.array(fc.integer({ min: 0, max: 1000 }), { maxLength: 400 });
const points = fc.integer({ min: 1, max: 60 });

describe('a series made shorter', () => {
  it('has at most as many points, in their order', () => {
    fc.assert(fc.property(values, points, (all, most) => {
      const kept = minMax(all, most);
      expect(kept.length).toBeLessThanOrEqual(most);
      expect(kept.map(({ at }) => at)).toEqual(kept.map(({ at }) => at).toSorted((a, b) => a - b));
      if (all.length <= most) expect(kept.map(({ at }) => at)).toEqual(all.map((_, at) => at));
    }));
  });

  it('keeps the greatest of all, and from two points on the least', () => {
    fc.assert(fc.property(values.filter((all) => all.length > 0), points, (all, most) => {
      const shown = minMax(all, most).map(({ at }) => all[at] as number);
      expect(Math.max(...shown)).toBe(Math.max(...all));
      if (most > 1) expect(Math.min(...shown)).toBe(Math.min(...all));
    }));
  });

  it('stands for every value once, each point for itself among others', () => {
    fc.assert(fc.property(values, points, (all, most) => {
      const kept = minMax(all, most);
      expect(kept.flatMap(({ from, to }) => all.slice(from, to))).toEqual(all);
      for (const { at, from, to } of kept) expect(at >= from && at < to).toBe(true);
    }));
  });
});
