import fc from 'fast-check';
import { expect, it } from 'vitest';
import { JsonBytes } from '../../src/core/bytes/json-bytes.ts';

const part = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }).map((text) => ({ text })),
  fc.uint8Array({ min: 32, max: 126, maxLength: 120 }).map((bytes) => ({ bytes })),
  fc.oneof(fc.nat(), fc.maxSafeNat(), fc.maxSafeInteger(), fc.constantFrom(0, 9, 10, 99, 100, 2 ** 31, 2 ** 32, 2 ** 50 - 1, 2 ** 50, -1)).map((integer) => ({ integer })),
);

it('holds what was written, one after another, however often it grew and was used before', () => {
  const out = new JsonBytes(8);
  fc.assert(
    fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
      out.clear();
      let expected = '';
      for (const one of parts) {
        if ('text' in one) out.text(one.text);
        else if ('bytes' in one) out.put(one.bytes);
        else out.integer(one.integer);
        expected += 'text' in one ? one.text : 'bytes' in one ? Buffer.from(one.bytes).toString('latin1') : String(one.integer);
      }
      expect(out.written.toString('utf8')).toBe(expected);
      expect(out.size).toBe(Buffer.byteLength(expected));
    }),
    { numRuns: 1000 },
  );
});

it('forgets what is cut, and gives a large buffer back', () => {
  const out = new JsonBytes(8);
  out.text('"kept"');
  const { size } = out;
  out.text('"dropped"');
  out.cut(size);
  expect(out.written.toString()).toBe('"kept"');
  out.put(Buffer.alloc(1000, 'x'));
  out.clear();
  expect(out.written).toHaveLength(0);
  expect(out.reserve(1).length).toBeLessThanOrEqual(32);
});
