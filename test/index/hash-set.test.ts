import fc from 'fast-check';
import { expect, it } from 'vitest';
import { HashSet32, HashSet64 } from '../../src/index/names/hash-set.ts';

const word = fc.oneof(fc.constantFrom(0, 1, -1, 0x7fffffff, -0x80000000, 0xffffffff), fc.nat(3), fc.integer({ min: -0x80000000, max: 0xffffffff }));

it('holds what a Set holds', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(word, word), { maxLength: 300 }), fc.array(fc.tuple(word, word), { maxLength: 20 }), (keys, others) => {
      const set = new HashSet64();
      const model = new Set<string>();
      const name = ([high, low]: [number, number]): string => `${high >>> 0}/${low >>> 0}`;
      for (const key of keys) {
        expect(set.add(...key)).toBe(!model.has(name(key)));
        model.add(name(key));
        expect(set.size).toBe(model.size);
      }
      for (const key of [...keys, ...others]) expect(set.has(...key)).toBe(model.has(name(key)));
    }),
  );
});

it('holds a hundred thousand keys that differ in one half only, in little room', () => {
  for (const half of ['high', 'low'] as const) {
    const set = new HashSet64();
    for (let i = 0; i < 100_000; i++) set.add(half === 'high' ? i : 7, half === 'low' ? i : 7);
    expect(set.size).toBe(100_000);
    expect(set.has(half === 'high' ? 99_999 : 7, half === 'low' ? 99_999 : 7)).toBe(true);
    expect(set.has(half === 'high' ? 100_000 : 7, half === 'low' ? 100_000 : 7)).toBe(false);
    expect(set.bytes).toBeLessThanOrEqual(100_000 * 8 * 3);
  }
});

it('holds 32-bit keys as a Set does', () => {
  fc.assert(
    fc.property(fc.array(word, { maxLength: 300 }), fc.array(word, { maxLength: 20 }), (keys, others) => {
      const set = new HashSet32();
      const model = new Set<number>();
      for (const key of keys) {
        expect(set.add(key)).toBe(!model.has(key >>> 0));
        model.add(key >>> 0);
      }
      for (const key of [...keys, ...others]) expect(set.has(key)).toBe(model.has(key >>> 0));
    }),
  );
});
