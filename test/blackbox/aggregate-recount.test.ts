// GET /api/metrics/aggregate against a plain recount of a generated lake: every grouping, every filter, time
// zones with odd offsets and changing clocks, bounds that fall anywhere. The parts add up to the whole.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateLake } from '../../bench/generator/generate.ts';
import { assistantLine } from '../support/claude-lines.ts';
import { Workspace } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { ageFiles } from './support/file-ages.ts';
import { groupSums, plainLake, sumOf } from './support/plain.ts';
import type { PlainCall, PlainLake } from './support/plain.ts';

type Item = Record<string, string | number | null>;
interface Answer {
  items: Item[];
  totals: Item;
}

const QUARTER_MS = 900_000;
const ZONES = ['UTC', 'Europe/Berlin', 'America/St_Johns', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'America/New_York', 'Pacific/Chatham'];

/** The wall clock of a zone, by the engine's own calendar. */
function localOf(ms: number, timeZone: string): { date: string; hour: string } {
  const parts = new Intl.DateTimeFormat('en-CA', { timeZone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit' }).formatToParts(ms);
  const part = (type: string): string => parts.find((candidate) => candidate.type === type)?.value ?? '';
  return { date: `${part('year')}-${part('month')}-${part('day')}`, hour: part('hour') };
}

const TIME_KEYS: Record<'day' | 'week' | 'month' | 'hour', (ms: number, zone: string) => string> = {
  day: (ms, zone) => localOf(ms, zone).date,
  month: (ms, zone) => localOf(ms, zone).date.slice(0, 7),
  hour: (ms, zone) => `${localOf(ms, zone).date}T${localOf(ms, zone).hour}:00`,
  week: (ms, zone) => {
    const day = new Date(`${localOf(ms, zone).date}T00:00:00Z`);
    return new Date(day.getTime() - ((day.getUTCDay() + 6) % 7) * 86_400_000).toISOString().slice(0, 10);
  },
};

function sumsOf(item: Item): Item {
  const { calls, input_tokens, output_tokens, cache_creation_input_tokens, cache_read_input_tokens } = item;
  return { calls, input_tokens, output_tokens, cache_creation_input_tokens, cache_read_input_tokens } as Item;
}

function byKey(answer: Answer, key: string): Map<string | null, Item> {
  return new Map(answer.items.map((item) => [item[key] as string | null, sumsOf(item)]));
}

function added(items: readonly Item[]): Item {
  const sum: Item = { calls: 0, input_tokens: 0, output_tokens: 0, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };
  for (const item of items) for (const name of Object.keys(sum)) sum[name] = Number(sum[name]) + Number(item[name] ?? 0);
  return sum;
}

function withoutCalls({ calls: _calls, ...usage }: Item): Item {
  return usage;
}

function sorted(map: ReadonlyMap<string | null, object>): [string | null, object][] {
  return [...map].toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1));
}

