// What the daemon tells of itself: metrics, performance, system, log, and when a cached answer is good.

import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assistantLine, userLine } from '../support/claude-lines.ts';
import { until, Workspace } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';

const SESSIONS = ['first', 'second'];

describe('a running daemon', () => {
  const workspace = new Workspace();
  let daemon: Daemon;
  const path = (session: string): string => join(workspace.root, 'p', `${session}.jsonl`);
  const xCache = async (url: string): Promise<string | null> => (await daemon.fetch(url)).headers.get('x-cache');

  beforeAll(async () => {
    mkdirSync(join(workspace.root, 'p'), { recursive: true });
    for (const session of SESSIONS) writeFileSync(path(session), `${userLine({ session, n: 0 })}\n${assistantLine({ session, n: 1 })}\n`);
    daemon = await workspace.start(['--no-archive']);
    await daemon.caughtUp();
  });
  afterAll(() => workspace.remove());

  it('keeps the answers of one session while another grows, and forgets its own when it does', async () => {
    const questions = SESSIONS.flatMap((session) => [`/api/sessions/${session}`, `/api/sessions/${session}/messages`, `/api/metrics/aggregate?session=${session}`]);
    for (const question of questions) await daemon.get(question);
    const lines = async (): Promise<number> => (await daemon.get<{ lines: number }>('/api/status')).lines;
    const before = await lines();
    appendFileSync(path('second'), `${assistantLine({ session: 'second', n: 2, output: 25 })}\n`);
    await until(async () => (await lines()) > before);
    expect(await Promise.all(questions.map(xCache))).toEqual(['HIT', 'HIT', 'HIT', 'MISS', 'MISS', 'MISS']);
    expect(await daemon.get('/api/sessions/second')).toMatchObject({ message_count: 3, usage: { output_tokens: 35 } });
  });

  it('forgets what a session had when its call turns out to be another session\'s', async () => {
    const call = { n: 1, message: 'msg_shared', request: 'req_shared', output: 100 };
    writeFileSync(path('late'), `${assistantLine({ session: 'late', ...call, n: 9 })}\n`);
    const output = async (session: string): Promise<number> => (await daemon.get<{ usage: { output_tokens: number } }>(`/api/sessions/${session}`)).usage.output_tokens;
    await until(async () => (await daemon.fetch('/api/sessions/late')).ok);
    expect(await output('late')).toBe(100);
    expect(await output('late')).toBe(100);
    writeFileSync(path('early'), `${assistantLine({ session: 'early', ...call })}\n`);
    await until(async () => (await daemon.fetch('/api/sessions/early')).ok);
    expect([await output('early'), await output('late')]).toEqual([100, 0]);
  });

  it('names its metrics as Prometheus does, with types and help, and with no label that grows with the lake', async () => {
    await daemon.get('/api/sessions/first/messages');
    const text = await daemon.text('/metrics');
    expect(lint(text)).toEqual([]);
    for (const name of [
      'sessionlake_http_request_duration_seconds', 'sessionlake_query_duration_seconds', 'sessionlake_http_cache_hits_total', 'sessionlake_database_pool_wait_seconds', 'sessionlake_ingest_lag_seconds', 'sessionlake_ingest_bytes_total',
      'sessionlake_commit_duration_seconds', 'sessionlake_subscriber_backlog_bytes', 'sessionlake_archive_queue_bytes', 'nodejs_eventloop_delay_p99_seconds', 'process_resident_memory_bytes',
    ]) expect(text).toContain(`# TYPE ${name} `);
    expect(text).toContain('operation="listMessages"');
    expect(text).not.toContain('first');
    const committed = Number(/^sessionlake_ingest_bytes_total (\d+)$/m.exec(text)?.[1]);
    expect(committed).toBe((await daemon.get<{ bytes_indexed: number }>('/api/status')).bytes_indexed);
  });

  it('tells how long its routes take, and what cache, pool and ingest do', async () => {
    await daemon.get('/api/projects');
    await daemon.get('/api/projects');
    const told = await daemon.get<{ routes: { route: string; count: number; p50_ms: number; p99_ms: number }[]; cache: { hits: number; hit_rate: number } }>('/health/performance');
    const route = told.routes.find((one) => one.route === '/api/projects');
    expect(route?.count).toBeGreaterThanOrEqual(2);
    expect(route?.p99_ms).toBeGreaterThanOrEqual(route?.p50_ms ?? Number.POSITIVE_INFINITY);
    expect(told.cache.hits).toBeGreaterThan(0);
    expect(told).toMatchObject({ database: { waiting: 0 }, ingest: { caught_up: true }, memory: { rss_bytes: expect.any(Number) } });
  });

  it('explains the statements of what was asked', async () => {
    await daemon.get('/api/sessions/first/ledger');
    const { items } = await daemon.get<{ items: { operation: string; ms: number; sql: string; operators: unknown[] }[] }>('/health/performance/queries');
    const ledger = items.filter(({ operation }) => operation === 'getSessionLedger');
    expect(ledger.length).toBeGreaterThan(0);
    for (const { ms, sql, operators } of ledger) expect([ms > 0, sql.length > 0, operators.length > 0]).toEqual([true, true, true]);
  });

  it('looks at the machine at most every two seconds', async () => {
    const first = await daemon.get<{ computed_at: string; process: { pid: number }; machine: { cores: number } }>('/api/system/stats');
    expect(first.process.pid).toBe(daemon.info.pid);
    expect(first.machine.cores).toBeGreaterThan(0);
    const times = new Set([first.computed_at]);
    const began = Date.now();
    while (Date.now() - began < 1000) {
      times.add((await daemon.get<{ computed_at: string }>('/api/system/stats')).computed_at);
      await sleep(50);
    }
    expect(times.size).toBeLessThanOrEqual(2);
  });

  it('gives its last log lines, the oldest first, and those after a number', async () => {
    const all = await daemon.get<{ items: { number: number; level: string; message: string }[]; has_more: boolean }>('/api/logs');
    expect(all.items.length).toBeGreaterThan(0);
    expect(all.items.map(({ number }) => number)).toEqual(all.items.map((_, i) => i + 1));
    const last = all.items.at(-1)?.number ?? 0;
    expect(await daemon.get('/api/logs?tail=1')).toMatchObject({ items: [{ number: last }], has_more: false, next_cursor: null });
    expect(await daemon.get(`/api/logs?after=${last}`)).toMatchObject({ items: [], has_more: false });
    for (const wrong of ['tail=0', 'tail=10001', 'tail=x', 'since=1']) expect((await daemon.fetch(`/api/logs?${wrong}`)).status).toBe(400);
    expect(JSON.stringify(all)).not.toContain(daemon.token);
  });
});

