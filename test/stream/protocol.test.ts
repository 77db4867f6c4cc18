// What a client may say, and that anything else is refused with words that help.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closeReason } from '../../src/stream/close-codes.ts';
import { FILTER_VALUES_MAX, ID_MAX_LENGTH, MessageError, parseClientMessage } from '../../src/stream/protocol.ts';

const parse = (value: unknown) => parseClientMessage(JSON.stringify(value));

function errorOf(value: unknown): MessageError {
  try {
    parse(value);
  } catch (error) {
    if (error instanceof MessageError) return error;
    throw error;
  }
  throw new Error('It was accepted');
}

describe('a subscription', () => {
  it('may say everything', () => {
    const message = {
      type: 'subscribe',
      id: 's1',
      filter: { session: 'a', project: 'b', source: 'c', types: ['user'], tools: ['Bash', 'Read'] },
      content: 'raw',
      epoch: 'e',
      offset: '123',
    };
    expect(parse(message)).toEqual(message);
  });

  it('may say nothing but its id', () => {
    expect(parse({ type: 'subscribe', id: 's1' })).toEqual({ type: 'subscribe', id: 's1', filter: {}, content: 'text' });
  });

  it('is not restricted by empty lists', () => {
    expect(parse({ type: 'subscribe', id: 's1', filter: { types: [], tools: [] } })).toMatchObject({ filter: {} });
  });

  it.each([
    ['content', { content: 'all' }, 'one of none, text, raw'],
    ['offset', { offset: '1e3' }, 'decimal digits'],
    ['epoch', { epoch: '' }, '"epoch"'],
    ['filter.types', { filter: { types: [1] } }, 'filter.types'],
    ['filter.tools', { filter: { tools: Array.from({ length: FILTER_VALUES_MAX + 1 }, String) } }, 'at most 64'],
  ])('that is wrong in its %s is refused by name', (_key, rest, part) => {
    const error = errorOf({ type: 'subscribe', id: 's1', ...rest });
    expect(error.subscription).toBe('s1');
    expect(error.message).toContain(part);
  });

  it.each([
    ['an unknown key', { id: 's1', offest: '1' }, '"offest" in subscribe'],
    ['an unknown key of the filter', { id: 's1', filter: { type: ['user'] } }, '"type" in filter'],
    ['a prototype in the filter', { id: 's1', filter: JSON.parse('{"__proto__":{"session":"x"}}') as object }, '__proto__'],
    ['an id that is too long', { id: 'x'.repeat(ID_MAX_LENGTH + 1) }, '"id"'],
    ['an empty id', { id: '' }, '"id"'],
  ])('with %s is no message', (_case, rest, part) => {
    const error = errorOf({ type: 'subscribe', ...rest });
    expect(error.subscription).toBeUndefined();
    expect(error.message).toContain(part);
  });
});

it('takes any text apart or says what is wrong with it', () => {
  const anything = fc.oneof(
    fc.string(),
    fc.json(),
    fc
      .record(
        {
          type: fc.constantFrom('auth', 'subscribe', 'unsubscribe', 'ping', 'x'),
          id: fc.anything(),
          token: fc.anything(),
          filter: fc.anything(),
          content: fc.anything(),
          epoch: fc.anything(),
          offset: fc.anything(),
        },
        { requiredKeys: ['type'] },
      )
      .map((value) => JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? Number(item) : item))),
  );
  fc.assert(
    fc.property(anything, (text) => {
      try {
        const { type } = parseClientMessage(text);
        expect(['auth', 'subscribe', 'unsubscribe', 'ping']).toContain(type);
      } catch (error) {
        expect(error).toBeInstanceOf(MessageError);
        expect((error as MessageError).message.length).toBeLessThan(400);
      }
    }),
    { numRuns: 500 },
  );
});

it('cuts the reason of a close at a character, within its 123 bytes', () => {
  expect(closeReason('short')).toBe('short');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 60, maxLength: 200 }), (text) => {
      const reason = closeReason(text);
      expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(123);
      expect(reason === text || (reason.endsWith('...') && text.startsWith(reason.slice(0, -3)))).toBe(true);
    }),
  );
});
