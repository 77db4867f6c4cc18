// The views of a session against a plain recount of a generated lake: its time line, its turns, its figures,
// its tools; and the page of trees. Nothing twice, nothing missing, the parts add up to the whole.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateLake } from '../../bench/generator/generate.ts';
import { Workspace } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { archiveAll, removeSources } from './support/archive.ts';
import { plainLake, sumOf, usageOf } from './support/plain.ts';
import type { PlainLake, PlainRecord, Tokens } from './support/plain.ts';
import { promptOf, recordsOfSession, resultsOf, toolsOf, turnsOf } from './support/plain-session.ts';
import type { PlainResult } from './support/plain-session.ts';

interface Page<T> {
  items: T[];
  has_more: boolean;
  next_cursor: string | null;
}
interface Session {
  id: string;
  message_count: number;
  tool_call_count: number;
  error_count: number;
  subagent_count: number;
  usage: Tokens;
  usage_rollup: Tokens;
  cost_usd: number | null;
  cost_rollup_usd: number | null;
}
interface Entry {
  kind: string;
  offset: string;
  ts: string;
  agent_id: string | null;
  depth: number;
  uuid: string | null;
  text: string | null;
  tools: { id: string; name: string; is_error: boolean | null; ended_at: string | null; duration_ms: number | null; agent_id: string | null }[];
}
interface Timeline extends Page<Entry> {
  timeline_total: number;
  timeline_truncated: boolean;
}
interface Exchange {
  prompt: string;
  answer: string | null;
  records: number;
  started_at: string;
  ended_at: string;
  duration_ms: number;
  tools: { name: string; calls: number; errors: number }[];
  tool_call_count: number;
  calls: number;
  usage: Tokens;
  cost_usd: number | null;
}
interface Tool {
  name: string;
  calls: number;
  calls_rollup: number;
  errors_rollup: number;
  open_rollup: number;
  p50_ms: number | null;
  max_ms: number | null;
}
interface State {
  open_tool_calls: { id: string }[];
  running_subagents: { id: string }[];
}
interface Node {
  id: string;
  children: Node[];
}

