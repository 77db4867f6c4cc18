// Folders of the data directory that cannot be written: whoever asks for something that is written there is told so.

import { chmodSync, mkdirSync, rmSync, statfsSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { userLine } from '../support/claude-lines.ts';
import { run, Workspace } from '../support/daemon.ts';
import type { Daemon, RunResult } from '../support/daemon.ts';
import { giveAway, unprivileged } from '../support/unprivileged.ts';
import { endOfJob } from './support/archive.ts';

const TIB = 2 ** 40;
const { bavail, bsize } = statfsSync(tmpdir());
const freeBytes = bavail * bsize;

let workspace: Workspace;
afterEach(() => workspace.remove());

const FLAGS = ['--no-archive', '--log-level', 'silent'];

function writeLog(): void {
  workspace = new Workspace();
  mkdirSync(join(workspace.root, 'p'));
  writeFileSync(join(workspace.root, 'p', 's.jsonl'), `${userLine({ session: 's', n: 0 })}\n`);
}

const storage = (folder: string, why: string): Record<string, unknown> => ({ code: 'storage', hint: expect.any(String) as string, [why.startsWith('detail:') ? 'detail' : 'message']: `${folder} cannot be written: ${why.replace('detail:', '')}.` });

async function problemOf(daemon: Daemon, path: string, body?: object): Promise<unknown> {
  const response = await daemon.fetch(path, body === undefined ? {} : { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
  expect([response.status, response.headers.get('content-type')]).toEqual([500, 'application/problem+json']);
  return response.json();
}

it('a folder without the right to write is named by questions, exports and jobs, and is used again when it has it', { timeout: 60_000 }, async ({ skip }) => {
  writeLog();
  const runner = unprivileged(workspace);
  if (runner === null) return skip('needs another user than root, or setpriv to become one');
  giveAway(workspace.dir, runner);
  const daemon = await workspace.start(FLAGS, {}, runner);
  await daemon.caughtUp();
  // Brings what was committed into the tables, which cannot be done below.
  await daemon.bytes('/api/export');
  const folder = (name: string): string => join(workspace.dataDir, name);
  for (const name of ['sql', 'tmp', 'exports', 'archive']) {
    rmSync(folder(name), { recursive: true, force: true });
    if (name !== 'sql') mkdirSync(folder(name));
    if (name !== 'sql') chmodSync(folder(name), 0o555);
  }
  chmodSync(workspace.dataDir, 0o555);
  const denied = 'permission is denied (EACCES)';
  expect(await problemOf(daemon, '/api/sql', { sql: 'SELECT 1' })).toMatchObject(storage(folder('sql'), `detail:${denied}`));
  expect(await problemOf(daemon, '/api/export?format=parquet')).toMatchObject(storage(folder('tmp'), `detail:${denied}`));
  expect(await problemOf(daemon, '/api/jobs', { type: 'archive_verify' })).toMatchObject(storage(workspace.dataDir, `detail:${denied}`));
  chmodSync(workspace.dataDir, 0o755);
  expect(await endOfJob(daemon, { type: 'sql', sql: 'SELECT 1', path: 'a.parquet', format: 'parquet' })).toMatchObject({ state: 'failed', error: storage(folder('tmp'), denied) });
  expect(await endOfJob(daemon, { type: 'export', format: 'ndjson', path: 'a.ndjson' })).toMatchObject({ state: 'failed', error: storage(folder('exports'), denied) });
  expect(await endOfJob(daemon, { type: 'archive_run', all: true })).toMatchObject({ state: 'failed', error: storage(folder('archive'), denied) });

  for (const name of ['tmp', 'exports', 'archive']) chmodSync(folder(name), 0o777);
  expect((await daemon.fetch('/api/sql', { method: 'POST', body: JSON.stringify({ sql: 'SELECT 1' }), headers: { 'content-type': 'application/json' } })).status).toBe(200);
  expect(await endOfJob(daemon, { type: 'export', format: 'parquet', path: 'a.parquet' })).toMatchObject({ state: 'done' });
  expect(await endOfJob(daemon, { type: 'archive_run', all: true })).toMatchObject({ state: 'done', result: { parts: 1 } });
  expect(await daemon.stop()).toBe(0);
});

it.skipIf(process.platform !== 'linux')('a full disk ends the job that met it, with what to do', { timeout: 60_000 }, async () => {
  writeLog();
  const exports = join(workspace.dataDir, 'exports');
  const daemon = await workspace.start(FLAGS);
  await daemon.caughtUp();
  mkdirSync(exports, { recursive: true });
  for (const type of ['export', 'sql']) {
    symlinkSync('/dev/full', join(exports, '.full.ndjson.part'));
    const job = await endOfJob(daemon, { type, path: 'full.ndjson', format: 'ndjson', ...(type === 'sql' ? { sql: 'SELECT 1' } : {}) });
    expect(job).toMatchObject({ state: 'failed', error: storage(exports, 'the disk is full (ENOSPC)') });
  }
  expect(await daemon.stop()).toBe(0);
});

it('a job whose path leads through a file, or to a folder, says so', { timeout: 60_000 }, async () => {
  writeLog();
  const exports = join(workspace.dataDir, 'exports');
  const daemon = await workspace.start(FLAGS);
  await daemon.caughtUp();
  mkdirSync(join(exports, 'folder.ndjson'), { recursive: true });
  writeFileSync(join(exports, 'file'), '');
  for (const [path, why] of [['file/b.ndjson', 'its folder is a file (EEXIST)'], ['file/b/c.ndjson', 'a part of its path is a file (ENOTDIR)'], ['folder.ndjson', 'a folder has its place (EISDIR)']] as const) {
    expect(await endOfJob(daemon, { type: 'sql', sql: 'SELECT 1', path, format: 'ndjson' })).toMatchObject({ state: 'failed', error: storage(join(exports, path), why) });
  }
  expect(await daemon.stop()).toBe(0);
});

it.skipIf(freeBytes >= TIB)('who indexes once is told that the disk is full, and nothing is waited for', { timeout: 60_000 }, async () => {
  writeLog();
  const once = (...flags: string[]): Promise<RunResult> => run(workspace, ['start', '--once', '--root', workspace.root, '--data-dir', workspace.dataDir, ...flags]);
  const { code, stdout, stderr } = await once('--min-free-bytes', '1TiB');
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/"code":"disk_full".*indexing pauses below 1048576 MiB/);
  expect(stderr).toContain(`MiB are free under ${workspace.dataDir}; indexing pauses below 1048576 MiB.\nhint: What was indexed stays.`);
  const { code: later, stdout: summary } = await once('--json');
  expect([later, JSON.parse(summary)]).toMatchObject([0, { lines: 1, caught_up: true, problems: [] }]);
});
