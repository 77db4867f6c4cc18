// What the ledger says of single calls, from memory and from the database.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { SourceFile } from './support/source-file.ts';
import { TestIndex } from './support/test-index.ts';
import { assistantLine } from '../support/claude-lines.ts';

let index: TestIndex;
beforeEach(async () => {
  index = await TestIndex.open();
});
afterEach(() => index.remove());

async function ledgers(): Promise<(readonly { id: string; at: string | null; rule: string; ambiguous: boolean; lines: readonly { ts: string | null }[] }[])[]> {
  return Promise.all([index.lake, index.newLake(index.versions, false)].map(async (lake) => (await lake.ledger('s1', { limit: 20 })).items));
}

it('a call without a time has none', async () => {
  await index.commit([new SourceFile(1, '-p/s1.jsonl').read([assistantLine({ session: 's1', n: 1, extra: { timestamp: undefined } })])]);
  for (const calls of await ledgers()) expect(calls.map(({ at, lines }) => [at, lines.map(({ ts }) => ts)])).toEqual([[null, [null]]]);
});

it('of the requests of a message those that are counted are ambiguous, and a replay is not', async () => {
  const lines = [1, 2].map((n) => assistantLine({ session: 's1', n, message: 'm', request: `r${n}` }));
  const aside = assistantLine({ session: 's1', n: 3, message: 'm', request: 'r3', extra: { isSidechain: true, agentId: 'a1' } });
  await index.commit([new SourceFile(1, '-p/s1.jsonl').read(lines), new SourceFile(2, '-p/s1/subagents/agent-a1.jsonl').read([aside])]);
  for (const calls of await ledgers()) expect(calls.map(({ rule, ambiguous }) => [rule, ambiguous])).toEqual([['counted', true], ['counted', true], ['replay', false]]);
});

it('a page ends where its calls have too many lines, and of one call with more there are the first ones and the one that is kept', async () => {
  const copies = (message: string, n: number, count: number): string[] => Array.from({ length: count }, (_, i) => assistantLine({ session: 's1', n, message, extra: { uuid: `${message}-${i}` } }));
  const largest = assistantLine({ session: 's1', n: 2, message: 'many', extra: { uuid: 'largest' }, output: 1000 });
  await index.commit([new SourceFile(1, '-p/s1.jsonl').read([...copies('few', 1, 10), ...copies('many', 2, 10_000), largest, ...copies('last', 3, 10)])]);
  for (const lake of [index.lake, index.newLake(index.versions, false)]) {
    const pages = [];
    for (let cursor: string | undefined; ; ) {
      const page = await lake.ledger('s1', { limit: 10, ...(cursor !== undefined && { cursor }) });
      pages.push(page.items.map(({ line_count: count, lines }) => ({ count, lines: lines.length, kept: lines.findIndex(({ kept }) => kept), first: lines[0]?.line })));
      if (page.next_cursor === null) break;
      cursor = page.next_cursor;
    }
    expect(pages).toEqual([
      [{ count: 10, lines: 10, kept: 0, first: 1 }],
      [{ count: 10_001, lines: 10_000, kept: 9999, first: 11 }],
      [{ count: 10, lines: 10, kept: 0, first: 10_012 }],
    ]);
  }
});

it('a call that was told of again, or by another session, is where it is now', async () => {
  await index.commit([new SourceFile(1, '-p/s0.jsonl').read([assistantLine({ session: 's0', n: 1, message: 'theirs', request: 'r' })])]);
  for (let n = 2; n < 12; n++) await index.commit([new SourceFile(n, `-p/s1-${n}.jsonl`).read([
    assistantLine({ session: 's1', n: 1, message: 'theirs', request: 'r', extra: { uuid: `theirs-${n}` } }),
    assistantLine({ session: 's1', n, message: 'ours', request: 'r', output: n * 10, extra: { uuid: `ours-${n}` } }),
    assistantLine({ session: 's1', n, message: `once-${n}` }),
  ])]);
  const [held, stored] = await ledgers();
  expect(stored).toEqual(held);
  expect(stored?.map(({ lines }) => lines.length).toSorted((a, b) => b - a).slice(0, 3)).toEqual([11, 10, 1]);
});
