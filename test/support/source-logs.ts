// Small made-up logs of every source, several files each that say things about one another: goldens and
// samples, and of Claude Code what they lack: subagents in every place, forks, replays and sidecars.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SOURCE_IDS } from '../../src/core/settings/source-id.ts';
import type { SourceId } from '../../src/core/settings/source-id.ts';
import { SAMPLES } from '../sources/support/agent-samples.ts';

export interface SourceLog {
  /** Below the root. */
  path: string;
  bytes: Buffer;
}

const goldens = fileURLToPath(new URL('../sources/goldens', import.meta.url));
const golden = (name: string, path: string): SourceLog => ({ path, bytes: readFileSync(`${goldens}/${name}.jsonl`) });

const linesOf = (values: readonly object[]): Buffer => Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(''));
const samplesOf = (source: SourceId): SourceLog[] => SAMPLES.filter((sample) => sample.source === source).map(({ path, lines }) => ({ path, bytes: linesOf(lines) }));

const S1 = '5e551000-0000-4000-8000-000000000001';
const S2 = '5e551000-0000-4000-8000-000000000002';
const S3 = '5e551000-0000-4000-8000-000000000003';

/** One line of Claude Code's. `second` is its time, and with `session` and `thread` its id. */
function said(session: string, thread: string, second: number, value: object): object {
  const uuid = `00000000-0000-4${thread.padStart(3, '0')}-8000-${String(second).padStart(12, '0')}`;
  return { type: 'user', uuid, parentUuid: null, sessionId: session, timestamp: new Date(Date.UTC(2026, 9, 2) + second * 1000).toISOString(), cwd: `/home/ada/${second % 3}`, ...value };
}

function call(session: string, thread: string, second: number, id: string, output: number, content: readonly object[] = [], more: object = {}): object {
  const usage = { input_tokens: 3, output_tokens: output, cache_creation_input_tokens: 50, cache_read_input_tokens: 7, cache_creation: { ephemeral_1h_input_tokens: 20 } };
  return said(session, thread, second, { type: 'assistant', requestId: `req_${id}`, message: { id: `msg_${id}`, role: 'assistant', model: second % 2 === 0 ? 'claude-sonnet-4-5' : 'claude-opus-4-1', content, usage }, ...more });
}

const use = (id: string, name: string, input: object = {}): object => ({ type: 'tool_use', id, name, input });
const result = (session: string, thread: string, second: number, id: string, more: object = {}): object =>
  said(session, thread, second, { message: { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: 'done', is_error: second % 4 === 0 }] }, ...more });

const side = { isSidechain: true };

function claudeLogs(): SourceLog[] {
  const shared = (session: string): object[] => [
    said(session, 'aa', 1, { message: { role: 'user', content: 'Make the gears turn.' } }),
    call(session, 'aa', 2, 'one', 4, [use('toolu_1', 'Task', { description: 'Count', subagent_type: 'Explore', prompt: 'Count the gears.' })]),
    call(session, 'aa', 3, 'one', 9, [use('toolu_2', 'Bash')]),
  ];
  const main = [
    { type: 'summary', summary: 'Gears', leafUuid: 'x' },
    ...shared(S1),
    said(S1, 'aa', 5, { type: 'progress', parentToolUseID: 'toolu_1', data: { type: 'agent_progress', agentId: 'a1' } }),
    result(S1, 'aa', 8, 'toolu_1', { toolUseResult: { agentId: 'a1', status: 'completed' } }),
    { type: 'ai-title', aiTitle: 'Gears that turn', sessionId: S1 },
    call(S1, 'aa', 9, 'two', 5, [use('toolu_3', 'Agent', { description: 'Again', prompt: 'Count them again.' }), use('toolu_4', 'Workflow'), use('toolu_5', 'Agent', { description: 'Beside' })]),
    result(S1, 'aa', 10, 'toolu_4', { toolUseResult: { status: 'async_launched', runId: 'wf_1' } }),
    { type: 'ai-title', aiTitle: 'Gears, counted', sessionId: S1 },
    // What a second compaction appends again.
    ...shared(S1).slice(1),
    // A resumed agent.
    call(S1, 'aa', 20, 'three', 5, [use('toolu_6', 'SendMessage')]),
    result(S1, 'aa', 21, 'toolu_6', { toolUseResult: { agentId: 'a1' } }),
    said(S1, 'aa', 22, { type: 'queue-operation', content: '<task-notification>\n<task-id>a3</task-id>\n<tool-use-id>toolu_5</tool-use-id>\n</task-notification>' }),
  ];
  const agent = (id: string, thread: string, at: number, prompt: string, more: readonly object[] = []): Buffer =>
    linesOf([said(S1, thread, at, { ...side, agentId: id, message: { role: 'user', content: prompt } }), call(S1, thread, at + 1, id, 30, [], { ...side, agentId: id }), ...more]);
  const subagents = `-p/${S1}/subagents`;
  return [
    { path: `-p/${S1}.jsonl`, bytes: linesOf(main) },
    { path: `-p/${S2}.jsonl`, bytes: linesOf([...shared(S2), call(S2, 'aa', 30, 'own', 8), { type: 'custom-title', customTitle: 'A fork', sessionId: S2 }]) },
    // The same session goes on in another folder.
    { path: `-q/${S1}.jsonl`, bytes: linesOf([call(S1, 'ab', 40, 'four', 8), said(S1, 'ab', 41, { message: { role: 'user', content: 'And back.' } }), { type: 'ai-title', aiTitle: 'Gears elsewhere', sessionId: S1 }]) },
    { path: `${subagents}/agent-a1.jsonl`, bytes: agent('a1', 'a1', 4, 'Count the gears.', [call(S1, 'a1', 7, 'a1b', 3, [use('toolu_7', 'Task', { description: 'Deeper' })], { ...side, agentId: 'a1' })]) },
    { path: `${subagents}/agent-a2.jsonl`, bytes: agent('a2', 'a2', 11, 'Count them again.') },
    { path: `${subagents}/agent-a3.jsonl`, bytes: agent('a3', 'a3', 12, 'Something else.') },
    { path: `${subagents}/agent-a4.jsonl`, bytes: agent('a4', 'a4', 13, 'Deeper still.') },
    { path: `${subagents}/agent-a4.meta.json`, bytes: Buffer.from(JSON.stringify({ agentType: 'Plan', toolUseId: 'toolu_7', spawnDepth: 2 })) },
    { path: `${subagents}/workflows/wf_1/agent-w1.jsonl`, bytes: agent('w1', 'b1', 14, 'One of many.') },
    // An aside repeats a call of the main thread under another request.
    { path: `${subagents}/agent-aside_question-1.jsonl`, bytes: linesOf([call(S1, 'c1', 2, 'one', 4, [], { ...side, agentId: 'aside_question-1', requestId: 'req_aside' }), call(S1, 'c1', 15, 'aside', 6, [], { ...side, agentId: 'aside_question-1' })]) },
    // Flat, as it was until 2.1.1, and inline, as it was in 1.x.
    { path: `-p/agent-0badcafe.jsonl`, bytes: linesOf([said(S3, 'd1', 3, { ...side, agentId: '0badcafe', message: { role: 'user', content: 'Look.' } }), call(S3, 'd1', 4, 'flat', 5, [], { ...side, agentId: '0badcafe' })]) },
    {
      path: `-p/${S3}.jsonl`,
      bytes: linesOf([
        call(S3, 'd2', 2, 'flat-main', 5, [use('toolu_8', 'Task', { prompt: 'Look.' }), use('toolu_9', 'Task', { prompt: 'Inline.' })]),
        said(S3, 'd2', 5, { ...side, message: { role: 'user', content: 'Inline.' } }),
        result(S3, 'd2', 6, 'toolu_8', { toolUseResult: { agentId: '0badcafe' } }),
        { type: 'assistant', message: 'broken', sessionId: S3 },
      ]),
    },
  ];
}

