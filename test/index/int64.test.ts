import fc from 'fast-check';
import { expect, it } from 'vitest';
import { copyInt64, int64s } from '../../src/index/store/int64.ts';

const any = fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom(0, -0, -1, -0.5, 2 ** 32, -(2 ** 32), 2 ** 53, -(2 ** 53), 2 ** 62, -(2 ** 63), 2 ** 63, 1e308));

it('numbers as 64-bit integers are what BigInt makes of them', () => {
  fc.assert(fc.property(fc.array(any), (values) => {
    expect(int64s(values)).toEqual(BigInt64Array.from(values, (value) => BigInt(Math.trunc(value))));
  }));
});

it('64-bit integers as numbers are what Number makes of them', () => {
  fc.assert(fc.property(fc.array(any), fc.nat(5), (values, at) => {
    const integers = int64s(values);
    const into = new Float64Array(at + values.length);
    copyInt64(integers, into, at);
    expect(into.subarray(at)).toEqual(Float64Array.from(integers, Number));
  }));
});
