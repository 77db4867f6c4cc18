import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { safeId } from '../../src/core/bytes/safe-id.ts';

const original = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: fc.constantFrom('a', 'b', '~', '/', '.', '-', ' ', '%', '\ud83d', '\ude00', 'é'), maxLength: 6 }),
  fc.uuid(),
  fc.string({ minLength: 190, maxLength: 260 }),
);

describe('a safe id', () => {
  it('needs no escaping in a URL and is no path', () => {
    fc.assert(
      fc.property(original, (text) => {
        const id = safeId(text);
        expect(encodeURIComponent(id)).toBe(id);
        expect(id.length).toBeGreaterThan(0);
        expect(id.length).toBeLessThanOrEqual(200);
        expect(new URL(`http://h/api/sessions/${id}/messages`).pathname).toBe(`/api/sessions/${id}/messages`);
      }),
    );
  });

  it('is never the id of another original', () => {
    fc.assert(
      fc.property(original, original, (a, b) => {
        fc.pre(a !== b);
        expect(safeId(a)).not.toBe(safeId(b));
      }),
    );
  });

  it('is never the id of an original that looks like what is made here', () => {
    fc.assert(
      fc.property(original, (text) => {
        const made = safeId(text);
        if (made === text) expect(safeId(made)).toBe(made);
        else expect(safeId(made)).not.toBe(made);
      }),
    );
  });

  it('tells lone surrogates apart', () => {
    expect(safeId('\ud800')).not.toBe(safeId('\ud801'));
    expect(safeId('\ud800')).not.toBe(safeId('\ufffd'));
  });

  it.each(['b3c9061a-0000-4000-8000-000000000000', 'agent-a75e9a98153b05b6f', '-home-mira-code', 'a.b_c', 'x'.repeat(200)])('is the original where that is safe: %s', (text) => {
    expect(safeId(text)).toBe(text);
  });

  it.each([['', /^~[0-9a-f]{12}$/], ['.', /^\.~[0-9a-f]{12}$/], ['..', /^\.\.~[0-9a-f]{12}$/], ['a b/c', /^a-b-c~[0-9a-f]{12}$/], ['naïve', /^na-ve~[0-9a-f]{12}$/], ['~', /^-~[0-9a-f]{12}$/]])('is a readable slug with a hash for %j', (text, shape) => {
    expect(safeId(text)).toMatch(shape);
  });
});