/** What `promtool check metrics` finds fault with, and labels that nobody bounds. */
function lint(text: string): string[] {
  const problems: string[] = [];
  const types = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map((match) => [match[1] ?? '', match[2] ?? '']));
  const helps = new Map([...text.matchAll(/^# HELP (\S+) (.+)$/gm)].map((match) => [match[1] ?? '', match[2] ?? '']));
  for (const [name, type] of types) {
    if (!/^[a-z][a-z0-9_]*$/.test(name)) problems.push(`${name}: not snake_case`);
    if (!helps.has(name)) problems.push(`${name}: no help`);
    if ((type === 'counter') !== name.endsWith('_total')) problems.push(`${name}: ${type}`);
    if (/_(milliseconds|ms|minutes|kilobytes|kib|mb|percent)(_|$)/.test(name)) problems.push(`${name}: no base unit`);
    if (type === 'histogram' && !/_(seconds|bytes)$/.test(name)) problems.push(`${name}: a histogram without its unit`);
  }
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const [, name = '', labels = ''] = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{.*\})? \S+$/.exec(line) ?? [];
    const family = [name, name.replace(/_(bucket|sum|count)$/, '')].find((candidate) => types.has(candidate));
    if (family === undefined) problems.push(`${line}: of no type`);
    for (const label of labels.matchAll(/(\w+)="/g)) if (!['route', 'method', 'status', 'le', 'operation', 'class', 'version'].includes(label[1] ?? '')) problems.push(`${name}: the label ${label[1] ?? ''}`);
  }
  return [...new Set(problems)];
}
