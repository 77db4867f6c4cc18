// The turns of a session, from memory and from the database: what a page of them says does not hang on where it ends.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExchangeItem } from '../../src/core/answers/session-views.ts';
import type { Lake } from '../../src/index/lake.ts';
import { SourceFile } from './support/source-file.ts';
import { TestIndex } from './support/test-index.ts';
import { assistantLine, userLine } from '../support/claude-lines.ts';

const session = 's';
const call = (n: number, id: string): string => assistantLine({ session, n, content: [{ type: 'tool_use', id, name: 'Bash', input: {} }] });
const result = (n: number, id: string, isError: boolean): string => userLine({ session, n, extra: { message: { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: 'x', is_error: isError }] } } });

/** Typed while a tool ran: what came of the calls of the first turn is told in the second and in the third. */
const LINES = [
  userLine({ session, n: 0, text: 'first' }), call(1, 'a'), call(2, 'b'), call(3, 'c'), call(4, 'never'), result(5, 'c', true),
  userLine({ session, n: 6, text: 'second' }), result(7, 'a', true), call(8, 'd'),
  userLine({ session, n: 9, text: 'third' }), result(10, 'b', false), result(11, 'd', true), result(12, 'b', true),
];

describe.each([['in memory', true], ['in the database', false]])('the turns of a session %s', (_name, isHeld) => {
  let index: TestIndex;
  let lake: Lake;

  beforeAll(async () => {
    index = await TestIndex.open();
    lake = isHeld ? index.lake : index.newLake(index.versions, false);
    await index.commit([new SourceFile(1, `-p/${session}.jsonl`).read(LINES)]);
  });
  afterAll(() => index.remove());

  async function inPagesOf(limit: number): Promise<ExchangeItem[]> {
    const items: ExchangeItem[] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = await lake.views.exchanges(session, { limit, ...(cursor === undefined ? {} : { cursor }) });
      items.push(...page.items);
      cursor = page.next_cursor;
    }
    return items;
  }

  it('have the failures of the tools they called, also where these are told in a later turn', async () => {
    const turns = await inPagesOf(200);
    expect(turns.map(({ tools, error_count }) => ({ tools, error_count }))).toEqual([
      { tools: [{ name: 'Bash', calls: 4, errors: 2 }], error_count: 1 },
      { tools: [{ name: 'Bash', calls: 1, errors: 1 }], error_count: 1 },
      { tools: [], error_count: 2 },
    ]);
  });

  it.each([1, 2])('are the same in pages of %i', async (limit) => {
    expect(await inPagesOf(limit)).toEqual(await inPagesOf(200));
  });
});
