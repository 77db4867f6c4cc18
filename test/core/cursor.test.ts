import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeCursor, encodeCursor } from '../../src/core/answers/cursor.ts';
import { LakeError } from '../../src/core/errors.ts';

const key = fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.integer(), fc.constant(null)), { maxLength: 4 });
const list = fc.constantFrom('files', 'sessions:-last_activity', 'messages:x:time:asc', 'archive');

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return error instanceof LakeError ? error.code : `not a LakeError: ${String(error)}`;
  }
  return 'nothing thrown';
}

it('gives back the key it was made of', () => {
  fc.assert(
    fc.property(list, key, (name, values) => {
      const cursor = encodeCursor(name, values);
      expect(cursor).toMatch(/^[A-Za-z0-9_.-]+$/);
      expect(decodeCursor(name, cursor)).toEqual(JSON.parse(JSON.stringify(values)));
    }),
  );
});

it('refuses every cursor with a changed, missing or added character', () => {
  const change = fc.record({ at: fc.nat(1000), how: fc.constantFrom('replace', 'remove', 'insert'), by: fc.constantFrom(...'ABCabc019_-.=+/ %\n\u0000é') });
  fc.assert(
    fc.property(list, key, change, (name, values, { at, how, by }) => {
      const cursor = encodeCursor(name, values);
      const place = at % cursor.length;
      const changed = cursor.slice(0, place) + (how === 'remove' ? '' : by) + cursor.slice(how === 'insert' ? place : place + 1);
      fc.pre(changed !== cursor);
      expect(codeOf(() => decodeCursor(name, changed))).toBe('invalid_cursor');
    }),
    { numRuns: 500 },
  );
});

it('refuses anything else', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
      expect(codeOf(() => decodeCursor('files', text))).toBe('invalid_cursor');
    }),
  );
});

it('refuses the cursor of another list, and names that list', () => {
  expect(() => decodeCursor('files', encodeCursor('rejects', [1]))).toThrow(/another list \(rejects\)/);
  expect(() => decodeCursor('sessions:last_activity', encodeCursor('sessions:-last_activity', [1, 2]))).toThrow(/another list/);
});

it('says which parameter is wrong and what to do', () => {
  try {
    decodeCursor('files', 'nonsense');
    expect.unreachable();
  } catch (error) {
    expect(error).toMatchObject({ code: 'invalid_cursor', parameter: 'cursor', status: 400 });
    expect((error as LakeError).hint).toMatch(/next_cursor/);
  }
});
