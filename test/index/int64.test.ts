import fc from 'fast-check';
import { expect, it } from 'vitest';
import { int64s } from '../../src/index/int64.ts';

const any = fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom(0, -0, -1, -0.5, 2 ** 32, -(2 ** 32), 2 ** 53, -(2 ** 53), 2 ** 62, -(2 ** 63), 2 ** 63, 1e308));

it('numbers as 64-bit integers are what BigInt makes of them', () => {
  fc.assert(fc.property(fc.array(any), (values) => {
    expect(int64s(values)).toEqual(BigInt64Array.from(values, (value) => BigInt(Math.trunc(value))));
  }));
});
