// What lines say about sessions and agents: which word counts when several were said, in one commit or in
// many, before and after a compaction.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CommitOp } from '../../src/core/commit-op.ts';
import { compact } from '../../src/index/compaction.ts';
import { SourceFile } from './support/source-file.ts';
import { TestIndex } from './support/test-index.ts';

let index: TestIndex;
beforeEach(async () => {
  index = await TestIndex.open();
});
afterEach(() => index.remove());

type Grouping = 'one commit' | 'a commit each' | 'a compaction after each';
const GROUPINGS: Grouping[] = ['one commit', 'a commit each', 'a compaction after each'];

async function store(ops: readonly CommitOp[], grouping: Grouping): Promise<void> {
  if (grouping === 'one commit') return index.commit(ops);
  for (const op of ops) {
    await index.commit([op]);
    if (grouping === 'a compaction after each') await index.writer.exclusively(compact);
  }
}

const json = (value: object): string => JSON.stringify({ sessionId: 's1', ...value });
const prompt = (content: string, extra: object = {}): string => json({ type: 'user', message: { role: 'user', content }, ...extra });
const main = (): SourceFile => new SourceFile(1, '-p/s1.jsonl');

describe.each(GROUPINGS)('in %s', (grouping) => {
  describe('the title', () => {
    const titleAfter = async (...lines: string[]): Promise<string | null> => {
      const file = main();
      await store(lines.map((line) => file.read([line])), grouping);
      return (await index.lake.session('s1')).title;
    };
    const custom = (customTitle: string): string => json({ type: 'custom-title', customTitle });
    const generated = (aiTitle: string): string => json({ type: 'ai-title', aiTitle });
    const summary = (text: string): string => json({ type: 'summary', summary: text });

    it.each<[string, string[], string | null]>([
      ['a chosen one before all, the last of them', [custom('A'), prompt('P'), generated('G'), custom('B'), summary('S'), generated('H')], 'B'],
      ['a generated one before a prompt, the last of them', [generated('G'), prompt('P'), generated('H'), summary('S')], 'H'],
      ['the first prompt before a summary', [summary('S'), prompt('P'), prompt('Q'), summary('T')], 'P'],
      ['the last summary where there is nothing else', [summary('S'), summary('T')], 'T'],
      ['none where nobody said anything', [json({ type: 'system' })], null],
    ])('is %s', async (_name, lines, title) => {
      expect(await titleAfter(...lines)).toBe(title);
    });

    it('by prompt stays the first one of the session, also when its file is read anew', async () => {
      const [file, again] = [main(), new SourceFile(2, '-p/s1.jsonl', { generation: 1 })];
      await store([file.read([prompt('First')]), again.read([prompt('Rewritten')])], grouping);
      expect((await index.lake.session('s1')).title).toBe('First');
    });
  });

  describe('the working directory', () => {
    it('is the first of the session and the newest of the project', async () => {
      const [one, two] = [main(), new SourceFile(2, '-p/s2.jsonl')];
      const at = (cwd: string, sessionId: string): string => json({ type: 'user', cwd, sessionId });
      await store([one.read([at('/a', 's1'), at('/b', 's1')]), two.read([at('/c', 's2')]), one.read([at('/a', 's1'), at('/d', 's1')]), two.read([at('/e', 's2')])], grouping);
      expect([(await index.lake.session('s1')).cwd, (await index.lake.session('s2')).cwd, (await index.lake.project('-p')).cwd]).toEqual(['/a', '/c', '/e']);
    });

    it('of each session of a file is its own', async () => {
      const file = main();
      await store([file.read([json({ type: 'user', cwd: '/a' })]), file.read([json({ type: 'user', sessionId: 's2', cwd: '/a' })])], grouping);
      expect((await index.lake.session('s2')).cwd).toBe('/a');
    });
  });

  describe('a subagent', () => {
    const task = (id: string, input: object = {}): string => json({ type: 'assistant', message: { role: 'assistant', content: [{ type: 'tool_use', id, name: 'Task', input }] } });
    const result = (id: string, agentId: string): string => json({ type: 'user', toolUseResult: { agentId }, message: { content: [{ type: 'tool_result', tool_use_id: id }] } });
    const progress = (id: string, agentId: string): string => json({ type: 'progress', parentToolUseID: id, data: { type: 'agent_progress', agentId } });
    const agentFile = (name: string): SourceFile => new SourceFile(name.length + 10, `-p/s1/subagents/agent-${name}.jsonl`);
    const agents = async (): Promise<Record<string, unknown>[]> => (await index.lake.subagents('s1', { limit: 50 })).items.map(({ id, parent_agent_id: parent, tool_use_id: tool, link, type, description }) => ({ id, parent, tool, link, type, description }));

    it('is linked late, by the strongest word, and told what it is by its task', async () => {
      const [file, agent] = [main(), agentFile('a')];
      await store([agent.read([prompt('go')]), file.read([progress('t9', 'a')]), file.read([task('t1', { subagent_type: 'Explore', description: 'Look' })]), file.read([result('t1', 'a')]), file.read([progress('t8', 'a')])], grouping);
      expect(await agents()).toEqual([{ id: 'a', parent: null, tool: 't1', link: 'tool_result', type: 'Explore', description: 'Look' }]);
    });

    it('that was resumed is linked by the latest of equal words', async () => {
      const [file, agent] = [main(), agentFile('a')];
      await store([agent.read([prompt('go')]), file.read([result('t1', 'a')]), file.read([result('t2', 'a')])], grouping);
      expect(await agents()).toMatchObject([{ tool: 't2' }]);
    });

    it('keeps the first word on its task, and takes what only a later one says', async () => {
      const [file, agent] = [main(), agentFile('a')];
      await store([agent.read([prompt('go')]), file.read([task('t1', { description: 'first' })]), file.read([task('t1', { description: 'second', subagent_type: 'Plan' })]), file.read([result('t1', 'a')])], grouping);
      expect(await agents()).toMatchObject([{ type: 'Plan', description: 'first' }]);
    });

    it('has the agent as a parent whose line told of it', async () => {
      const [file, outer, inner] = [main(), agentFile('a'), agentFile('bb')];
      await store([inner.read([prompt('deep')]), outer.read([prompt('go'), task('t2')]), file.read([task('t1'), result('t1', 'a')]), outer.read([result('t2', 'bb')])], grouping);
      expect((await index.lake.tree('s1')).children.map((node) => [node.id, node.children.map(({ id }) => id)])).toEqual([['a', ['bb']]]);
    });

    it('that was only heard of is none of the session’s', async () => {
      const file = main();
      await store([file.read([prompt('x'), result('t1', 'ghost')])], grouping);
      expect(await agents()).toEqual([]);
      expect(await index.lake.session('s1')).toMatchObject({ subagent_count: 0 });
    });
  });
});

