// What is known to be stored is what was said to be.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { NumberSet, Origins } from '../../src/index/rows/stored-files.ts';

const whole = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), fc.constant(Number.MAX_SAFE_INTEGER));

it('origins are those that were set', () => {
  fc.assert(fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 100 }), whole)), (told) => {
    const [origins, model] = [new Origins(), new Map<number, number>()];
    for (const [file, hash] of told) {
      origins.set(file, hash);
      model.set(file, hash);
    }
    for (let file = 0; file < 130; file++) expect([origins.has(file), origins.get(file)]).toEqual([model.has(file), model.get(file)]);
  }));
});

it('numbers are in a set once they were added', () => {
  fc.assert(fc.property(fc.array(whole), fc.array(whole), (added, others) => {
    const [numbers, model] = [new NumberSet(), new Set<number>()];
    for (const number of added) {
      numbers.add(number);
      model.add(number);
    }
    for (const number of [...added, ...others, ...added.map((one) => Math.abs(one - 2 ** 32))]) expect(numbers.has(number)).toBe(model.has(number));
  }));
});
