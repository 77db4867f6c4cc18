// A lake of two sessions, by hand: what the server room needs of Questions and of the rest of the daemon,
// and a log of what it was asked.

import { Registry } from 'prom-client';
import type { AgentItem } from '../../src/core/answers/agent-item.ts';
import type { BlockItem } from '../../src/core/answers/block-item.ts';
import type { ExplainedQuery, LogLine, PartsPerformance, SystemStats } from '../../src/core/answers/diagnostics.ts';
import { LakeError } from '../../src/core/errors.ts';
import type { LakeStatus } from '../../src/core/answers/lake-status.ts';
import type { LedgerCall } from '../../src/core/answers/ledger-page.ts';
import { Operations } from '../../src/core/operations.ts';
import type { Page } from '../../src/core/answers/page.ts';
import type { ModelPriceItem } from '../../src/core/answers/prices-answer.ts';
import type { ProjectItem } from '../../src/core/answers/project-item.ts';
import type { Questions } from '../../src/core/answers/questions.ts';
import { emptyUsage, type LakeRecord } from '../../src/core/answers/record.ts';
import type { SearchHit } from '../../src/core/answers/search.ts';
import type { SessionItem } from '../../src/core/answers/session-item.ts';
import type { ExportStreams, ServerDeps } from '../../src/server/deps.ts';
import { fakeViews } from './fake-views.ts';

export const TOKEN = 'a-token-for-tests';
const ACTIVITY = { started_at: '2026-11-01T10:00:00.000Z', last_activity: '2026-11-01T11:00:00.000Z' };
const COUNTS = { models: ['claude-opus-4-5'], message_count: 2, tool_call_count: 1, error_count: 0 };
const COSTS = { cost_usd: 0.25, cost_rollup_usd: null, unpriced_calls: 0 };

export const session: SessionItem = {
  id: 's1', source: 'claude-code', project: 'p1', cwd: '/home/x/p1', title: 'Fix it', status: 'idle', ...ACTIVITY, ...COUNTS, ...COSTS,
  subagent_count: 1, usage: emptyUsage(), usage_rollup: emptyUsage(), files: 2, bytes: 300, archived_bytes: 0,
};
const project: ProjectItem = {
  id: 'p1', source: 'claude-code', cwd: null, session_count: 1, usage: emptyUsage(), calls: 3, cost_usd: 0.25, unpriced_calls: 0,
  first_activity: ACTIVITY.started_at, last_activity: ACTIVITY.last_activity,
};
const agent: AgentItem = {
  id: 'a1', session_id: 's1', parent_agent_id: null, tool_use_id: 't1', link: 'meta', type: 'Explore', description: null, ...ACTIVITY, ...COUNTS, ...COSTS,
  usage: emptyUsage(), usage_rollup: emptyUsage(), calls: 1,
};
const record: LakeRecord = {
  offset: '7', session_id: 's1', agent_id: null, source: 'claude-code', project: 'p1', file_id: 'f1', line: 1, byte_offset: 0, byte_length: 90,
  ts: ACTIVITY.started_at, type: 'assistant', role: 'assistant', uuid: 'u1', parent_uuid: null, model: 'claude-opus-4-5', usage: emptyUsage(),
  tools: [{ id: 't1', name: 'Read' }], tool_results: [{ id: null, is_error: false }], text: 'x'.repeat(2000),
};
const status: LakeStatus = {
  epoch: 'e1', top: '42', files: 2, bytes_total: 300, bytes_indexed: 300, lines: 3, rejects: 1, sessions: 1,
  archive: { parts: 1, bytes: 10, source_bytes: 100, pending_bytes: 0, lost_bytes: 0, last_error: null }, caught_up: true, watch_mode: 'watch', lag_ms: 0,
  problems: [{ code: 'disk_full', message: 'm', hint: null, path: null, since: ACTIVITY.started_at }], version: '0', sample: false,
  roots: [{ source: 'claude-code', path: '/r', exists: true }],
};

const prices = { source: 'a list', date: '2026-09-23' };
const rates = { input: 3, output: 15, cache_write: 3.75, cache_write_1h: 6, cache_read: 0.3, web_search: 0.01 };
const modelPrice: ModelPriceItem = {
  model: 'claude-opus-4-5', calls: 3, priced_as: 'claude-opus-4-5', provider: 'anthropic', source: 'a list', date: '2026-09-23', assumed: [], service_tiers: { batch: 0.5 },
  periods: [{ from: null, until: ACTIVITY.started_at, day_from: null, day_until: '16:30', ...rates, tiers: [{ above: 200_000, ...rates }] }],
};
const block: BlockItem = {
  started_at: ACTIVITY.started_at, ends_at: '2026-11-01T15:00:00.000Z', active: true, models: ['claude-opus-4-5'], ...emptyUsage(), calls: 3, cost_usd: 0.25, unpriced_calls: 0,
  first_call_at: ACTIVITY.started_at, last_call_at: ACTIVITY.last_activity, burn_rate: { tokens_per_minute: 1.5, cost_per_hour_usd: null }, projection: { remaining_minutes: 20, tokens: 40, cost_usd: 0.5 },
};

