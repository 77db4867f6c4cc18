// The index is lost: what the archive holds comes back, byte for byte, also of logs that are gone.

import { appendFileSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { assistantLine, userLine } from '../support/claude-lines.ts';
import { Daemon, run, until, Workspace } from '../support/daemon.ts';
import { archiveAll } from './support/archive.ts';
import { query } from '../archive/test-lake.ts';

let workspace: Workspace;
beforeEach(() => {
  workspace = new Workspace();
});
afterEach(() => workspace.remove());

const ODD = Buffer.concat([
  Buffer.from('\uFEFF{"type":"user"}\r\n\n  \nnot json\n{"a":1}{"b":2}\n'), Buffer.from([0xff, 0xfe, 0x0a]), Buffer.from('{"text":"\\ud800 \u2028"}\n'), Buffer.alloc(5), Buffer.from('\n'),
]);

function write(path: string, bytes: string | Buffer): string {
  const full = join(workspace.root, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, bytes);
  return full;
}

function talk(session: string, from: number, to: number): string {
  return Array.from({ length: to - from }, (_, i) => `${(i % 2 === 0 ? userLine : assistantLine)({ session, n: from + i })}\n`).join('');
}

function loseIndex(): void {
  for (const name of readdirSync(workspace.dataDir)) if (name.startsWith('index.duckdb')) rmSync(join(workspace.dataDir, name));
}

function withoutOffset(record: string): string {
  return record.replace(/"offset":"\d+"/, '');
}

/** What the lake says, but for what an epoch and a new index change. */
async function picture(daemon: Daemon): Promise<unknown> {
  const sessions = await daemon.all<Record<string, unknown>>('/api/sessions?sort=started_at');
  const files = await daemon.all<Record<string, unknown>>('/api/files');
  return {
    sessions: sessions.map((session) => JSON.stringify(session, (key, value: unknown) => (key === 'status' ? undefined : value))).sort(),
    days: await daemon.get('/api/metrics/aggregate?group_by=day'),
    totals: (await daemon.get<{ items: object[] }>('/api/metrics/aggregate?group_by=session')).items.map((item) => JSON.stringify(item)).sort(),
    files: files.map(({ path, offset, lines, rejects, archived_bytes, id, state }) => ({ path, offset, lines, rejects, archived_bytes, id, state })),
    raw: (await daemon.text('/api/export?content=raw&duplicates=true')).split('\n').slice(0, -2).map(withoutOffset).sort(),
    subagents: (await Promise.all(sessions.map(({ id }) => daemon.get(`/api/sessions/${String(id)}/subagents`)))).map((answer) => JSON.stringify(answer)).sort(),
    rejects: (await daemon.all('/api/rejects')).map((reject) => withoutOffset(JSON.stringify(reject))).sort(),
  };
}

async function archived(): Promise<{ rows: number; distinct: number }> {
  const [row] = await query(join(workspace.dataDir, 'archive'), 'SELECT count(*)::INTEGER AS rows, count(DISTINCT (file, generation, byte_offset))::INTEGER AS distinct_rows FROM parts');
  return { rows: Number(row?.['rows']), distinct: Number(row?.['distinct_rows']) };
}

it('finds every session again, whether its log is there or gone, and gives back every byte', { timeout: 120_000 }, async () => {
  const kept = write('p/kept.jsonl', talk('kept', 0, 40));
  const gone = write('p/gone.jsonl', talk('gone', 0, 30));
  const sub = write('p/gone/subagents/agent-a1.jsonl', talk('gone', 100, 110));
  const beside = write('p/gone/subagents/agent-a1.meta.json', JSON.stringify({ agentType: 'explorer', description: 'look around', toolUseId: 'toolu_look' }));
  const odd = write('q/odd.jsonl', ODD);
  const grown = write('p/grown.jsonl', talk('grown', 0, 10));
  const originals = new Map([gone, sub, odd].map((path) => [path, readFileSync(path)]));
  let daemon = await workspace.start(['--no-archive']);
  await daemon.caughtUp();
  await archiveAll(daemon);
  appendFileSync(grown, talk('grown', 10, 15));
  await until(async () => (await daemon.get<{ message_count: number }>('/api/sessions/grown')).message_count === 15);
  await archiveAll(daemon);
  for (const path of [...originals.keys(), beside]) rmSync(path);
  await until(async () => (await daemon.all<{ path: string }>('/api/files?state=gone')).length === originals.size);
  const before = await picture(daemon);
  expect(JSON.stringify(before)).toContain('look around');
  const { epoch } = daemon.info;
  await daemon.stop();
  const { rows } = await archived();

  loseIndex();
  daemon = await workspace.start(['--no-archive']);
  await daemon.caughtUp();
  expect(await picture(daemon)).toEqual(before);
  expect(daemon.info.epoch).not.toBe(epoch);
  for (const [path, bytes] of originals) {
    const file = (await daemon.all<{ id: string; path: string }>('/api/files')).find((item) => item.path === path);
    expect(await daemon.bytes(`/api/files/${file?.id}/content`)).toEqual(bytes);
  }

  // What is there goes on where it was, and no line is archived twice.
  appendFileSync(kept, talk('kept', 40, 44));
  await until(async () => (await daemon.get<{ message_count: number }>('/api/sessions/kept')).message_count === 44);
  await archiveAll(daemon);
  expect(await archived()).toEqual({ rows: rows + 4, distinct: rows + 4 });
  await daemon.stop();

  const restored = await run(workspace, ['restore', 'gone', '-o', join(workspace.dir, 'back'), '--data-dir', workspace.dataDir]);
  expect(restored).toMatchObject({ code: 0 });
  expect(readFileSync(join(workspace.dir, 'back/p/gone.jsonl'))).toEqual(originals.get(gone));
  expect(readFileSync(join(workspace.dir, 'back/p/gone/subagents/agent-a1.jsonl'))).toEqual(originals.get(sub));
});

it('knows again which logs were replaced by others, also where what replaced them is in no part', { timeout: 120_000 }, async () => {
  const twice = write('p/twice.jsonl', talk('twice', 0, 20));
  const once = write('p/once.jsonl', talk('once', 0, 20));
  let daemon = await workspace.start(['--no-archive']);
  const replacedAre = (count: number): Promise<void> => until(async () => (await daemon.all('/api/files?state=replaced')).length === count);
  await daemon.caughtUp();
  await archiveAll(daemon);
  writeFileSync(twice, talk('twice', 4, 18));
  await replacedAre(1);
  await daemon.caughtUp();
  await archiveAll(daemon);
  writeFileSync(twice, talk('twice', 6, 16));
  writeFileSync(once, talk('once', 2, 12));
  await replacedAre(3);
  await daemon.caughtUp();
  const figures = async (): Promise<unknown> => {
    const { files, bytes_total, bytes_indexed, lines } = await daemon.get<Record<string, number>>('/api/status');
    const sessions = await daemon.all<{ id: string; files: number; message_count: number; usage: object }>('/api/sessions');
    return {
      status: { files, bytes_total, bytes_indexed, lines }, sessions: sessions.map(({ id, files: count, message_count, usage }) => ({ id, files: count, message_count, usage })).toSorted((a, b) => a.id.localeCompare(b.id)),
      files: (await daemon.all<{ path: string; generation: number; state: string; lines: number }>('/api/files')).map(({ path, generation, state, lines: count }) => `${path} ${generation} ${state} ${count}`).sort(),
    };
  };
  const before = await figures();
  expect(before).toMatchObject({ status: { files: 2, lines: 20 }, sessions: [{ files: 1, message_count: 20 }, { files: 1, message_count: 20 }] });
  await daemon.stop();

  loseIndex();
  daemon = await workspace.start(['--no-archive']);
  await replacedAre(3);
  await daemon.caughtUp();
  expect(await figures()).toEqual(before);
});

it('knows a log again that was moved after it was archived', { timeout: 120_000 }, async () => {
  const log = write('p/log.jsonl', `${talk('log', 0, 20)}{"type":"ai-title","aiTitle":"A title","sessionId":"log"}\nnot json\n`);
  write('p/other.jsonl', talk('other', 0, 4));
  let daemon = await workspace.start(['--no-archive']);
  await daemon.caughtUp();
  await archiveAll(daemon);
  mkdirSync(join(workspace.root, 'old'));
  const moved = join(workspace.root, 'old/renamed.jsonl');
  renameSync(log, moved);
  await until(async () => (await daemon.all<{ path: string }>('/api/files')).some(({ path }) => path === moved));
  appendFileSync(moved, talk('log', 20, 24));
  await until(async () => (await daemon.get<{ message_count: number }>('/api/sessions/log')).message_count === 24);
  const before = await picture(daemon) as { raw: string[]; rejects: string[]; days: object };
  await daemon.stop();
  const { rows } = await archived();

  loseIndex();
  daemon = await workspace.start(['--no-archive']);
  await until(async () => (await daemon.get<{ message_count: number }>('/api/sessions/log')).message_count === 24);
  await daemon.caughtUp();
  expect(await picture(daemon)).toEqual(before);
  await archiveAll(daemon);
  expect(await archived()).toEqual({ rows: rows + 4, distinct: rows + 4 });
});

/** Twelve logs of which all but one are gone, in as many parts as asked for; the daemon is stopped. */
async function archivedLake(parts: number): Promise<Map<string, Buffer>> {
  const daemon = await workspace.start(['--no-archive']);
  const logs = new Map<string, Buffer>();
  for (let part = 0; part < parts; part++) {
    for (let n = 0; n < 12; n++) {
      const path = join(workspace.root, `p/log${n}.jsonl`);
      mkdirSync(dirname(path), { recursive: true });
      appendFileSync(path, talk(`log${n}`, part * 10, part * 10 + 10));
      logs.set(path, readFileSync(path));
    }
    await until(async () => (await daemon.get<{ lines: number }>('/api/status')).lines === 120 * (part + 1));
    await archiveAll(daemon);
  }
  await daemon.stop();
  for (const path of [...logs.keys()].slice(1)) rmSync(path);
  return logs;
}

async function expectAll(daemon: Daemon, logs: ReadonlyMap<string, Buffer>): Promise<void> {
  const files = await daemon.all<{ id: string; path: string }>('/api/files');
  expect(files.map(({ path }) => path).sort()).toEqual([...logs.keys()].sort());
  for (const { id, path } of files) expect(await daemon.bytes(`/api/files/${id}/content`)).toEqual(logs.get(path));
  const lines = [...logs.values()].reduce((sum, bytes) => sum + bytes.toString().split('\n').length - 1, 0);
  expect(await daemon.get('/api/status')).toMatchObject({ lines, sessions: logs.size, rejects: 0 });
  const { totals } = await daemon.get<{ totals: { calls: number } }>('/api/metrics/aggregate');
  expect(totals.calls).toBe(lines / 2);
}

it('goes on where it was killed while it took the archive over', { timeout: 180_000 }, async () => {
  const logs = await archivedLake(6);
  loseIndex();
  // It is not served before that is done, so nothing tells when it begins.
  for (const afterMs of [200, 300, 350, 400, 450, 500, 600, 700]) {
    const daemon = new Daemon(workspace, ['--port', '0', '--root', workspace.root, '--no-archive'], {});
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    await daemon.kill();
  }
  const daemon = await workspace.start(['--no-archive']);
  await daemon.caughtUp();
  await expectAll(daemon, logs);
  await archiveAll(daemon);
  expect(await archived()).toEqual({ rows: 720, distinct: 720 });
});

it('goes on where only some of the parts were listed', { timeout: 120_000 }, async () => {
  const logs = await archivedLake(4);
  loseIndex();
  let daemon = await workspace.start(['--no-archive']);
  await daemon.caughtUp();
  const parts = await daemon.all<{ id: string }>('/api/archive');
  await daemon.stop();
  // As if it had been killed before the second and the last part were listed.
  const instance = await DuckDBInstance.create(join(workspace.dataDir, 'index.duckdb'));
  const connection = await instance.connect();
  for (const part of [parts[1], parts[3]]) for (const table of ['archive_parts', 'archive_segments']) await connection.run(`DELETE FROM ${table} WHERE part_id = '${part?.id}'`);
  await connection.run('CHECKPOINT');
  connection.closeSync();
  instance.closeSync();
  daemon = await workspace.start(['--no-archive']);
  await daemon.caughtUp();
  await expectAll(daemon, logs);
  expect(await daemon.all('/api/archive')).toHaveLength(4);
  await archiveAll(daemon);
  expect(await archived()).toEqual({ rows: 480, distinct: 480 });
});

it('takes over parts that say nothing of themselves, and such whose files have numbers that others have now', { timeout: 120_000 }, async () => {
  const logs = await archivedLake(2);
  const archive = join(workspace.dataDir, 'archive');
  await forgetMetadata(archive);
  loseIndex();
  // A new index numbers other files first, and then learns of the old parts.
  rmSync(join(workspace.dir, 'aside'), { recursive: true, force: true });
  renameSync(archive, join(workspace.dir, 'aside'));
  const [kept] = [...logs.keys()] as [string];
  renameSync(kept, join(workspace.dir, 'kept'));
  const other = write('p/other.jsonl', talk('other', 0, 6));
  let daemon = await workspace.start(['--no-archive']);
  await daemon.caughtUp();
  await daemon.stop();
  renameSync(join(workspace.dir, 'kept'), kept);
  rmSync(archive, { recursive: true });
  renameSync(join(workspace.dir, 'aside'), archive);
  daemon = await workspace.start(['--no-archive']);
  await daemon.caughtUp();
  await expectAll(daemon, new Map([...logs, [other, readFileSync(other)]]));
});

/** Parts as they were before they had any metadata. */
async function forgetMetadata(archive: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  for (const entry of readdirSync(archive, { recursive: true, withFileTypes: true })) {
    if (!entry.name.endsWith('.parquet')) continue;
    const path = join(entry.parentPath, entry.name);
    await connection.run(`COPY (FROM read_parquet('${path}', hive_partitioning = false)) TO '${path}.new' (FORMAT parquet)`);
    renameSync(`${path}.new`, path);
  }
  connection.closeSync();
  instance.closeSync();
}

it('keeps what is left where parts are missing or broken, takes the rest from logs that are there, and says what is lost', { timeout: 120_000 }, async () => {
  const logs = await archivedLake(3);
  const archive = join(workspace.dataDir, 'archive');
  const listed = JSON.parse((await run(workspace, ['archive', 'list', '--json', '--data-dir', workspace.dataDir])).stdout) as { items: { path: string }[] };
  rmSync(join(archive, listed.items[0]?.path as string));
  loseIndex();
  const daemon = await workspace.start(['--no-archive']);
  await daemon.caughtUp();
  const [kept] = [...logs.keys()] as [string];
  const files = await daemon.all<{ id: string; path: string; state: string; rejects: number; lines: number; offset: number }>('/api/files');
  expect(files).toHaveLength(12);
  for (const { id, path, state, rejects, lines, offset } of files) {
    expect({ path, lines, offset }).toEqual({ path, lines: 30, offset: logs.get(path)?.length });
    expect({ state, rejects }).toEqual(path === kept ? { state: 'present', rejects: 0 } : { state: 'gone', rejects: 1 });
    if (path === kept) expect(await daemon.bytes(`/api/files/${id}/content`)).toEqual(logs.get(path));
  }
  const lost = await daemon.all<{ reason: string; byte_offset: number; detail: string }>('/api/rejects?reason=lost');
  expect(lost).toHaveLength(11);
  expect(lost[0]).toMatchObject({ byte_offset: 0, detail: expect.stringContaining('10 lines') as string });
  // The log that is there is archived again where its part is missing.
  await archiveAll(daemon);
  expect(await archived()).toEqual({ rows: 250, distinct: 250 });
});

it.each(['as they are', 'compacted'])('puts a log together that was moved between two archive runs, its parts %s', { timeout: 120_000 }, async (how) => {
  const hot = write('sessions/moved.jsonl', talk('moved', 0, 6));
  const daemon = await workspace.start(['--no-archive']);
  await daemon.caughtUp();
  await archiveAll(daemon);
  const cold = join(workspace.root, 'archived', 'moved.jsonl');
  mkdirSync(dirname(cold), { recursive: true });
  renameSync(hot, cold);
  appendFileSync(cold, talk('moved', 6, 9));
  const bytes = readFileSync(cold, 'utf8');
  await until(async () => (await daemon.all<{ path: string; offset: number }>('/api/files')).some(({ path, offset }) => path === cold && offset === bytes.length));
  await archiveAll(daemon);
  expect(await daemon.stop()).toBe(0);
  if (how === 'compacted') expect((await run(workspace, ['archive', 'compact', '--data-dir', workspace.dataDir])).code).toBe(0);
  rmSync(cold);
  loseIndex();
  const again = await workspace.start(['--no-archive']);
  const files = await again.all<{ id: string; path: string; archived_bytes: number }>('/api/files');
  expect(files).toEqual([expect.objectContaining({ path: cold, archived_bytes: bytes.length })]);
  expect(await again.text(`/api/files/${files[0]?.id}/content`)).toBe(bytes);
  expect(await again.all('/api/rejects')).toEqual([]);
  expect(await again.stop()).toBe(0);
});
