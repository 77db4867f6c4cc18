// Values of a measure, however many, in a bounded number of cells.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Moments } from '../../src/index/queries/moments.ts';

const steps = fc.array(fc.record({ after: fc.nat(3), value: fc.integer({ min: -50, max: 50 }) }), { minLength: 1, maxLength: 200 });

function momentsOf(values: readonly { after: number; value: number }[], cellsMax: number): { moments: Moments; last: Map<number, number> } {
  const moments = new Moments(cellsMax);
  const last = new Map<number, number>();
  let at = 0;
  for (const { after, value } of values) {
    moments.add((at += after), value);
    last.set(at, value);
  }
  return { moments, last };
}

it('are all there where they fit, each with the last value of its time', () => {
  fc.assert(fc.property(steps, (values) => {
    const { moments, last } = momentsOf(values, 1000);
    expect(moments.points(1000).map(({ at, value }) => [at, value])).toEqual([...last]);
    expect(moments.count).toBe(last.size);
  }));
});

it('are fewer where they do not, with the least, the greatest and the sum of all, in their order', () => {
  fc.assert(fc.property(steps, fc.integer({ min: 2, max: 20 }), (values, cellsMax) => {
    const { moments, last } = momentsOf(values, cellsMax);
    const points = moments.points(1000);
    expect(points.length).toBeLessThanOrEqual(2 * cellsMax);
    expect(moments.count).toBe(last.size);
    expect([Math.min(...points.map(({ value }) => value)), Math.max(...points.map(({ value }) => value))]).toEqual([Math.min(...last.values()), Math.max(...last.values())]);
    for (const { at, value } of points) expect(last.get(at)).toBe(value);
    expect(points.map(({ at }) => at)).toEqual(points.map(({ at }) => at).toSorted((a, b) => a - b));
    expect(points.reduce((sum, point) => sum + point.sum, 0)).toBe(values.reduce((sum, { value }) => sum + value, 0));
    expect(moments.sum).toBe(values.reduce((sum, { value }) => sum + value, 0));
  }));
});
