import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitGlued } from '../../src/sources/glued.ts';

const textsOf = (line: Uint8Array): string[] => splitGlued(line).map(({ start, end }) => Buffer.from(line.subarray(start, end)).toString());
const split = (line: string): string[] => textsOf(Buffer.from(line));

const object = fc.dictionary(fc.string({ unit: fc.constantFrom('{', '}', '"', '\\', 'a', ',', ':'), maxLength: 4 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 }).map((value) => JSON.stringify(value));

describe('a line of glued records', () => {
  it('falls apart into the records it was made of', () => {
    fc.assert(
      fc.property(fc.array(object, { minLength: 1, maxLength: 5 }), fc.constantFrom('', ' ', '\t \r'), (objects, between) => {
        const pieces = split(objects.join(between));
        expect(pieces.map((piece) => JSON.parse(piece) as unknown)).toEqual(objects.map((text) => JSON.parse(text) as unknown));
      }),
      { numRuns: 300 },
    );
  });

  it('is tiled by its pieces, whatever its bytes', () => {
    const bytes = fc.array(fc.oneof(fc.constantFrom(0x7b, 0x7d, 0x22, 0x5c, 0x20), fc.nat(255)), { maxLength: 40 }).map((list) => Uint8Array.from(list));
    fc.assert(
      fc.property(bytes, (line) => {
        const pieces = splitGlued(line);
        expect(pieces[0]?.start).toBe(0);
        expect(pieces.at(-1)?.end).toBe(line.length);
        for (let i = 1; i < pieces.length; i++) {
          expect(pieces[i]?.start).toBe(pieces[i - 1]?.end);
          expect(pieces[i]?.end).toBeGreaterThan(pieces[i]?.start as number);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it.each<[string, string[]]>([
    ['', ['']],
    ['{}', ['{}']],
    ['{}{}', ['{}', '{}']],
    ['{"a":"}{"}{"b":1}', ['{"a":"}{"}', '{"b":1}']],
    ['{"a":"\\"}{"}{}', ['{"a":"\\"}{"}', '{}']],
    [' {} {} ', [' {} ', '{} ']],
    ['{}x{}', ['{}x', '{}']],
    ['{}{"cut', ['{}', '{"cut']],
    ['{}"{', ['{}', '"{']],
    ['{}}{}', ['{}', '}{}']],
    ['x', ['x']],
    ['}{', ['}{']],
  ])('%j is %j', (line, pieces) => {
    expect(split(line)).toEqual(pieces);
  });
});
