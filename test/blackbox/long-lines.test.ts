// A line that is too long for a part of the archive: it alone is left out, and said so.

import { appendFileSync, mkdirSync, openSync, closeSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { userLine } from '../support/claude-lines.ts';
import { run, Workspace } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { archiveAll, runJob } from './support/archive.ts';

const ARCHIVED_LINE_MAX_BYTES = 256 * 1024 * 1024;
const LONG_BYTES = ARCHIVED_LINE_MAX_BYTES + 1;

interface Status {
  archive: { pending_bytes: number; lost_bytes: number; last_error: string | null };
  problems: { code: string; message: string; path: string | null; hint: string | null }[];
}

let workspace: Workspace;
afterEach(() => workspace.remove());

const talk = (from: number, to: number): string => Array.from({ length: to - from }, (_, i) => `${userLine({ session: 'long', n: from + i })}\n`).join('');

/** Of NULs, which take no room on the disk. Returns where it begins. */
function appendLongLine(path: string): number {
  const { size } = statSync(path);
  truncateSync(path, size + LONG_BYTES);
  appendFileSync(path, '\n');
  return size;
}

function loseIndex(): void {
  for (const name of readdirSync(workspace.dataDir)) if (name.startsWith('index.duckdb')) rmSync(join(workspace.dataDir, name));
}

const fileOf = async (daemon: Daemon): Promise<Record<string, unknown> | undefined> => (await daemon.all('/api/files'))[0];
const rejectsOf = (daemon: Daemon): Promise<Record<string, unknown>[]> => daemon.all('/api/rejects');

it('is left out alone: what comes before and after it is archived, and stays when log and index are gone', { timeout: 180_000 }, async () => {
  workspace = new Workspace();
  mkdirSync(join(workspace.root, 'p'));
  const log = join(workspace.root, 'p', 'long.jsonl');
  writeFileSync(log, talk(0, 2));
  const from = appendLongLine(log);
  const to = from + LONG_BYTES + 1;
  appendFileSync(log, talk(2, 4));
  let daemon = await workspace.start(['--no-archive']);
  await daemon.caughtUp();
  await archiveAll(daemon);
  const archived = talk(0, 4).length;
  expect(await fileOf(daemon)).toMatchObject({ offset: statSync(log).size, archived_bytes: archived, lines: 5 });
  const told = { code: 'long_line', path: log, message: expect.stringContaining(`bytes ${from} to ${to}`) as string };
  expect(await daemon.get<Status>('/api/status')).toMatchObject({ archive: { pending_bytes: 0, lost_bytes: 0, last_error: null }, problems: [told] });
  expect(await daemon.get('/health')).toMatchObject({ status: 'ok' });

  // It is not due again, and what comes later is.
  appendFileSync(log, talk(4, 6));
  await expect.poll(async () => (await fileOf(daemon))?.['lines']).toBe(7);
  expect(await runJob(daemon, { type: 'archive_run', all: true })).toMatchObject({ result: { parts: 1, rows: 2 } });
  expect(await runJob(daemon, { type: 'archive_run', all: true })).toMatchObject({ result: { parts: 0 } });
  expect(await runJob(daemon, { type: 'archive_compact' })).toMatchObject({ result: { merged: 3, parts: 1, rows: 6, skipped: [] } });
  expect(await runJob(daemon, { type: 'archive_verify' })).toMatchObject({ result: { problems: [] } });
  expect(await daemon.get('/api/reconcile')).toMatchObject({ ok: true, counts: {} });
  expect(await daemon.stop()).toBe(0);

  // The index is lost, the log is there: it is read on from, and nothing is archived twice.
  loseIndex();
  daemon = await workspace.start(['--no-archive']);
  await daemon.caughtUp();
  expect(await fileOf(daemon)).toMatchObject({ offset: statSync(log).size, archived_bytes: talk(0, 6).length, lines: 7, generation: 0, state: 'present' });
  expect(await rejectsOf(daemon)).toMatchObject([{ reason: 'too_large', line: 3, byte_offset: from, byte_length: LONG_BYTES }]);
  expect(await runJob(daemon, { type: 'archive_run', all: true })).toMatchObject({ result: { parts: 0 } });
  expect(await daemon.get('/api/status')).toMatchObject({ problems: [told] });

  // The log is gone: all but that line stays.
  expect(await daemon.stop()).toBe(0);
  rmSync(log);
  daemon = await workspace.start(['--no-archive']);
  await daemon.caughtUp();
  expect(await daemon.text('/api/export?format=jsonl')).toBe(talk(0, 6));
  expect(await daemon.get('/api/reconcile')).toMatchObject({ ok: true, counts: { text_lost: 1 } });
  await runJob(daemon, { type: 'archive_run', all: true });
  expect(await daemon.get('/api/status')).toMatchObject({ archive: { pending_bytes: 0, lost_bytes: 0, last_error: null }, problems: [{ ...told, message: expect.stringContaining('gone with the log') as string }] });
  const restored = await run(workspace, ['restore', 'long', '--data-dir', workspace.dataDir, '-o', join(workspace.dir, 'back')]);
  expect(restored.code).toBe(1);
  expect(restored.stderr).toContain(`${log}: ${LONG_BYTES + 1} bytes of it are in no part of the archive, and its log is gone`);
  expect(await daemon.stop()).toBe(0);

  // Log and index are gone: one rejected line stands for it.
  loseIndex();
  daemon = await workspace.start(['--no-archive']);
  expect(await rejectsOf(daemon)).toMatchObject([{ reason: 'lost', line: 3, byte_offset: from, byte_length: LONG_BYTES }]);
  expect(await daemon.text('/api/export?format=jsonl')).toBe(talk(0, 6));
  expect(await daemon.get('/api/sessions/long')).toMatchObject({ message_count: 6 });
  expect(await daemon.stop()).toBe(0);
});

it('may be all of a file, or its beginning and its end', { timeout: 120_000 }, async () => {
  workspace = new Workspace();
  mkdirSync(join(workspace.root, 'p'));
  const [only, around] = ['only', 'around'].map((name) => join(workspace.root, 'p', `${name}.jsonl`)) as [string, string];
  for (const path of [only, around]) {
    closeSync(openSync(path, 'w'));
    appendLongLine(path);
  }
  const file = openSync(around, 'a');
  writeSync(file, talk(0, 3));
  closeSync(file);
  appendLongLine(around);
  let daemon = await workspace.start(['--no-archive']);
  await daemon.caughtUp();
  expect(await runJob(daemon, { type: 'archive_run', all: true })).toMatchObject({ result: { parts: 1, rows: 3 } });
  expect(await runJob(daemon, { type: 'archive_run', all: true })).toMatchObject({ result: { parts: 0 } });
  const { archive, problems } = await daemon.get<Status>('/api/status');
  expect(archive).toMatchObject({ pending_bytes: 0, last_error: null });
  expect(problems.map(({ code, path }) => `${code} ${path ?? ''}`).toSorted()).toEqual([`long_line ${around}`, `long_line ${only}`]);
  expect(await daemon.stop()).toBe(0);
  for (const path of [only, around]) rmSync(path);
  daemon = await workspace.start(['--no-archive']);
  expect(await daemon.text('/api/export?format=jsonl')).toBe(talk(0, 3));
  expect(await daemon.stop()).toBe(0);
});
