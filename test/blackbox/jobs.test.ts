// Jobs from outside: exports into files, kills in the middle, and compaction that is killed at any moment.

import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { userLine } from '../support/claude-lines.ts';
import { run, until, Workspace } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { query } from '../archive/test-lake.ts';
import { LiveClient } from '../support/live.ts';
import type { Frame } from '../support/live.ts';
import { archiveAll } from './support/archive.ts';

interface Job {
  id: string;
  type: string;
  state: string;
  progress: { done: number; total: number } | null;
  finished_at: string | null;
  result: { path: string; rows: number; bytes: number; sha256: string; merged: number } | null;
  error: { code: string } | null;
}

let workspace: Workspace;
beforeEach(() => {
  workspace = new Workspace();
});
afterEach(() => workspace.remove());

async function post(daemon: Daemon, body: object): Promise<Response> {
  return daemon.fetch('/api/jobs', { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
}

async function start(daemon: Daemon, body: object): Promise<Job> {
  const response = await post(daemon, body);
  expect(response.status).toBe(202);
  const job = (await response.json()) as Job;
  expect(response.headers.get('location')).toBe(`/api/jobs/${job.id}`);
  return job;
}

async function over(daemon: Daemon, { id }: Job): Promise<Job> {
  let job = await daemon.get<Job & Record<string, unknown>>(`/api/jobs/${id}`);
  await until(async () => (job = await daemon.get(`/api/jobs/${id}`)).finished_at !== null, 60_000);
  return job;
}

function append(session: string, from: number, to: number): void {
  const path = join(workspace.root, `p/${session}.jsonl`);
  mkdirSync(dirname(path), { recursive: true });
  for (let n = from; n < to; n++) appendFileSync(path, `${userLine({ session, n })}\n`);
}

describe('an export', () => {
  it.each(['ndjson', 'jsonl', 'csv', 'parquet', 'markdown'])('as %s is the stream of the same name in a file', { timeout: 60_000 }, async (format) => {
    append('s1', 0, 30);
    append('s2', 0, 5);
    const daemon = await workspace.start(['--no-archive']);
    await daemon.caughtUp();
    const job = await over(daemon, await start(daemon, { type: 'export', format, session: 's1', path: `week/s1.${format}` }));
    expect(job).toMatchObject({ state: 'done', error: null });
    const { path, rows, bytes, sha256 } = job.result as NonNullable<Job['result']>;
    expect(path).toBe(join(workspace.dataDir, 'exports', `week/s1.${format}`));
    const file = readFileSync(path);
    expect({ rows, bytes, sha256 }).toEqual({ rows: 30, bytes: file.length, sha256: createHash('sha256').update(file).digest('hex') });
    if (format !== 'parquet') expect(file).toEqual(await daemon.bytes(`/api/export?format=${format}&session=s1`));
    else expect((await query(dirname(path), 'SELECT 1')).length).toBe(1);
    expect(readdirSync(dirname(path))).toHaveLength(1);
  });

  it('takes the filters of the stream, and refuses what makes no sense', { timeout: 60_000 }, async () => {
    append('s1', 0, 10);
    const daemon = await workspace.start(['--no-archive']);
    await daemon.caughtUp();
    const some = await over(daemon, await start(daemon, { type: 'export', format: 'csv', upto: '10', session: 's1', since: '2026-10-01T00:00:02Z', until: '2026-10-01T00:00:04Z' }));
    expect(some).toMatchObject({ state: 'done', progress: { done: 10, total: 10 }, result: { rows: 2 } });
    const { result } = await over(daemon, await start(daemon, { type: 'export', types: ['user'], after: '4', content: 'none', duplicates: true }));
    expect(result?.rows).toBe(6);
    expect(readFileSync(result?.path ?? '')).toEqual(await daemon.bytes('/api/export?type=user&after=4&content=none'));
    const refused = async (body: object): Promise<unknown> => {
      const response = await post(daemon, { type: 'export', ...body });
      return { status: response.status, parameter: ((await response.json()) as { parameter?: string }).parameter };
    };
    for (const path of ['../x', '/etc/x', '.hidden', 'a//b', 'a/../b', '', 7]) expect(await refused({ path })).toEqual({ status: 400, parameter: 'path' });
    expect(await refused({ format: 'xml' })).toEqual({ status: 400, parameter: 'format' });
    expect(await refused({ format: 'markdown' })).toEqual({ status: 400, parameter: 'session' });
    expect(await refused({ since: 'yesterday' })).toEqual({ status: 400, parameter: 'since' });
    expect(await refused({ colour: 'red' })).toEqual({ status: 400, parameter: 'colour' });
    expect(await refused({ session: 'nobody' })).toMatchObject({ status: 404 });
  });
});

describe('a query', () => {
  const SQL = "SELECT line, ts, type, file_id, line % 2 = 0 AS even, {'a': line} AS nested, 9007199254740993::BIGINT AS big FROM records ORDER BY line";

  it('into a file is what POST /api/sql answers', { timeout: 60_000 }, async () => {
    append('s1', 0, 25);
    const daemon = await workspace.start(['--no-archive']);
    await daemon.caughtUp();
    const lines = await over(daemon, await start(daemon, { type: 'sql', sql: SQL }));
    expect(lines).toMatchObject({ state: 'done', progress: { done: 25, total: 25 }, result: { rows: 25, truncated: null } });
    const { path, bytes, sha256 } = lines.result as NonNullable<Job['result']>;
    const file = readFileSync(path);
    expect({ bytes, sha256 }).toEqual({ bytes: file.length, sha256: createHash('sha256').update(file).digest('hex') });
    const answer = await daemon.fetch('/api/sql', { method: 'POST', body: JSON.stringify({ sql: SQL }), headers: { 'content-type': 'application/json', accept: 'application/x-ndjson' } });
    expect(file.toString()).toBe((await answer.text()).split('\n').slice(0, -2).map((line) => `${line}\n`).join(''));

    const csv = await over(daemon, await start(daemon, { type: 'sql', sql: SQL, format: 'csv', path: 'q.csv', limit: 10 }));
    expect(csv).toMatchObject({ state: 'done', result: { rows: 10, truncated: 'rows' } });
    expect(readFileSync(csv.result?.path ?? '', 'utf8').split('\n').slice(0, 2)).toEqual(['line,ts,type,file_id,even,nested,big', expect.stringMatching(/^1,2026-10-01T00:00:00.000Z,user,f1,false,.*,9007199254740993$/)]);

    const parquet = await over(daemon, await start(daemon, { type: 'sql', sql: SQL, format: 'parquet', path: 'table/q.parquet' }));
    expect(parquet).toMatchObject({ state: 'done', result: { rows: 25 } });
    const [row] = await query(dirname(parquet.result?.path ?? ''), 'SELECT count(*)::INTEGER AS rows, typeof(any_value(line)) AS line, typeof(any_value(ts)) AS ts, typeof(any_value(even)) AS even, max(big) AS big FROM parts');
    expect(row).toEqual({ rows: 25, line: expect.stringMatching(/INT/), ts: 'TIMESTAMP WITH TIME ZONE', even: 'BOOLEAN', big: 9007199254740993n });
    const empty = await over(daemon, await start(daemon, { type: 'sql', sql: 'SELECT line FROM records WHERE false', format: 'parquet' }));
    expect(empty).toMatchObject({ state: 'done', result: { rows: 0 } });
  });

  it('that is refused, runs too long or is cancelled leaves nothing', { timeout: 60_000 }, async () => {
    append('s1', 0, 3);
    const daemon = await workspace.start(['--no-archive']);
    await daemon.caughtUp();
    const endless = 'SELECT count(*) FROM range(100000000) a, range(100000000) b';
    expect(await over(daemon, await start(daemon, { type: 'sql', sql: 'SELEC 1' }))).toMatchObject({ state: 'failed', error: { code: 'invalid_parameter' } });
    expect(await over(daemon, await start(daemon, { type: 'sql', sql: "COPY (SELECT 1) TO '/tmp/x'" }))).toMatchObject({ state: 'failed' });
    expect(await over(daemon, await start(daemon, { type: 'sql', sql: endless, timeout_ms: 300 }))).toMatchObject({ state: 'failed' });
    const job = await start(daemon, { type: 'sql', sql: endless, path: 'never.ndjson' });
    await until(async () => (await daemon.get(`/api/jobs/${job.id}`))['state'] === 'running');
    await daemon.fetch(`/api/jobs/${job.id}`, { method: 'DELETE' });
    expect(await over(daemon, job)).toMatchObject({ state: 'cancelled' });
    expect(existsSync(join(workspace.dataDir, 'exports')) ? readdirSync(join(workspace.dataDir, 'exports')) : []).toEqual([]);
    for (const [body, parameter] of [[{}, 'sql'], [{ sql: 'SELECT 1', format: 'xml' }, 'format'], [{ sql: 'SELECT 1', limit: 0 }, 'limit'], [{ sql: 'SELECT 1', path: '../x' }, 'path']] as const) {
      const response = await post(daemon, { type: 'sql', ...body });
      expect({ status: response.status, body: await response.json() }).toMatchObject({ status: 400, body: { parameter } });
    }
  });
});

it('jobs are there after a kill: what waited or ran is done, and what was done is remembered', { timeout: 120_000 }, async () => {
  append('s1', 0, 20);
  let daemon = await workspace.start(['--no-archive']);
  await daemon.caughtUp();
  const first = await over(daemon, await start(daemon, { type: 'archive_run', all: true }));
  const waiting = await Promise.all(['archive_verify', 'reconcile', 'export', 'archive_verify', 'archive_compact'].map((type) => start(daemon, { type })));
  await daemon.kill();
  daemon = await workspace.start(['--no-archive']);
  expect(await daemon.get(`/api/jobs/${first.id}`)).toEqual(first);
  for (const job of waiting) expect(await over(daemon, job)).toMatchObject({ type: job.type, state: 'done' });
  const listed = await daemon.all<Job>('/api/jobs?limit=2');
  expect(listed.map(({ id }) => id)).toEqual([...waiting.toReversed(), first].map(({ id }) => id));
});

it('jobs are followed over the WebSocket, all of them or one, to their end', { timeout: 60_000 }, async () => {
  append('s1', 0, 20);
  const daemon = await workspace.start(['--no-archive']);
  await daemon.caughtUp();
  const client = await LiveClient.open(daemon);
  client.send({ type: 'follow_jobs', id: 'all' });
  expect(await client.waitFor((frame) => frame.type === 'jobs')).toEqual({ type: 'jobs', id: 'all', items: [] });
  const job = await start(daemon, { type: 'archive_run', all: true });
  const ended = (frame: Frame): boolean => frame.type === 'job' && frame['id'] === 'all' && (frame['data'] as Job).finished_at !== null;
  expect((await client.waitFor(ended))['data']).toEqual(await daemon.get(`/api/jobs/${job.id}`));
  expect(client.frames.filter((frame) => frame.type === 'job').map((frame) => (frame['data'] as Job).state)).toEqual(expect.arrayContaining(['queued', 'running', 'done']));
  client.send({ type: 'follow_jobs', id: 'one', job: job.id });
  expect(await client.waitFor((frame) => frame['id'] === 'one')).toMatchObject({ type: 'jobs', items: [{ id: job.id, state: 'done' }] });
  client.send({ type: 'follow_jobs', id: 'none', job: 'nobody' });
  expect(await client.waitFor((frame) => frame['id'] === 'none')).toMatchObject({ type: 'error', code: 'not_found' });
  client.send({ type: 'follow_jobs', id: 'one' });
  expect(await client.waitFor((frame) => frame.type === 'error' && frame['id'] === 'one')).toMatchObject({ code: 'id_in_use' });
  client.send({ type: 'unsubscribe', id: 'all' });
  expect(await client.waitFor((frame) => frame.type === 'unsubscribed')).toEqual({ type: 'unsubscribed', id: 'all' });
  // A subscription of records goes on beside it, as ever.
  expect(await client.subscribe({ id: 's1', offset: '0', content: 'none' })).toMatchObject({ type: 'subscribed', recovered: true });
  await until(() => client.events.length === 20);
  client.close();
});

it('a compaction that is killed at any moment leaves every line once', { timeout: 180_000 }, async () => {
  let daemon = await workspace.start(['--no-archive']);
  const total = 8 * 12;
  for (let part = 0; part < 12; part++) {
    for (let n = 0; n < 4; n++) append(`s${n}`, part * 2, part * 2 + 2);
    await until(async () => (await daemon.get<{ lines: number }>('/api/status')).lines === 8 * (part + 1));
    await archiveAll(daemon);
  }
  const logs = new Map([0, 1, 2, 3].map((n) => [join(workspace.root, `p/s${n}.jsonl`), readFileSync(join(workspace.root, `p/s${n}.jsonl`))]));
  for (const path of logs.keys()) rmSync(path);
  await until(async () => (await daemon.all('/api/files?state=gone')).length === 4);
  const archive = join(workspace.dataDir, 'archive');
  for (const afterMs of [0, 60, 120, 150, 180, 220, 260, 320]) {
    await start(daemon, { type: 'archive_compact' });
    await sleep(afterMs);
    await daemon.kill();
    // Nothing else runs before what was left behind is put in order.
    rmSync(join(workspace.dataDir, 'jobs.ndjson'), { force: true });
    daemon = await workspace.start([]);
    await daemon.caughtUp();
    for (const { id, path } of await daemon.all<{ id: string; path: string }>('/api/files')) expect(await daemon.bytes(`/api/files/${id}/content`)).toEqual(logs.get(path));
    const [row] = await query(archive, 'SELECT count(*)::INTEGER AS rows, count(DISTINCT (file, byte_offset))::INTEGER AS distinct_rows FROM parts');
    expect(row).toEqual({ rows: total, distinct_rows: total });
  }
  expect(await over(daemon, await start(daemon, { type: 'archive_compact' }))).toMatchObject({ state: 'done' });
  expect((await daemon.all('/api/archive')).length).toBe(1);
  await daemon.stop();
  expect(await run(workspace, ['doctor', '--data-dir', workspace.dataDir])).toMatchObject({ code: 0 });
  const compacted = await run(workspace, ['archive', 'compact', '--data-dir', workspace.dataDir]);
  expect(compacted).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing to merge') as string });
  expect(existsSync(archive)).toBe(true);
});