describe('sums of a lake', () => {
  const workspace = new Workspace();
  let daemon: Daemon;
  let plain: PlainLake;

  beforeAll(async () => {
    await generateLake({ dir: workspace.root, seed: 20_261_120, targetBytes: 3e6, malformedRate: 0.03, days: 200, startTime: '2026-02-20T08:00:00.000Z' });
    writeEdges(workspace.root);
    ageFiles(workspace.root);
    plain = plainLake(workspace.root);
    daemon = await workspace.start(['--log-level', 'warn']);
    await daemon.caughtUp();
  });
  afterAll(() => workspace.remove());

  const ask = (query: string): Promise<Answer> => daemon.get<Answer & Record<string, unknown>>(`/api/metrics/aggregate?${query}`);

  async function expectGroups(query: string, key: string, calls: readonly PlainCall[], keyOf: (call: PlainCall) => string | null): Promise<void> {
    const answer = await ask(`group_by=${key}&${query}`);
    expect(sorted(byKey(answer, key))).toEqual(sorted(groupSums(calls, keyOf)));
    expect(sumsOf(answer.totals)).toEqual(sumOf(calls));
    expect(added(answer.items)).toEqual(sumsOf(answer.totals));
    expect(new Set(answer.items.map((item) => item[key])).size).toBe(answer.items.length);
  }

  it('are totals alone without a grouping', async () => {
    expect(plain.calls.length).toBeGreaterThan(300);
    expect(await ask('')).toMatchObject({ items: [], totals: sumOf(plain.calls) });
  });

  it.each(ZONES)('by hour, day, week and month of %s', async (zone) => {
    for (const [key, keyOf] of Object.entries(TIME_KEYS)) {
      await expectGroups(`timezone=${encodeURIComponent(zone)}`, key, plain.calls, (call) => (Number.isNaN(call.ms) ? null : keyOf(call.ms, zone)));
    }
  });

  it('by project, session, model and source', async () => {
    await expectGroups('', 'project', plain.calls, (call) => call.project);
    await expectGroups('', 'session', plain.calls, (call) => call.session);
    await expectGroups('', 'model', plain.calls, (call) => call.model);
    await expectGroups('', 'source', plain.calls, () => 'claude-code');
  });

  it('by agent, with the main threads under null', async () => {
    const answer = await ask('group_by=agent');
    // Inline sidechains of 1.x have no name of their own: the product gives them one.
    const isNamed = (agent: string | null): boolean => agent === null || plain.calls.some((call) => call.agent === agent);
    const expected = groupSums(plain.calls.filter((call) => call.agent?.startsWith('sidechain ') !== true), (call) => call.agent);
    expect(sorted(new Map([...byKey(answer, 'agent')].filter(([agent]) => isNamed(agent))))).toEqual(sorted(expected));
    const unnamed = answer.items.filter((item) => !isNamed(item['agent'] as string | null));
    expect(added(unnamed)).toEqual(sumOf(plain.calls.filter((call) => call.agent?.startsWith('sidechain '))));
    expect(added(answer.items)).toEqual(sumsOf(answer.totals));
  });

  it('of what a filter names', async () => {
    const { project, session } = plain.calls[0] as PlainCall;
    await expectGroups(`project=${project}`, 'day', plain.calls.filter((call) => call.project === project), (call) => TIME_KEYS.day(call.ms, 'UTC'));
    await expectGroups(`session=${session}`, 'model', plain.calls.filter((call) => call.session === session), (call) => call.model);
    await expectGroups('source=claude-code', 'project', plain.calls, (call) => call.project);
    await expectGroups('source=jsonl', 'project', [], (call) => call.project);
    await expectGroups('project=none', 'project', [], (call) => call.project);
    for (const model of new Set(plain.calls.map((call) => call.model ?? ''))) {
      await expectGroups(`model=${encodeURIComponent(model)}`, 'session', plain.calls.filter((call) => call.model === model), (call) => call.session);
    }
  });

  it('of the sessions that a title or a status names', async () => {
    const sessions = await daemon.all<{ id: string; title: string | null; status: string }>('/api/sessions?limit=500');
    const word = sessions.find((session) => session.title !== null)?.title?.split(' ')[0]?.toUpperCase() ?? '';
    const named = new Set(sessions.filter((session) => session.title?.toUpperCase().includes(word)).map((session) => session.id));
    await expectGroups(`q=${encodeURIComponent(word)}`, 'session', plain.calls.filter((call) => named.has(call.session)), (call) => call.session);
    for (const status of ['active', 'idle', 'completed', 'archived']) {
      const ids = new Set(sessions.filter((session) => session.status === status).map((session) => session.id));
      await expectGroups(`status=${status}`, 'session', plain.calls.filter((call) => ids.has(call.session)), (call) => call.session);
    }
  });

  it('between any two times, to the millisecond', async () => {
    const times = plain.calls.map((call) => call.ms).filter((ms) => !Number.isNaN(ms)).toSorted((a, b) => a - b);
    const at = (share: number): number => times[Math.floor(times.length * share)] as number;
    const quarter = (ms: number): number => Math.floor(ms / QUARTER_MS) * QUARTER_MS;
    const middle = at(0.5);
    const bounds: [number | null, number | null][] = [
      [at(0.2), at(0.7)], [at(0.2) + 1, at(0.7) + 1], [at(0.4), null], [null, at(0.6)], [middle, middle + 1], [middle, middle], [middle + 1, null], [null, middle],
      [quarter(at(0.3)), quarter(at(0.8))], [quarter(at(0.3)), at(0.8)],
    ];
    for (const [since, until] of bounds) {
      const inside = ({ ms }: { ms: number }): boolean => (since === null || ms >= since) && (until === null || ms < until);
      const query = [since === null ? [] : [`since=${new Date(since).toISOString()}`], until === null ? [] : [`until=${new Date(until).toISOString()}`]].flat().join('&');
      const calls = plain.calls.filter(inside);
      await expectGroups(query, 'model', calls, (call) => call.model);
      await expectGroups(`${query}&timezone=Asia/Kathmandu`, 'day', calls, (call) => TIME_KEYS.day(call.ms, 'Asia/Kathmandu'));
      expect([query, await countedTools(query)]).toEqual([query, countOf(toolCalls(plain).filter(inside))]);
    }
  });

  it('of tool calls, by tool', async () => {
    const calls = toolCalls(plain);
    expect(calls.length).toBeGreaterThan(100);
    expect(await countedTools('')).toEqual(countOf(calls));
    const { session } = calls[0] as ToolCall;
    expect(await countedTools(`session=${session}`)).toEqual(countOf(calls.filter((call) => call.session === session)));
    for (const model of new Set(calls.map((call) => call.model))) {
      expect([model, await countedTools(`model=${encodeURIComponent(model)}`)]).toEqual([model, countOf(calls.filter((call) => call.model === model))]);
    }
  });

  async function countedTools(query: string): Promise<Record<string, number>> {
    const { items } = await ask(`group_by=tool&${query}`);
    return Object.fromEntries(items.map((item) => [String(item['tool']), Number(item['calls'])]));
  }

  it('in every zone the engine knows, and in no other', async () => {
    for (const zone of [...Intl.supportedValuesOf('timeZone').filter((_, i) => i % 7 === 0), 'utc', 'europe/berlin', 'EST5EDT', 'Etc/GMT+5']) {
      const response = await daemon.fetch(`/api/metrics/aggregate?group_by=month&timezone=${encodeURIComponent(zone)}`);
      expect([zone, response.status]).toEqual([zone, 200]);
      expect(added(((await response.json()) as Answer).items)).toEqual(sumOf(plain.calls));
    }
    for (const zone of ['Mars/Olympus', '+02:00', "UTC'; DROP TABLE calls; --", 'Europe', '', ' ']) {
      const response = await daemon.fetch(`/api/metrics/aggregate?timezone=${encodeURIComponent(zone)}`);
      expect([zone, response.status]).toEqual([zone, 400]);
      expect(await response.json()).toMatchObject({ parameter: 'timezone' });
    }
  });

  it('refuse what they do not know', async () => {
    for (const [query, parameter] of [['group_by=colour', 'group_by'], ['group_by=day,week', 'group_by'], ['since=tomorrow', 'since'], ['until=2026-13-01', 'until'], ['status=open', 'status'], ['limit=5', 'limit'], ['metric=calls', 'metric']]) {
      const response = await daemon.fetch(`/api/metrics/aggregate?${query}`);
      expect([query, response.status]).toEqual([query, 400]);
      expect(await response.json()).toMatchObject({ code: 'invalid_parameter', parameter });
    }
  });

  it('are the same as those of sessions and projects', async () => {
    const sessions = await daemon.all<{ id: string; usage_rollup: Item; usage: Item }>('/api/sessions?limit=500');
    const projects = await daemon.all<{ id: string; usage: Item; calls: number; session_count: number }>('/api/projects?limit=500');
    const { totals } = await ask('');
    expect(withoutCalls(added(sessions.map((session) => session.usage_rollup)))).toEqual(withoutCalls(sumsOf(totals)));
    expect(withoutCalls(added(projects.map((project) => project.usage)))).toEqual(withoutCalls(sumsOf(totals)));
    expect(projects.reduce((sum, project) => sum + project.calls, 0)).toBe(totals['calls']);
    expect(projects.reduce((sum, project) => sum + project.session_count, 0)).toBe(sessions.length);
    const bySession = byKey(await ask('group_by=session'), 'session');
    for (const session of sessions) expect([session.id, session.usage_rollup]).toEqual([session.id, withoutCalls(bySession.get(session.id) ?? added([]))]);
  });
});

