// The views of a session, and the page of trees, ask the database as often for a large session as for a small one.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lake } from '../../src/index/lake.ts';
import { SourceFile } from './support/source-file.ts';
import { statementsOf } from './support/statements.ts';
import { TestIndex } from './support/test-index.ts';
import { assistantLine, timeOf, userLine } from '../support/claude-lines.ts';

/** A session of so many turns, each with a subagent of its own. */
function linesOf(session: string, turns: number): { main: string[]; agents: { id: string; lines: string[] }[] } {
  const numbers = Array.from({ length: turns }, (_, turn) => turn * 4);
  return {
    main: numbers.flatMap((n) => [
      userLine({ session, n }),
      assistantLine({ session, n: n + 1, content: [{ type: 'tool_use', id: `t${n}`, name: 'Task', input: { subagent_type: 'Explore', description: `look ${n}` } }] }),
      userLine({ session, n: n + 2, extra: { message: { role: 'user', content: [{ type: 'tool_result', tool_use_id: `t${n}`, content: 'done' }] }, toolUseResult: { agentId: `${session}-a${n}` } } }),
      assistantLine({ session, n: n + 3 }),
    ]),
    agents: numbers.map((n) => ({ id: `${session}-a${n}`, lines: [assistantLine({ session, n: n + 1, message: `${session}-a${n}`, extra: { uuid: `${session}-a${n}`, isSidechain: true, agentId: `${session}-a${n}` } })] })),
  };
}

describe('the statements of an answer', () => {
  let index: TestIndex;

  beforeAll(async () => {
    index = await TestIndex.open();
    let fileIx = 0;
    for (const [session, turns] of [['small', 1], ['large', 40]] as const) {
      const { main, agents } = linesOf(session, turns);
      const ops = [new SourceFile(++fileIx, `-p/${session}.jsonl`).read(main)];
      for (const { id, lines } of agents) ops.push(new SourceFile(++fileIx, `-p/${session}/subagents/agent-${id}.jsonl`).read(lines));
      await index.commit(ops);
    }
  });
  afterAll(() => index.remove());

  const at = Date.parse(timeOf(1));
  const questions: [string, (session: string, lake: Lake) => Promise<unknown>][] = [
    ['the session', (session, lake) => lake.session(session)],
    ['its subagents', (session, lake) => lake.subagents(session, { limit: 100 })],
    ['its tree', (session, lake) => lake.tree(session)],
    ['its messages', (session, lake) => lake.messages({ filter: { session, agent: null }, order: 'asc', content: 'none', duplicates: false, limit: 500 })],
    ['its time line', (session, lake) => lake.views.timeline(session, { limit: 500, includeChildren: false, depth: 1 })],
    ['its time line with subagents', (session, lake) => lake.views.timeline(session, { limit: 500, includeChildren: true, depth: 3 })],
    ['its turns', (session, lake) => lake.views.exchanges(session, { limit: 200 })],
    ['its figures', (session, lake) => lake.views.metrics(session)],
    ['its tools', (session, lake) => lake.views.tools(session)],
    ['its ledger', (session, lake) => lake.ledger(session, { limit: 500 })],
    ['how it stood', (session, lake) => lake.views.state(session, at)],
  ];

  it.each(questions)('%s: as many for forty turns and agents as for one', async (_name, ask) => {
    const lake = index.newLake(index.versions, false);
    await lake.sessions({}, 'started_at', { limit: 1 });
    const [small, large] = [await statementsOf(() => ask('small', lake)), await statementsOf(() => ask('large', lake))];
    expect(small.length).toBeLessThanOrEqual(8);
    expect(large.length).toBeLessThanOrEqual(small.length);
  });

  it('a page of trees: as many for two sessions as for one', async () => {
    const lake = index.newLake(index.versions, false);
    await lake.sessions({}, 'started_at', { limit: 1 });
    const page = (limit: number): Promise<string[]> => statementsOf(() => lake.views.tracing({ days: 36_500, limit }));
    const two = await page(2);
    expect(two.length).toBeGreaterThan(0);
    expect(two.length).toBe((await page(1)).length);
  });

  it.each(questions)('%s: none of a session that is held and did not change, but for where files and parts lie', async (_name, ask) => {
    await ask('large', index.lake);
    const statements = await statementsOf(() => ask('large', index.lake));
    expect(statements.filter((sql) => !/FROM (files|archive_segments)/.test(sql))).toEqual([]);
  });
});