const percentiles = { count: 2, p50_ms: 1, p95_ms: 1.5, p99_ms: 2, max_ms: 2 };
const performance: PartsPerformance = {
  database: { connections: 4, busy: 1, idle: 1, waiting: 0, wait: percentiles, statements: percentiles },
  ingest: { lag_ms: 0, caught_up: true, bytes: 300, lines: 3, commits: percentiles },
  memory: { rss_bytes: 5, heap_used_bytes: 4, heap_total_bytes: 3, external_bytes: 2, array_buffers_bytes: 1 },
  event_loop: { delay_p50_ms: 0.5, delay_p99_ms: 1, delay_max_ms: 2, utilization: 0.1 },
};
const explained: ExplainedQuery = { operation: 'listSessions', last_ms: 2, ms: 1.5, rows_scanned: 10, rows_returned: 1, operators: [{ name: 'TABLE_SCAN', ms: 1, rows: 10 }], advice: ['Look.'], sql: 'SELECT 1' };
const system: SystemStats = {
  computed_at: ACTIVITY.started_at,
  process: { pid: 1, version: '0', node_version: 'v20', uptime_seconds: 1.5, cpu_percent: 3.1, cpu_seconds: 2, rss_bytes: 5, heap_used_bytes: 4, open_files: null, event_loop_utilization: 0.1 },
  machine: { platform: 'linux', arch: 'x64', cores: 2, load_average: [0, 0, 0], memory_bytes: 10, memory_free_bytes: 5, uptime_seconds: 9, disk_bytes: null, disk_free_bytes: 3 },
};
const logLines: LogLine[] = [1, 2].map((number) => ({ number, time: ACTIVITY.started_at, level: 'info', message: `line ${number}`, fields: { path: '/x' } }));
const hit: SearchHit = {
  offset: '7', session_id: 's1', agent_id: null, source: 'claude-code', project: 'p1', file_id: 'f1', line: 1, ts: ACTIVITY.started_at, type: 'assistant', role: 'assistant', uuid: 'u1',
  score: 0.5, snippet: 'fix it', highlights: [[0, 3]],
};

export interface FakeLake {
  deps: ServerDeps;
  /** Questions asked, with their arguments. */
  asked: { question: string; args: unknown[] }[];
  top: number;
  revision: number;
  sessionVersion: number;
}

export function fakeLake(overrides: Partial<ServerDeps> & { streams?: Partial<ExportStreams> } = {}): FakeLake {
  const { streams, ...rest } = overrides;
  const lake: FakeLake = { asked: [], top: 42, revision: 0, sessionVersion: 0, deps: undefined as unknown as ServerDeps };
  lake.deps = {
    questions: fakeQuestions(lake),
    status: async () => status,
    health: async () => ({ status: 'ok', checks: { index: true } }),
    versions: { lake: () => `${lake.top}/${lake.revision}`, session: (id) => `${id}/${lake.sessionVersion}`, ledger: (id) => `${id}/${lake.sessionVersion}`, links: (id) => `${id}/${lake.sessionVersion}`, project: (id) => `${id}/${lake.revision}` },
    operations: new Operations(),
    performance: async () => performance,
    explainQueries: async () => [explained],
    systemStats: () => system,
    logs: (tail) => ({ items: logLines.slice(-tail), has_more: false, next_cursor: null }),
    token: TOKEN,
    version: '0.0.0',
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    registry: new Registry(),
    live: { upgrade: (_req, socket) => void socket.end(), close: async () => {} },
    export: { ...fakeStreams(), ...streams },
    hosts: () => [],
    rateLimitPerMinute: 0,
    ...rest,
  };
  return lake;
}