interface ToolCall {
  name: string;
  session: string;
  model: string;
  ms: number;
}

function toolCalls(lake: PlainLake): ToolCall[] {
  return lake.records.filter((record) => !record.repeated && record.type === 'assistant').flatMap((record) => {
    const message = record.value['message'] as { model?: string; content?: unknown } | undefined;
    const blocks = Array.isArray(message?.content) ? (message.content as { type?: string; name?: string }[]) : [];
    return blocks.filter((block) => block.type === 'tool_use').map((block) => ({ name: block.name ?? '', session: record.session, model: message?.model ?? '', ms: record.ms }));
  });
}

function countOf(calls: readonly ToolCall[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { name } of calls) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** Calls at the edges of days and of clock changes, one without a time, one whose lines grow over midnight. */
function writeEdges(root: string): void {
  mkdirSync(join(root, 'edges'), { recursive: true });
  const times = [
    '2026-03-28T22:59:59.999Z', '2026-03-28T23:00:00.000Z', '2026-03-29T00:59:59.999Z', '2026-03-29T01:00:00.000Z', '2026-03-29T21:59:59.999Z', '2026-03-29T22:00:00.000Z',
    '2026-10-25T00:30:00.000Z', '2026-10-25T01:30:00.000Z', '2026-04-04T14:59:59.999Z', '2026-04-04T15:00:00.000Z', '2026-04-04T15:30:00.000Z',
    '2026-05-31T18:14:59.999Z', '2026-05-31T18:15:00.000Z', '2026-12-31T23:59:59.999Z', '2027-01-01T00:00:00.000Z', '2026-03-08T06:59:59.999Z', '2026-03-08T07:00:00.000Z',
  ];
  const lines = times.map((timestamp, n) => assistantLine({ session: 'edges', n, output: 100 + n, extra: { timestamp } }));
  lines.push(assistantLine({ session: 'edges', n: 90, output: 7, extra: { timestamp: undefined } }));
  for (const [n, output, timestamp] of [[91, 1, '2026-06-30T23:59:59.000Z'], [92, 500, '2026-07-01T00:00:01.000Z'], [93, 500, '2026-07-01T00:00:09.000Z']] as const) {
    lines.push(assistantLine({ session: 'edges', n, output, message: 'msg_grows', request: 'req_grows', extra: { timestamp } }));
  }
  writeFileSync(join(root, 'edges', 'edges.jsonl'), `${lines.join('\n')}\n`);
}