const PI = '--home-ada-engine--';
const JSONL_ROWS = (from: number, kind: string): object[] => [0, 1, 2, 3].map((n) => ({ id: `${kind}-${from + n}`, ts: 1_790_000_000 + from + n, type: kind, text: `row ${from + n}` }));

const LOGS: Partial<Record<SourceId, SourceLog[]>> = {
  'claude-code': claudeLogs(),
  codex: [
    golden('codex/fork-origin', '2026/10/01/rollout-2026-10-01T08-00-00-019f0000-0000-7000-8000-00000000000a.jsonl'),
    golden('codex/fork', '2026/10/02/rollout-2026-10-02T09-00-00-019f0000-5000-7000-8000-00000000000b.jsonl'),
    golden('codex/spawned-with-history', 'rollout-2026-10-03T09-00-00-019f0000-6000-7000-8000-00000000000c.jsonl'),
  ],
  copilot: [golden('copilot/session', 'c0910000-0000-4000-8000-000000000001/events.jsonl'), golden('copilot/agent-ids', 'c0910000-0000-4000-8000-000000000002/events.jsonl')],
  pi: [
    golden('pi/v3', `${PI}/2026-10-05T08-00-03-000Z_91000000-0000-4000-8000-000000000003.jsonl`),
    golden('pi/branch', `${PI}/2026-10-05T08-00-04-000Z_91000000-0000-4000-8000-000000000004.jsonl`),
    golden('pi/omp', `${PI}/2026-10-05T08-00-05-000Z_91000000-0000-4000-8000-000000000005.jsonl`),
    golden('pi/omp-subagent', `${PI}/2026-10-05T08-00-05-000Z_91000000-0000-4000-8000-000000000005/Counter.jsonl`),
  ],
  'claude-ai': [{
    path: 'ai-1.jsonl',
    bytes: linesOf([
      { key: 'conversation:ai-1', observed_at: '2026-10-01T09:00:00.000Z', item: { conversation: { uuid: 'ai-1', name: 'Gears', created_at: '2026-10-01T08:00:00Z' } } },
      { key: 'message:1', observed_at: '2026-10-01T09:00:00.000Z', item: { message: { uuid: '1', sender: 'human', text: 'Turn', created_at: '2026-10-01T08:00:01Z' } } },
    ]),
  }],
  chatgpt: [{
    path: 'gpt-1.jsonl',
    bytes: linesOf([
      { key: 'conversation:gpt-1', observed_at: '2026-10-01T09:00:00.000Z', item: { conversation: { id: 'gpt-1', title: 'Gears', create_time: 1_790_000_000 } } },
      { key: 'message:1', observed_at: '2026-10-01T09:00:00.000Z', item: { message: { id: '1', author: { role: 'user' }, content: { content_type: 'text', parts: ['Turn'] }, create_time: 1_790_000_001 }, parent: null } },
    ]),
  }],
  jsonl: [{ path: 'a/trades.jsonl', bytes: linesOf(JSONL_ROWS(0, 'trade')) }, { path: 'a/equity.jsonl', bytes: linesOf(JSONL_ROWS(2, 'equity')) }, { path: 'b/trades.jsonl', bytes: linesOf(JSONL_ROWS(1, 'trade')) }],
};

/** Each source with its logs, the origins of copies before them. */
export const SOURCE_LOGS: readonly (readonly [SourceId, readonly SourceLog[]])[] = SOURCE_IDS.map((source) => [source, LOGS[source] ?? samplesOf(source)]);
