// Real damage behind the daemon's back: found, named, and put right as far as that loses nothing.

import { appendFileSync, closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assistantLine, userLine } from '../support/claude-lines.ts';
import { run, until, Workspace } from '../support/daemon.ts';
import type { Daemon, RunResult } from '../support/daemon.ts';
import { archiveAll, removeSources } from './support/archive.ts';
import { query } from '../archive/test-lake.ts';

interface Reconcile {
  ok: boolean;
  counts: Record<string, number>;
  items: { code: string; severity: string; path: string | null; repairable: boolean; hint: string; session_id: string | null }[];
  checked: Record<string, number>;
}

let workspace: Workspace;
beforeEach(() => {
  workspace = new Workspace();
});
afterEach(() => workspace.remove());

const talk = (session: string, from: number, to: number): string => Array.from({ length: to - from }, (_, i) => `${(i % 2 === 0 ? userLine : assistantLine)({ session, n: from + i })}\n`).join('');
const cli = (...args: string[]): Promise<RunResult> => run(workspace, [...args, '--data-dir', workspace.dataDir]);

function write(name: string, text: string): string {
  const path = join(workspace.root, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

async function doctor(...args: string[]): Promise<{ code: number | null; answer: Reconcile }> {
  const { code, stdout } = await cli('doctor', '--json', ...args);
  return { code, answer: JSON.parse(stdout) as Reconcile };
}

async function repair(): Promise<{ code: number | null; done: string[]; after: Reconcile }> {
  const { code, stdout } = await cli('doctor', '--repair', '--json');
  return { code, ...(JSON.parse(stdout) as { done: string[]; after: Reconcile }) };
}

async function archivedLake(): Promise<{ daemon: Daemon; kept: string; gone: string; goneBytes: Buffer }> {
  const kept = write('p/kept.jsonl', talk('kept', 0, 20));
  const gone = write('q/gone.jsonl', talk('gone', 0, 20));
  const goneBytes = readFileSync(gone);
  const daemon = await workspace.start(['--no-archive']);
  await daemon.caughtUp();
  await archiveAll(daemon);
  return { daemon, kept, gone, goneBytes };
}

const partPaths = async (daemon: Daemon): Promise<string[]> => (await daemon.all<{ path: string }>('/api/archive')).map(({ path }) => join(workspace.dataDir, 'archive', path));

function flip(path: string): void {
  const bytes = readFileSync(path);
  const at = Math.floor(bytes.length / 3);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 0xff, at);
  writeFileSync(path, bytes);
}

describe('a sound lake', () => {
  it('has nothing that differs, with a daemon and without', { timeout: 60_000 }, async () => {
    const { daemon } = await archivedLake();
    const answer = await daemon.get<Reconcile>('/api/reconcile');
    expect(answer).toMatchObject({ ok: true, counts: {}, items: [], checked: { files: 2, parts: 1, sessions: 2 } });
    expect(await doctor()).toMatchObject({ code: 0, answer: { ok: true, items: [] } });
    expect((await cli('doctor')).stdout).toContain('nothing differs');
    await daemon.stop();
    expect(await doctor()).toMatchObject({ code: 0, answer: { ok: true, items: [] } });
    expect(await repair()).toMatchObject({ code: 0, done: [] });
  });

  it('is sound while lines arrive', { timeout: 60_000 }, async () => {
    const { daemon, kept } = await archivedLake();
    let n = 20;
    const writing = setInterval(() => appendFileSync(kept, talk('kept', n, ++n)), 5);
    try {
      for (let i = 0; i < 3; i++) expect(await doctor()).toMatchObject({ code: 0, answer: { ok: true, items: [] } });
    } finally {
      clearInterval(writing);
    }
    await until(async () => (await daemon.get<{ message_count: number }>('/api/sessions/kept')).message_count === n);
  });

  it('is answered from memory for a minute, and by the doctor at once', { timeout: 60_000 }, async () => {
    const { daemon } = await archivedLake();
    const before = await daemon.get('/api/reconcile');
    rmSync((await partPaths(daemon))[0] as string);
    expect(await daemon.get('/api/reconcile')).toEqual(before);
    expect(await doctor()).toMatchObject({ code: 1, answer: { ok: false, counts: { part_missing: 1 } } });
  });
});

describe('the archive', () => {
  it.each(['missing', 'flipped', 'cut', 'written with other text'])('with a part that is %s is made whole from the logs that are there', { timeout: 60_000 }, async (damage) => {
    const { daemon } = await archivedLake();
    const [part] = (await partPaths(daemon)) as [string];
    if (damage === 'missing') rmSync(part);
    else if (damage === 'flipped') flip(part);
    else if (damage === 'written with other text') await writeOtherText(part);
    else writeFileSync(part, readFileSync(part).subarray(0, -100));
    const { code, answer } = await doctor();
    expect({ code, codes: answer.items.map((item) => item.code) }).toEqual({ code: 1, codes: [damage === 'missing' ? 'part_missing' : 'part_damaged'] });
    expect(await repair()).toMatchObject({ code: 0, after: { ok: true, items: [] } });
    expect(await doctor()).toMatchObject({ code: 0 });
    expect(await cli('archive', 'verify')).toMatchObject({ code: 0 });
    expect(await partPaths(daemon)).not.toContain(part);
    // The logs are not what was damaged.
    expect((await daemon.all<{ generation: number }>('/api/files')).map(({ generation }) => generation)).toEqual([0, 0]);
  });

  it('keeps a damaged part as long as anything is only in it, and takes back one that was missing', { timeout: 120_000 }, async () => {
    const { daemon: first, gone, goneBytes } = await archivedLake();
    const [part] = (await partPaths(first)) as [string];
    const whole = readFileSync(part);
    await removeSources(first, [gone]);
    // A daemon that has the log open still could archive it again.
    await first.stop();
    const daemon = await workspace.start(['--no-archive']);
    await daemon.caughtUp();
    flip(part);
    const damaged = await repair();
    expect(damaged).toMatchObject({ code: 1, after: { ok: false, counts: { part_damaged: 1 } } });
    expect(damaged.done.join()).toContain('is kept');
    expect(statSync(part).size).toBe(whole.length);
    // What is there is archived once more, so only the part of the log that is gone is left to be missed.
    rmSync(part);
    expect(await repair()).toMatchObject({ code: 0, after: { ok: true, counts: { text_lost: 1 } } });
    // The backup comes back.
    await daemon.stop();
    writeFileSync(part, whole);
    const again = await workspace.start(['--no-archive']);
    await again.caughtUp();
    expect(await doctor()).toMatchObject({ code: 0, answer: { ok: true, items: [] } });
    // Of it only what no other part has: each line is in one, for whoever reads them all.
    const twice = 'SELECT file, line FROM parts GROUP BY ALL HAVING count(*) > 1';
    expect(await query(join(workspace.dataDir, 'archive'), twice)).toEqual([]);
    const aside = join(dirname(part), `.${basename(part)}.repeated`);
    expect(readFileSync(aside)).toEqual(whole);
    expect(await cli('archive', 'verify')).toMatchObject({ code: 0 });
    const restored = await cli('restore', 'gone', '-o', join(workspace.dir, 'back'));
    expect(restored).toMatchObject({ code: 0 });
    expect(readFileSync(join(workspace.dir, 'back/q/gone.jsonl'))).toEqual(goneBytes);
  });

  it('is repaired without a daemon too', { timeout: 60_000 }, async () => {
    const { daemon } = await archivedLake();
    const [part] = (await partPaths(daemon)) as [string];
    await daemon.stop();
    rmSync(part);
    expect(await doctor()).toMatchObject({ code: 1, answer: { counts: { part_missing: 1 } } });
    expect(await repair()).toMatchObject({ code: 0, after: { ok: true } });
    expect(await doctor()).toMatchObject({ code: 0 });
  });
});

describe('the files', () => {
  it('that changed while nobody looked differ, and are read by the repair', { timeout: 120_000 }, async () => {
    const { daemon, kept, gone } = await archivedLake();
    const cut = write('p/cut.jsonl', talk('cut', 0, 10));
    const moved = write('p/moved.jsonl', talk('moved', 0, 10));
    await daemon.caughtUp();
    await until(async () => (await daemon.get<{ sessions: number }>('/api/status')).sessions === 4);
    await archiveAll(daemon);
    await daemon.stop();
    appendFileSync(kept, talk('kept', 20, 24));
    rmSync(gone);
    writeFileSync(cut, talk('cut', 0, 4));
    writeFileSync(moved, talk('elsewhere', 0, 10));
    write('p/new.jsonl', talk('new', 0, 2));
    const { code, answer } = await doctor();
    expect({ code, found: Object.fromEntries(answer.items.map((item) => [item.path?.slice(workspace.root.length + 1), item.code])) }).toEqual({
      code: 1, found: { 'p/kept.jsonl': 'file_behind', 'q/gone.jsonl': 'file_gone', 'p/cut.jsonl': 'file_truncated', 'p/moved.jsonl': 'file_changed', 'p/new.jsonl': 'file_unknown' },
    });
    expect(await repair()).toMatchObject({ code: 0, after: { ok: true } });
    const again = await workspace.start(['--no-archive']);
    await again.caughtUp();
    for (const [session, messages] of [['kept', 24], ['gone', 20], ['cut', 10], ['moved', 10], ['elsewhere', 10], ['new', 2]] as const) {
      expect(await again.get(`/api/sessions/${session}`)).toMatchObject({ message_count: messages });
    }
  });

  it('that were changed in the middle alone differ from the archive, and are read as another generation', { timeout: 60_000 }, async () => {
    const { daemon, kept } = await archivedLake();
    const before = readFileSync(kept);
    const { atime, mtime } = statSync(kept);
    const middle = before.toString().replace('prompt 10', 'prompt XX');
    // In its place: a file that is empty for a moment may be seen as such.
    const file = openSync(kept, 'r+');
    writeSync(file, 'XX', before.indexOf('prompt 10') + 'prompt '.length);
    closeSync(file);
    utimesSync(kept, atime, mtime);
    expect(await doctor()).toMatchObject({ code: 1, answer: { counts: { file_differs: 1 } } });
    expect(await repair()).toMatchObject({ code: 0, after: { ok: true } });
    const files = await daemon.all<{ id: string; path: string; state: string; generation: number }>('/api/files');
    const [old, now] = files.filter(({ path }) => path === kept);
    expect([old, now]).toMatchObject([{ state: 'replaced', generation: 0 }, { state: 'present', generation: 1 }]);
    expect(await daemon.bytes(`/api/files/${old?.id}/content`)).toEqual(before);
    expect((await daemon.bytes(`/api/files/${now?.id}/content`)).toString()).toBe(middle);
    expect(await daemon.get('/api/sessions/kept')).toMatchObject({ message_count: 20 });
  });

  it('that were overwritten under the same size and time are noticed while the daemon runs', { timeout: 60_000 }, async () => {
    const { daemon, kept } = await archivedLake();
    const { atime, mtime } = statSync(kept);
    const other = readFileSync(kept, 'utf8').replaceAll('"kept"', '"kopt"');
    // By another name first, so that no watch tells of it.
    writeFileSync(kept, other);
    utimesSync(kept, atime, mtime);
    await repair();
    expect(await doctor()).toMatchObject({ code: 0 });
    expect(await daemon.get('/api/sessions/kopt')).toMatchObject({ message_count: 20 });
    expect(await daemon.get('/api/sessions/kept')).toMatchObject({ message_count: 20 });
  });
});

describe('the sums', () => {
  it('that are not those of the rows are found and added up again', { timeout: 60_000 }, async () => {
    const { daemon } = await archivedLake();
    const before = await daemon.get('/api/metrics/aggregate?group_by=session');
    await daemon.stop();
    await tamper(join(workspace.dataDir, 'index.duckdb'), ['UPDATE usage_deltas SET output = output + 5 WHERE session_ix = 1', 'DELETE FROM activity_deltas WHERE session_ix = 2', 'DELETE FROM records WHERE session_ix = 1 AND line = 3']);
    const { code, answer } = await doctor();
    expect(code).toBe(1);
    expect(answer.counts).toMatchObject({ sums_differ: expect.any(Number) as number, bytes_unaccounted: 1 });
    const repaired = await repair();
    expect(repaired).toMatchObject({ code: 1, after: { counts: { bytes_unaccounted: 1 } } });
    expect(repaired.after.counts['sums_differ']).toBeUndefined();
    // What the index lost itself comes back with a new index, made from the archive.
    renameSync(join(workspace.dataDir, 'index.duckdb'), join(workspace.dir, 'broken'));
    const again = await workspace.start(['--no-archive']);
    await again.caughtUp();
    expect(await doctor()).toMatchObject({ code: 0 });
    expect(await again.get('/api/metrics/aggregate?group_by=session')).toEqual(before);
  });
});

/** A flipped bit may leave a part that can be read. */
async function writeOtherText(part: string): Promise<void> {
  await tamper(':memory:', [`CREATE TABLE lines AS SELECT * REPLACE (replace(raw, 'prompt 10', 'prompt XX') AS raw) FROM read_parquet('${part}', hive_partitioning = false)`, `COPY lines TO '${part}' (FORMAT parquet)`]);
}

async function tamper(path: string, statements: readonly string[]): Promise<void> {
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  for (const statement of statements) await connection.run(statement);
  await connection.run('CHECKPOINT');
  connection.closeSync();
  instance.closeSync();
}
