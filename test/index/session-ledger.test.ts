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
  return Promise.all([index.lake, index.newLake(index.versions, false)].map(async (lake) => (await lake.ledger('s1', { limit: 10 })).items));
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