describe('a model call', () => {
  const call = (session: string, { uuid, output = 5, ms = 0, message = 'm', request = 'r' as string | null, extra = {} }: { uuid: string; output?: number; ms?: number; message?: string; request?: string | null; extra?: object }): string =>
    JSON.stringify({
      type: 'assistant', uuid, sessionId: session, timestamp: new Date(1_790_000_000_000 + ms).toISOString(), ...(request === null ? {} : { requestId: request }),
      message: { id: message, role: 'assistant', model: 'claude-a', usage: { input_tokens: 1, output_tokens: output } }, ...extra,
    });
  const outputs = async (...sessions: string[]): Promise<number[]> => Promise.all(sessions.map(async (id) => (await index.lake.session(id)).usage_rollup.output_tokens));

  it.each(GROUPINGS)('goes to the session that had it first, though that was read last, in %s', async (grouping) => {
    const [fork, origin] = [new SourceFile(1, '-p/fork.jsonl', { birthMs: 200 }), new SourceFile(2, '-p/origin.jsonl', { birthMs: 100 })];
    await store([fork.read([call('fork', { uuid: 'a' }), call('fork', { uuid: 'b', message: 'own', output: 70 })]), origin.read([call('origin', { uuid: 'a' })])], grouping);
    expect(await outputs('fork', 'origin')).toEqual([70, 5]);
  });

  it.each(GROUPINGS)('grows late, over a restart, without being counted again, in %s', async (grouping) => {
    const file = main();
    await store([file.read([call('s1', { uuid: 'a', output: 1 })]), file.read([call('s1', { uuid: 'b', output: 9 })])], grouping);
    await index.restart();
    await index.commit([file.read([call('s1', { uuid: 'c', output: 30 })])]);
    expect(await outputs('s1')).toEqual([30]);
    expect((await index.lake.aggregate({ groupBy: null, filter: {}, timezone: 'UTC' })).totals).toMatchObject({ calls: 1, output_tokens: 30, input_tokens: 1 });
  });

  it('without ids is its own line’s: no two lines share one, and a line that is repeated counts once', async () => {
    const file = main();
    const bare = { message: '', request: null };
    await index.commit([file.read([call('s1', { uuid: 'a', ...bare }), call('s1', { uuid: 'b', ...bare }), call('s1', { uuid: '', ...bare }), call('s1', { uuid: '', ...bare }), call('s1', { uuid: 'a', ...bare })])]);
    expect(await outputs('s1')).toEqual([20]);
  });

  it('that an aside replays in a subagent’s file under a new request counts for the main thread alone', async () => {
    const [file, aside] = [main(), new SourceFile(2, '-p/s1/subagents/agent-aside_question-1.jsonl')];
    await index.commit([aside.read([call('s1', { uuid: 'x', request: 'new', output: 500, extra: { isSidechain: true } }), call('s1', { uuid: 'y', message: 'its own', output: 40, extra: { isSidechain: true } })])]);
    expect(await outputs('s1')).toEqual([540]);
    await index.commit([file.read([call('s1', { uuid: 'a' })])]);
    expect(await outputs('s1')).toEqual([45]);
    expect((await index.lake.session('s1')).usage.output_tokens).toBe(5);
  });
});

it('a tool whose name is half a character is one tool, before and after a restart', async () => {
  const file = main();
  const use = (uuid: string): string => json({ type: 'assistant', uuid, message: { content: [{ type: 'tool_use', id: uuid, name: 'half \ud83d' }] } });
  await index.commit([file.read([use('a')])]);
  await index.restart();
  await index.commit([file.read([use('b')])]);
  expect((await index.lake.aggregate({ groupBy: 'tool', filter: {}, timezone: 'UTC' })).items).toMatchObject([{ tool: 'half \ufffd', calls: 2 }]);
});
