// A log that was deleted before it was archived, while the daemon was away: told once, and no reason to
// doubt the daemon for ever.

import { mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { userLine } from '../support/claude-lines.ts';
import { until, Workspace } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';

interface Status {
  archive: { parts: number; source_bytes: number; pending_bytes: number; lost_bytes: number; last_error: string | null };
  problems: { code: string; message: string; path: string | null; since: string }[];
}

const ARCHIVING = ['--archive-idle-minutes', '0.01', '--sweep-seconds', '0.3'];
let workspace: Workspace;
afterEach(() => workspace.remove());

/** Quiet for an hour, indexed and not archived; the daemon is stopped. */
async function indexedLogs(): Promise<{ path: string; bytes: number }[]> {
  workspace = new Workspace();
  mkdirSync(join(workspace.root, 'p'));
  const logs = ['kept', 'lost'].map((session) => {
    const path = join(workspace.root, 'p', `${session}.jsonl`);
    const text = Array.from({ length: 3 }, (_, n) => `${userLine({ session, n })}\n`).join('');
    writeFileSync(path, text);
    utimesSync(path, Date.now() / 1000 - 3600, Date.now() / 1000 - 3600);
    return { path, bytes: Buffer.byteLength(text) };
  });
  const daemon = await workspace.start(['--no-archive']);
  await daemon.caughtUp();
  expect(await daemon.stop()).toBe(0);
  return logs;
}

const status = (daemon: Daemon): Promise<Status> => daemon.get<Status>('/api/status');

it('is named with what was lost, its records stay, and /health is ok, also after the next start', { timeout: 90_000 }, async () => {
  const [kept, lost] = (await indexedLogs()) as [{ path: string; bytes: number }, { path: string; bytes: number }];
  rmSync(lost.path);
  for (let start = 0; start < 2; start++) {
    const daemon = await workspace.start(ARCHIVING);
    await until(async () => (await status(daemon)).archive.lost_bytes > 0);
    const { archive, problems } = await status(daemon);
    expect(archive).toMatchObject({ parts: 1, source_bytes: kept.bytes, pending_bytes: 0, lost_bytes: lost.bytes, last_error: null });
    expect(problems).toEqual([expect.objectContaining({ code: 'lost_log', path: lost.path, message: expect.stringContaining(`${lost.bytes} bytes`) as string, since: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string })]);
    expect(await daemon.get('/health')).toMatchObject({ status: 'ok', checks: { archive: { ok: true, error: null } } });
    const { items } = await daemon.get<{ items: { text: string | null }[] }>('/api/sessions/lost/messages');
    expect(items.map(({ text }) => text)).toEqual([null, null, null]);
    const files = await daemon.all<{ path: string; state: string; offset: number; archived_bytes: number }>('/api/files');
    expect(files.find(({ path }) => path === lost.path)).toMatchObject({ state: 'gone', offset: lost.bytes, archived_bytes: 0 });
    expect(await daemon.stop()).toBe(0);
  }
});

it('is archived after all when it comes back', { timeout: 90_000 }, async () => {
  const [kept, lost] = (await indexedLogs()) as [{ path: string; bytes: number }, { path: string; bytes: number }];
  const aside = join(workspace.dir, 'aside');
  renameSync(lost.path, aside);
  const daemon = await workspace.start(ARCHIVING);
  await until(async () => (await status(daemon)).problems.length === 1);
  expect((await status(daemon)).problems[0]?.message).toContain('unless it comes back');
  renameSync(aside, lost.path);
  await until(async () => (await status(daemon)).archive.source_bytes === kept.bytes + lost.bytes);
  expect(await status(daemon)).toMatchObject({ archive: { pending_bytes: 0, lost_bytes: 0, last_error: null }, problems: [] });
});
