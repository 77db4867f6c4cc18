// What lines say about sessions and agents: which word counts when several were said, in one commit or in
// many, before and after a compaction.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CommitOp } from '../../src/core/commit-op.ts';
import type { Sidecar } from '../../src/core/sidecar.ts';
import { compact } from '../../src/index/commit/compaction.ts';
import type { Lake } from '../../src/index/lake.ts';
import { SourceFile } from './support/source-file.ts';
import { TestIndex } from './support/test-index.ts';

let index: TestIndex;
beforeEach(async () => {
  index = await TestIndex.open();
  // From here on it follows what is committed.
  await index.lake.linksHeld();
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
      ['the first prompt before a summary that comes before it, which is of another session', [summary('S'), prompt('P'), prompt('Q')], 'P'],
      ['the last summary of what was said before the prompt', [summary('S'), prompt('P'), summary('T'), prompt('Q'), summary('U')], 'U'],
      ['a generated one before a summary', [prompt('P'), generated('G'), summary('S')], 'G'],
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
      const at = (cwd: string, sessionId: string, second: number): string => json({ type: 'user', cwd, sessionId, timestamp: `2026-10-01T08:00:0${second}.000Z` });
      // What was told last is read first.
      await store([two.read([at('/c', 's2', 3)]), two.read([at('/e', 's2', 6)]), one.read([at('/a', 's1', 1), at('/b', 's1', 2)]), one.read([at('/a', 's1', 4), at('/d', 's1', 5)])], grouping);
      expect([(await index.lake.session('s1')).cwd, (await index.lake.session('s2')).cwd, (await index.lake.project('-p')).cwd]).toEqual(['/a', '/c', '/e']);
    });

    it('of each session of a file is its own', async () => {
      const file = main();
      await store([file.read([json({ type: 'user', cwd: '/a' })]), file.read([json({ type: 'user', sessionId: 's2', cwd: '/a' })])], grouping);
      expect((await index.lake.session('s2')).cwd).toBe('/a');
    });
  });

  it('the project is that of the main thread’s file, whatever was read before it', async () => {
    const [agent, resumed, file] = [new SourceFile(2, '-elsewhere/s1/subagents/agent-a.jsonl'), new SourceFile(3, '-q/s1.jsonl'), main()];
    const project = async (): Promise<string> => (await index.lake.session('s1')).project;
    await store([agent.read([prompt('go')])], grouping);
    expect(await project()).toBe('-elsewhere');
    await store([resumed.read([prompt('x')]), file.read([prompt('y')])], grouping);
    expect(await project()).toBe('-p');
    await index.restart();
    await store([resumed.read([prompt('x')]), agent.read([prompt('go')])], grouping);
    expect(await project()).toBe('-p');
    expect((await index.lake.projects({ limit: 9 })).items.map(({ id }) => id)).toEqual(['-p']);
  });

  describe('a subagent', () => {
    const task = (id: string, input: object = {}): string => json({ type: 'assistant', message: { role: 'assistant', content: [{ type: 'tool_use', id, name: 'Task', input }] } });
    const result = (id: string, agentId: string): string => json({ type: 'user', toolUseResult: { agentId }, message: { content: [{ type: 'tool_result', tool_use_id: id }] } });
    const progress = (id: string, agentId: string): string => json({ type: 'progress', parentToolUseID: id, data: { type: 'agent_progress', agentId } });
    const agentFile = (name: string): SourceFile => new SourceFile(name.length + 10, `-p/s1/subagents/agent-${name}.jsonl`);
    const agentsOf = async (lake: Lake): Promise<Record<string, unknown>[]> => (await lake.subagents('s1', { limit: 50 })).items.map(({ id, parent_agent_id: parent, tool_use_id: tool, link, type, description }) => ({ id, parent, tool, link, type, description }));
    const agents = async (): Promise<Record<string, unknown>[]> => {
      const found = await agentsOf(index.lake);
      expect(found).toEqual(await agentsOf(index.newLake()));
      return found;
    };

    it('is linked late, by the strongest word, and told what it is by its task', async () => {
      const [file, agent] = [main(), agentFile('a')];
      await store([agent.read([prompt('go')]), file.read([progress('t9', 'a')]), file.read([task('t1', { subagent_type: 'Explore', description: 'Look' })]), file.read([result('t1', 'a')]), file.read([progress('t8', 'a')])], grouping);
      expect(await agents()).toEqual([{ id: 'a', parent: null, tool: 't1', link: 'tool_result', type: 'Explore', description: 'Look' }]);
    });

    it('that was resumed is linked to the call that started it', async () => {
      const [file, agent] = [main(), agentFile('a')];
      await store([agent.read([prompt('go')]), file.read([result('t1', 'a')]), file.read([result('t2', 'a')])], grouping);
      expect(await agents()).toMatchObject([{ tool: 't1' }]);
    });

    const beside = (agent: string, said: Partial<Sidecar>, modifiedMs = 1): CommitOp => ({
      kind: 'sidecar',
      sidecar: { source: 'claude-code', root: '/r', path: `-p/s1/subagents/agent-${agent}.meta.json`, size: 1, modifiedMs, session: 's1', agent, toolUseId: null, agentType: null, description: null, ...said },
    });

    it('is linked before all by the file beside its log, whichever came first, as that was last', async () => {
      const [file, agent] = [main(), agentFile('a')];
      const ops = [beside('a', { toolUseId: 't7' }), agent.read([prompt('go')]), file.read([result('t1', 'a'), task('t2', { subagent_type: 'Plan' })]), beside('a', { toolUseId: 't2', description: 'Counted' }, 2)];
      await store(ops, grouping);
      await index.restart();
      expect(await agents()).toEqual([{ id: 'a', parent: null, tool: 't2', link: 'meta', type: 'Plan', description: 'Counted' }]);
      expect(await index.writer.sidecars()).toEqual([{ root: '/r', path: '-p/s1/subagents/agent-a.meta.json', size: 1, modifiedMs: 2 }]);
    });

    it('that nothing links is told what it is by the file beside its log', async () => {
      await store([beside('acompact-1', { agentType: 'compact' }), agentFile('acompact-1').read([prompt('go')])], grouping);
      expect(await agents()).toEqual([{ id: 'acompact-1', parent: null, tool: null, link: null, type: 'compact', description: null }]);
    });

    it('of a file beside no log is none, and makes no session', async () => {
      await store([beside('ghost', { toolUseId: 't1' })], grouping);
      expect((await index.lake.sessions({}, 'started_at', { limit: 5 })).items).toEqual([]);
      expect(await index.lake.totals()).toMatchObject({ files: 0, sessions: 0 });
    });

    it('of any depth has the agent as a parent that made the call in the file beside its log', async () => {
      const names = ['a', 'bb', 'ccc', 'dddd', 'eeeee', 'ffffff', 'ggggggg', 'hhhhhhhh', 'iiiiiiiii', 'jjjjjjjjjj'];
      const logs = names.map((name, i) => agentFile(name).read([prompt('go', { agentId: name, parentUuid: null }), json({ ...JSON.parse(task(`t${i + 1}`)) as object, agentId: name })]));
      await store([...logs.toReversed(), ...names.map((name, i) => beside(name, { toolUseId: `t${i}` })), main().read([task('t0')])], grouping);
      const depths: string[] = [];
      for (let { children } = await index.lake.tree('s1'); children.length > 0; children = children[0]?.children ?? []) depths.push(children.map(({ id }) => id).join());
      expect(depths).toEqual(names);
    });

    it('of a workflow is linked to the call that began the run', async () => {
      const run = json({ type: 'user', toolUseResult: { runId: 'wf_1', status: 'async_launched' }, message: { content: [{ type: 'tool_result', tool_use_id: 't1' }] } });
      const agent = new SourceFile(12, '-p/s1/subagents/workflows/wf_1/agent-a.jsonl');
      await store([agent.read([prompt('go')]), main().read([run]), new SourceFile(13, '-p/s1/subagents/workflows/wf_2/agent-b.jsonl').read([prompt('go')])], grouping);
      expect(await agents()).toMatchObject([{ id: 'a', tool: 't1', link: 'run' }, { id: 'b', tool: null, link: null }]);
    });

    it('that ended in the background is linked by the notice of it', async () => {
      const notice = (id: string, tool: string): string => `<task-notification>\n<task-id>${id}</task-id>\n<tool-use-id>${tool}</tool-use-id>\n<status>completed</status>\n</task-notification>`;
      const lines = [json({ type: 'queue-operation', operation: 'enqueue', content: notice('a', 't1') }), prompt(notice('bb', 't2')), json({ type: 'attachment', attachment: { type: 'queued_command', prompt: notice('ccc', 't3') } })];
      await store([main().read(lines), ...['a', 'bb', 'ccc'].map((name) => agentFile(name).read([prompt('go')]))], grouping);
      expect(await agents()).toMatchObject([{ id: 'a', tool: 't1', link: 'notification' }, { id: 'bb', tool: 't2' }, { id: 'ccc', tool: 't3' }]);
    });

    it('is linked by what it was told to do, where just one call says so', async () => {
      const told = (name: string, text: string): CommitOp => agentFile(name).read([prompt(text, { parentUuid: null })]);
      await store([told('a', 'Count the gears.'), told('bb', 'Twice'), told('ccc', 'Twice'), main().read([task('t1', { prompt: 'Count the gears.' }), task('t2', { prompt: 'Twice' }), task('t3', { prompt: 'Twice' })])], grouping);
      expect(await agents()).toMatchObject([{ id: 'a', tool: 't1', link: 'prompt' }, { id: 'bb', tool: null }, { id: 'ccc', tool: null }]);
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
