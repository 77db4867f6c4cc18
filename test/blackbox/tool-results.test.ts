// What became of a tool call is the same whoever asks: a history that was copied into a subagent's log has the same
// ids there, a result that was written anew counts as it was written last, and some calls tell their own.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assistantLine, userLine } from '../support/claude-lines.ts';
import { Workspace } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';

interface Told {
  agent: string | null;
  id: string;
  is_error: boolean | null;
  duration_ms: number | null;
}
interface Entry {
  agent_id: string | null;
  tools: { id: string; is_error: boolean | null; duration_ms: number | null }[];
}

const SESSION = 'copied';
const REWRITTEN = 'rewritten';
const SEARCHED = '019f0000-0000-7000-8000-0000000000aa';

function call(n: number, id: string, extra: Record<string, unknown> = {}): string {
  return assistantLine({ session: SESSION, n, message: `msg_${id}`, request: `req_${id}`, content: [{ type: 'tool_use', id, name: 'Read', input: {} }], extra });
}

function result(n: number, id: string, isError: boolean, extra: Record<string, unknown> = {}): string {
  return userLine({ session: SESSION, n, extra: { message: { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: 'done', is_error: isError }] }, ...extra } });
}

describe('results of tool calls', () => {
  const workspace = new Workspace();
  let daemon: Daemon;

  beforeAll(async () => {
    const write = (path: string, lines: readonly string[]): void => {
      mkdirSync(dirname(join(workspace.dir, path)), { recursive: true });
      writeFileSync(join(workspace.dir, path), `${lines.join('\n')}\n`);
    };
    const copy = (agent: string, uuid: string): Record<string, unknown> => ({ uuid, isSidechain: true, agentId: agent });
    write(`projects/-p/${SESSION}.jsonl`, [userLine({ session: SESSION, n: 0 }), call(1, 't1'), result(4, 't1', false), call(9, 't2'), result(8, 't2', false)]);
    write(`projects/-p/${SESSION}/subagents/agent-copy.jsonl`, [call(20, 't1', copy('copy', 'u1')), result(27, 't1', true, copy('copy', 'u2'))]);
    write(`projects/-p/${SESSION}/subagents/agent-aside.jsonl`, [call(30, 't1', copy('aside', 'u3'))]);
    const answer = (second: number, status: string): string =>
      JSON.stringify({ id: 'm1', timestamp: `2026-10-01T00:00:0${second}.000Z`, type: 'gemini', content: 'so', model: 'gemini-2.5-pro', toolCalls: [{ id: 'g1', name: 'shell', args: {}, status }] });
    write(`gemini/slug/chats/session-${REWRITTEN}.jsonl`, [JSON.stringify({ sessionId: REWRITTEN, projectHash: 'h', startTime: '2026-10-01T00:00:00.000Z', kind: 'main' }), answer(1, 'success'), answer(1, 'error')]);
    const item = (second: number, type: string, payload: Record<string, unknown>): string => JSON.stringify({ timestamp: `2026-10-01T00:00:0${second}.000Z`, type, payload });
    const search = (second: number, status: string): string => item(second, 'response_item', { type: 'web_search_call', status, action: { type: 'search', query: 'gears' } });
    write(`codex/sessions/2026/10/01/rollout-2026-10-01T00-00-00-${SEARCHED}.jsonl`, [
      item(0, 'session_meta', { id: SEARCHED, cwd: '/x', timestamp: '2026-10-01T00:00:00.000Z' }), search(1, 'completed'), search(2, 'failed'), search(3, 'in_progress'),
    ]);
    daemon = await workspace.start(['--root', `claude-code=${workspace.root}`, '--root', `codex=${join(workspace.dir, 'codex')}`, '--root', `gemini=${join(workspace.dir, 'gemini')}`, '--no-archive', '--log-level', 'warn']);
    await daemon.caughtUp();
  });
  afterAll(() => workspace.remove());

  async function bySql(session: string): Promise<Told[]> {
    const sql = `SELECT agent_id AS agent, id, is_error, duration_ms FROM tool_calls WHERE session_id = '${session}' ORDER BY "offset"`;
    const response = await daemon.fetch('/api/sql', { method: 'POST', body: JSON.stringify({ sql }), headers: { 'content-type': 'application/json' } });
    const { rows } = (await response.json()) as { rows: [string | null, string, boolean | null, number | null][] };
    return rows.map(([agent, id, is_error, duration_ms]) => ({ agent, id, is_error, duration_ms }));
  }

  async function byTimeline(session: string): Promise<Told[]> {
    const entries = await daemon.all<Entry>(`/api/sessions/${session}/timeline?include_children=true&depth=3`);
    return entries.flatMap(({ agent_id: agent, tools }) => tools.map(({ id, is_error, duration_ms }) => ({ agent, id, is_error, duration_ms })));
  }

  const sorted = (told: readonly Told[]): Told[] => told.toSorted((a, b) => (`${a.agent}/${a.id}` < `${b.agent}/${b.id}` ? -1 : 1));

  it('are those of the thread that called', async () => {
    const expected: Told[] = [
      { agent: 'aside', id: 't1', is_error: null, duration_ms: null },
      { agent: 'copy', id: 't1', is_error: true, duration_ms: 7000 },
      { agent: null, id: 't1', is_error: false, duration_ms: 3000 },
      { agent: null, id: 't2', is_error: false, duration_ms: 0 },
    ];
    expect(sorted(await bySql(SESSION))).toEqual(expected);
    expect(sorted(await byTimeline(SESSION))).toEqual(expected);
    const { items } = await daemon.get<{ items: unknown[] }>(`/api/sessions/${SESSION}/tools`);
    expect(items).toMatchObject([{ name: 'Read', calls: 2, calls_rollup: 4, errors: 0, errors_rollup: 1, open: 0, open_rollup: 1, max_ms: 7000, total_ms: 10_000 }]);
  });

  it('are as they were written last', async () => {
    const expected: Told[] = [{ agent: null, id: 'g1', is_error: true, duration_ms: 0 }];
    expect(await bySql(REWRITTEN)).toEqual(expected);
    expect(await byTimeline(REWRITTEN)).toEqual(expected);
  });

  it('come with one call, however often it was written and whichever bounds are asked for', async () => {
    const wide = 'source=gemini&since=2026-09-30T00:00:00.001Z';
    expect(await daemon.get(`/api/metrics/series?metric=tool_calls&bucket=day&${wide}`)).toMatchObject({ items: [{ value: 1 }], total: 1 });
    expect(await daemon.get('/api/metrics/series?metric=tool_calls&bucket=5s&source=gemini')).toMatchObject({ items: [{ value: 1 }], total: 1 });
    expect(await daemon.get('/api/metrics/aggregate?group_by=tool&source=gemini&model=gemini-2.5-pro')).toMatchObject({ items: [{ tool: 'shell', calls: 1 }] });
  });

  it('are told by a search of the web itself, which has no id', async () => {
    const told = await bySql(SEARCHED);
    expect(told.map(({ is_error, duration_ms }) => [is_error, duration_ms])).toEqual([[false, 0], [true, 0], [null, null]]);
    expect(await byTimeline(SEARCHED)).toEqual(told);
    const { items } = await daemon.get<{ items: unknown[] }>(`/api/sessions/${SEARCHED}/tools`);
    expect(items).toMatchObject([{ name: 'web_search', calls: 3, errors: 1, open: 1 }]);
    expect(await daemon.get(`/api/sessions/${SEARCHED}/state`)).toMatchObject({ tool_call_count: 3, error_count: 1, open_tool_calls: [{ name: 'web_search' }], open_tool_call_count: 1 });
    expect(await daemon.all('/api/rejects?kept=true')).toEqual([]);
  });
});
