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

const at = Date.parse(timeOf(1));
const QUESTIONS: [string, (lake: Lake, session: string) => Promise<unknown>][] = [
  ['the session', (lake, session) => lake.session(session)],
  ['its subagents', (lake, session) => lake.subagents(session, { limit: 100 })],
  ['its tree', (lake, session) => lake.tree(session)],
  ['its messages', (lake, session) => lake.messages({ filter: { session, agent: null }, order: 'asc', content: 'none', duplicates: false, limit: 500 })],
  ['its time line', (lake, session) => lake.views.timeline(session, { limit: 500, includeChildren: false, depth: 1 })],
  ['its time line with subagents', (lake, session) => lake.views.timeline(session, { limit: 500, includeChildren: true, depth: 3 })],
  ['its turns', (lake, session) => lake.views.exchanges(session, { limit: 200 })],
  ['its figures', (lake, session) => lake.views.metrics(session)],
  ['its tools', (lake, session) => lake.views.tools(session)],
  ['its ledger', (lake, session) => lake.ledger(session, { limit: 500 })],
  ['how it stood', (lake, session) => lake.views.state(session, at)],
];

describe.each([['in memory', true], ['in the database', false]])('the statements of an answer about a session %s', (_name, isHeld) => {
  let index: TestIndex;
  let lake: Lake;

  beforeAll(async () => {
    index = await TestIndex.open();
    lake = isHeld ? index.lake : index.newLake(index.versions, false);
    let fileIx = 0;
    for (const [session, turns] of [['small', 1], ['large', 40]] as const) {
      const { main, agents } = linesOf(session, turns);
      const ops = [new SourceFile(++fileIx, `-p/${session}.jsonl`).read(main)];
      for (const { id, lines } of agents) ops.push(new SourceFile(++fileIx, `-p/${session}/subagents/agent-${id}.jsonl`).read(lines));
      await index.commit(ops);
    }
    // What is known of all files is read once.
    await lake.files({}, { limit: 1 });
  });
  afterAll(() => index.remove());

  it.each(QUESTIONS)('%s: as many for forty turns and agents as for one', async (_question, ask) => {
    const [small, large] = [await statementsOf(() => ask(lake, 'small')), await statementsOf(() => ask(lake, 'large'))];
    // What the first question reads of all sessions at once the second one has in memory.
    expect(small.length).toBeLessThanOrEqual(10);
    expect(large.length).toBeLessThanOrEqual(small.length);
  });

  it('a page of trees: as many for two sessions as for one', async () => {
    const page = (limit: number): Promise<string[]> => statementsOf(() => lake.views.tracing({ days: 36_500, limit }));
    expect((await page(2)).length).toBe((await page(1)).length);
  });

  it.each(isHeld ? QUESTIONS : [])('%s: none where nothing changed, but for where files and parts lie', async (_question, ask) => {
    await ask(lake, 'large');
    const statements = await statementsOf(() => ask(lake, 'large'));
    expect(statements.filter((sql) => !/FROM (files|file_marks|archive_segments)/.test(sql))).toEqual([]);
  });
});