function fakeQuestions(lake: FakeLake): Questions {
  const page = <T>(...items: T[]): Page<T> => ({ items, has_more: false, next_cursor: null });
  const ask = <T>(question: string, args: unknown[], answer: T): Promise<T> => {
    lake.asked.push({ question, args });
    return Promise.resolve(answer);
  };
  const known = (id: string, wanted: string) => {
    if (id !== wanted) throw new LakeError('not_found', `There is no ${id}.`);
  };
  const file = {
    id: 'f1', source: 'claude-code', project: 'p1', path: '/r/f.jsonl', root: '/r', generation: 0, offset: 300, size: 300, lag_bytes: 0, lines: 3, rejects: 1, flagged: 1, reasons: { blank: 1, absurd_time: 1 },
    archived_bytes: 0, modified_at: null, state: 'present',
  } as const;
  const reject = {
    offset: '8', source: 'claude-code', project: 'p1', file_id: 'f1', path: '/r/f.jsonl', line: 2, byte_offset: 91, byte_length: 4, reason: 'invalid_json', detail: null, kept: false,
  };
  const part = {
    id: 'x', path: 'source=claude-code/month=2026-11/x.parquet', source: 'claude-code', month: '2026-11', rows: 3, bytes: 10, source_bytes: 100,
    sessions: 1, sha256: 'ff', created_at: ACTIVITY.started_at,
  };
  const sums = { ...emptyUsage(), calls: 3, cost_usd: 0.25, unpriced_calls: 1, breakdown: [{ model: null, ...emptyUsage(), calls: 3, cost_usd: null, unpriced_calls: 3 }] };
  const ledgerCall: LedgerCall = {
    id: '0f', counted: true, rule: 'counted', ambiguous: false, owner_session_id: 's1', agent_id: null, model: 'm', at: ACTIVITY.started_at, usage: emptyUsage(), cache_creation_1h_input_tokens: 0,
    service_tier: 'batch', web_search_requests: 2, cost_usd: null, price: null, line_count: 0, lines: [],
  };
  return {
    epoch: 'e1',
    top: () => lake.top,
    views: fakeViews(ask, session, agent),
    projects: (...args) => ask('projects', args, page(project)),
    project: async (id) => (known(id, 'p1'), ask('project', [id], project)),
    sessions: (...args) => ask('sessions', args, page(session)),
    session: async (id) => (known(id, 's1'), ask('session', [id], session)),
    subagents: async (id, pages) => (known(id, 's1'), ask('subagents', [id, pages], page(agent))),
    tree: async (id) => (known(id, 's1'), ask('tree', [id], { session, children: [{ ...agent, children: [] }] })),
    ledger: async (id, pages) => (known(id, 's1'), ask('ledger', [id, pages], { ...page(ledgerCall), totals: sums })),
    messages: async (request) => (known(request.filter.session, 's1'), ask('messages', [request], page(record))),
    events: (...args) => ask('events', args, page(record)),
    search: (...args) => ask('search', args, { ...page({ ...hit }), searched_bytes: 90 }),
    aggregateText: (...args) => ask('aggregateText', args, Buffer.from(JSON.stringify({ items: [{ day: '2026-11-01', ...sums }], totals: sums, prices }))),
    sumsByDimension: (...args) => ask('sumsByDimension', args, { items: [{ symbol: 'ACME', ...sums, records: 2, measures: { price: { count: 2, sum: 3, min: 1, max: 2 } } }], totals: { ...sums, records: 2, measures: {} }, prices }),
    measureSeries: (...args) => ask('measureSeries', args, { items: [], metric: 'price', bucket: 'none', timezone: 'UTC', downsampled: false, total: 0, undated: 0 }),
    series: (...args) => ask('series', args, { items: [{ time: ACTIVITY.started_at, value: 3, sum: null }], metric: 'calls', bucket: 'day', timezone: 'UTC', downsampled: false, total: 3, undated: 0 }),
    usageBlocks: (...args) => ask('usageBlocks', args, { items: [block], prices }),
    prices: async () => ask('prices', [], { ...prices, overrides: null, items: [modelPrice] }),
    files: (...args) => ask('files', args, page(file)),
    rejects: (...args) => ask('rejects', args, { ...page(reject), counts: [{ reason: 'blank', kept: false, lines: 1 }] }),
    archiveParts: (...args) => ask('archiveParts', args, page(part)),
    archiveStatus: async () => status.archive,
    totals: async () => ({ files: 2, bytesTotal: 300, bytesIndexed: 300, lines: 3, rejects: 1, sessions: 1 }),
    async* records() { yield [record]; },
    async* recordLines() { yield { bytes: Buffer.from(`${JSON.stringify(record)}\n`), rows: 1, last: 1 }; },
    async* lines() { yield { bytes: Buffer.from('{}\n'), rows: 1, last: 7 }; },
  };
}

function fakeStreams(): ExportStreams {
  async function* say(...texts: string[]) {
    for (const text of texts) yield Buffer.from(text);
  }
  return {
    ndjson: () => say('{"offset":"7"}\n', '{"type":"end","rows":1}\n'),
    jsonl: () => ({ chunks: say('{"a":1}\n', '{"b":2}\n'), trailers: () => ({ rows: 2, sha256: 'abc' }) }),
    csv: () => say('offset\n', '7\n'),
    markdown: () => say('# Fix it\n'),
  };
}