describe('the views of a session', () => {
  const workspace = new Workspace();
  let daemon: Daemon;
  let plain: PlainLake;
  let sessions: Session[];

  beforeAll(async () => {
    await generateLake({ dir: workspace.root, seed: 4711, targetBytes: 3e6, malformedRate: 0.02 });
    daemon = await workspace.start();
    await daemon.caughtUp();
    plain = plainLake(workspace.root);
    sessions = await all<Session>('/api/sessions?sort=started_at');
  }, 60_000);
  afterAll(() => workspace.remove());

  async function all<T>(path: string, limit = 50): Promise<T[]> {
    const items: T[] = [];
    let cursor = '';
    do {
      const page = await daemon.get<Page<T>>(`${path}${path.includes('?') ? '&' : '?'}limit=${limit}${cursor}`);
      expect(page.items.length).toBeLessThanOrEqual(limit);
      expect(page.next_cursor === null).toBe(!page.has_more);
      items.push(...page.items);
      cursor = `&cursor=${page.next_cursor}`;
      if (!page.has_more) break;
    } while (items.length < 1e6);
    return items;
  }

  const of = (session: Session, view: string): string => `/api/sessions/${encodeURIComponent(session.id)}/${view}`;
  const isEntry = (record: PlainRecord): boolean => !Number.isNaN(record.ms) && (resultsOf(record).length === 0 || toolsOf(record).length > 0);

  /** The first result of each call, by thread. */
  function resultsIn(records: readonly PlainRecord[]): Map<string, PlainResult> {
    const results = new Map<string, PlainResult>();
    for (const result of records.flatMap(resultsOf)) {
      const key = `${result.record.agent ?? ''}\n${result.id}`;
      if (!results.has(key)) results.set(key, result);
    }
    return results;
  }

  it('tell the time line: each dated record once, tool calls with what became of them', async () => {
    for (const session of sessions) {
      const own = recordsOfSession(plain, session.id).filter((record) => record.agent === null);
      const results = resultsIn(own);
      const entries = await all<Entry>(of(session, 'timeline'), 37);
      const expected = own.filter(isEntry);
      expect(entries.map((entry) => entry.uuid).toSorted()).toEqual(expected.map((record) => record.uuid).toSorted());
      expect(entries.map((entry) => entry.ts)).toEqual(entries.map((entry) => entry.ts).toSorted());
      const first = await daemon.get<Timeline>(of(session, 'timeline?limit=10'));
      expect(first).toMatchObject({ timeline_total: expected.length, timeline_truncated: expected.length > 10 });
      const byUuid = new Map(expected.map((record) => [record.uuid, record]));
      for (const entry of entries.filter(({ uuid }) => uuid !== null)) {
        const record = byUuid.get(entry.uuid) as PlainRecord;
        expect(entry).toMatchObject({ ts: new Date(record.ms).toISOString(), agent_id: null, depth: 0 });
        expect(entry.kind === 'prompt').toBe(promptOf(record) !== null && entry.tools.length === 0);
        expect(entry.tools.map(({ id, name }) => ({ id, name }))).toEqual(toolsOf(record).map(({ id, name }) => ({ id, name })));
        for (const tool of entry.tools) {
          const result = results.get(`\n${tool.id}`);
          if (result === undefined) expect(tool).toMatchObject({ is_error: null, ended_at: null, duration_ms: null });
          else expect(tool).toMatchObject({ is_error: result.isError, ...(Number.isNaN(result.record.ms) ? {} : { ended_at: new Date(result.record.ms).toISOString(), duration_ms: Math.max(0, result.record.ms - record.ms) }) });
        }
      }
    }
  });

  it('tell it with the subagents, in order of time, down to a depth', async () => {
    const session = sessions.toSorted((a, b) => b.subagent_count - a.subagent_count)[0] as Session;
    expect(session.subagent_count).toBeGreaterThan(0);
    const depths = new Map<string | null, number>([[null, 0]]);
    const walk = (nodes: readonly Node[], depth: number): void => nodes.forEach((node) => {
      depths.set(node.id, depth);
      walk(node.children, depth + 1);
    });
    walk((await daemon.get<{ children: Node[] }>(of(session, 'tree'))).children, 1);
    const expected = recordsOfSession(plain, session.id).filter(isEntry);
    for (const depth of [1, 2, 3]) {
      const entries = await all<Entry>(of(session, `timeline?include_children=true&depth=${depth}`), 500);
      const shown = new Set([...depths].filter(([, at]) => at <= depth).map(([id]) => id));
      expect(entries.length).toBe(expected.filter((record) => shown.has(record.agent)).length);
      expect(entries.map((entry) => entry.ts)).toEqual(entries.map((entry) => entry.ts).toSorted());
      for (const entry of entries) expect(entry.depth).toBe(depths.get(entry.agent_id));
    }
    const starts = (await all<Entry>(of(session, 'timeline'), 500)).filter((entry) => entry.kind === 'subagent');
    expect(starts.flatMap((entry) => entry.tools.map((tool) => tool.agent_id)).filter((id) => id !== null).length).toBeGreaterThan(0);
  });

  it('tell the turns: from each prompt to the next, each model call once', async () => {
    for (const session of sessions) {
      const turns = turnsOf(plain, session.id);
      const exchanges = await all<Exchange>(of(session, 'exchanges'), 3);
      expect(exchanges.map((one) => one.prompt)).toEqual(turns.map(({ prompt }) => promptOf(prompt)));
      for (const [i, { prompt, records, calls }] of turns.entries()) {
        const ms = records.map((record) => record.ms).filter((one) => !Number.isNaN(one));
        const tools = records.flatMap(toolsOf);
        const exchange = exchanges[i] as Exchange;
        expect(exchange).toMatchObject({
          records: records.length, tool_call_count: tools.length, calls: calls.length, usage: usageOf(calls), started_at: new Date(prompt.ms).toISOString(), ended_at: new Date(Math.max(...ms)).toISOString(),
        });
        expect(new Map(exchange.tools.map((tool) => [tool.name, tool.calls]))).toEqual(new Map(tools.map(({ name }) => [name, tools.filter((tool) => tool.name === name).length])));
        expect(exchange.duration_ms).toBe(Math.max(0, Math.max(...ms) - prompt.ms));
      }
      const second = (await daemon.get<Page<Exchange>>(of(session, 'exchanges?offset=1&limit=2'))).items;
      expect(second).toEqual(exchanges.slice(1, 3));
    }
  });

  it('tell the figures, own and with all subagents, as the list and a recount do', async () => {
    for (const session of sessions) {
      const metrics = await daemon.get<Session & { calls: number; calls_rollup: number; models: (Tokens & { calls: number; model: string })[]; record_count_rollup: number; tools: { calls: number }[] }>(of(session, 'metrics'));
      const calls = plain.calls.filter((call) => call.session === session.id);
      const { message_count, tool_call_count, error_count, subagent_count, usage, usage_rollup, cost_usd, cost_rollup_usd } = session;
      expect(metrics).toMatchObject({ message_count, tool_call_count, error_count, subagent_count, usage, usage_rollup, cost_usd, cost_rollup_usd, calls_rollup: calls.length });
      expect(metrics.usage_rollup).toEqual(usageOf(calls));
      expect(metrics.usage).toEqual(usageOf(calls.filter((call) => call.agent === null)));
      expect(sumOf(metrics.models).input_tokens).toBe(metrics.usage_rollup.input_tokens);
      expect(metrics.record_count_rollup).toBe(recordsOfSession(plain, session.id).length);
      expect(metrics.tools.reduce((sum, tool) => sum + tool.calls, 0)).toBe(session.tool_call_count);
    }
  });

  it('tell the tools: calls, errors, open ones, durations', async () => {
    for (const session of sessions) {
      const records = recordsOfSession(plain, session.id);
      const results = resultsIn(records);
      const calls = records.flatMap(toolsOf);
      const tools = (await daemon.get<Page<Tool>>(of(session, 'tools'))).items;
      expect(tools.map((tool) => tool.name).toSorted()).toEqual([...new Set(calls.map((call) => call.name))].toSorted());
      for (const tool of tools) {
        const own = calls.filter((call) => call.name === tool.name);
        const ended = own.map((call) => ({ call, result: results.get(`${call.record.agent ?? ''}\n${call.id}`) }));
        const took = ended.flatMap(({ call, result }) => (result === undefined || Number.isNaN(result.record.ms - call.record.ms) ? [] : [Math.max(0, result.record.ms - call.record.ms)])).toSorted((a, b) => a - b);
        expect(tool).toMatchObject({
          calls_rollup: own.length, calls: own.filter((call) => call.record.agent === null).length, errors_rollup: ended.filter(({ result }) => result?.isError === true).length,
          open_rollup: ended.filter(({ result }) => result === undefined).length, max_ms: took.at(-1) ?? null, p50_ms: took[Math.ceil(took.length / 2) - 1] ?? null,
        });
      }
    }
  });

  it('tell how it stood at any time: as a lake of the lines up to then', async () => {
    for (const session of sessions.slice(0, 6)) {
      const times = recordsOfSession(plain, session.id).map((record) => record.ms).filter((ms) => !Number.isNaN(ms)).toSorted((a, b) => a - b);
      for (const at of [0.9, 0.1, 0.5, 1].map((part) => times[Math.floor((times.length - 1) * part)] as number)) {
        const then = plainLake(workspace.root, (record) => record.ms <= at);
        const records = recordsOfSession(then, session.id);
        const main = records.filter((record) => record.agent === null);
        const calls = then.calls.filter((call) => call.session === session.id);
        const results = resultsIn(records);
        const open = records.flatMap(toolsOf).filter((tool) => !results.has(`${tool.record.agent ?? ''}\n${tool.id}`));
        const state = await daemon.get<State>(of(session, `state?at=${encodeURIComponent(new Date(at).toISOString())}`));
        expect(state).toMatchObject({
          at: new Date(at).toISOString(), last_activity: new Date(at).toISOString(), record_count: records.length, message_count: main.filter((record) => record.role !== null).length, tool_call_count: main.flatMap(toolsOf).length,
          calls_rollup: calls.length, usage_rollup: usageOf(calls), usage: usageOf(calls.filter((call) => call.agent === null)), open_tool_call_count: open.length,
        });
        expect(state.open_tool_calls.map((call) => call.id).toSorted()).toEqual(open.map((call) => call.id).toSorted());
        const started = new Map((await daemon.get<{ items: { id: string; tool_use_id: string | null }[] }>(of(session, 'subagents?limit=1000'))).items.map((agent) => [agent.id, agent.tool_use_id]));
        const running = [...new Set(records.map((record) => record.agent))].filter((agent) => agent !== null && open.some((call) => call.id === started.get(agent)));
        expect(state.running_subagents.map((agent) => agent.id)).toEqual(expect.arrayContaining(running));
      }
      const now = await daemon.get<State>(of(session, 'state'));
      expect(now).toMatchObject({ usage: session.usage, usage_rollup: session.usage_rollup, cost_usd: session.cost_usd, cost_rollup_usd: session.cost_rollup_usd, message_count: session.message_count, subagent_count: session.subagent_count });
      expect(await daemon.get<State>(of(session, 'state?at=2001-01-01'))).toMatchObject({ started_at: null, record_count: 0, calls_rollup: 0, cost_rollup_usd: 0, open_tool_calls: [], subagent_count: 0 });
    }
  });

  it('tell all sessions with their trees, page by page', async () => {
    const traces = await all<{ session: Session; children: Node[]; children_truncated: boolean }>('/api/tracing/tree?days=36500', 4);
    expect(traces.map((trace) => trace.session.id)).toEqual((await all<Session>('/api/sessions')).map((session) => session.id));
    for (const trace of traces) expect(trace).toEqual({ ...(await daemon.get<object>(of(trace.session, 'tree'))), children_truncated: false });
  });

  it('say the same from the archive, once the logs are gone', async () => {
    const session = sessions.toSorted((a, b) => b.subagent_count - a.subagent_count)[0] as Session;
    const paths = [of(session, 'timeline?include_children=true&depth=3&limit=500'), of(session, 'exchanges'), of(session, 'messages?agent=*&limit=1000')];
    const before = await Promise.all(paths.map((path) => daemon.get<object>(path)));
    const files = (await daemon.get<Page<{ path: string }>>(`/api/files?session=${session.id}&limit=1000`)).items.map((file) => file.path);
    expect(files.length).toBeGreaterThan(2);
    await archiveAll(daemon);
    await removeSources(daemon, files);
    await daemon.stop();
    daemon = await workspace.start();
    await daemon.caughtUp();
    expect(await Promise.all(paths.map((path) => daemon.get<object>(path)))).toEqual(before);
  });
});
