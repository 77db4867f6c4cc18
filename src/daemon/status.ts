// The state of the whole, for /api/status and /health.

import { existsSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import type { LakeStatus } from '../core/answers/lake-status.ts';
import type { RootSetting } from '../core/settings/setting-root.ts';
import type { Engine } from './engine.ts';
import { rootExists } from './roots.ts';
import { VERSION } from './version.ts';

/** Problems that leave something unread, unkept or late, as opposed to a notice. */
const SERIOUS = new Set(['index_gone', 'index_damaged', 'disk_full', 'commit_failed', 'watch_limit', 'unreadable_file', 'unreadable_folder']);

export interface Health {
  status: 'ok' | 'degraded' | 'starting';
  checks: Record<string, unknown>;
}

export async function readStatus(engine: Engine, roots: readonly RootSetting[], sample: boolean): Promise<LakeStatus> {
  const { lake, ingest, problems, archiver } = engine;
  // What was written before somebody asked is hinted at by now, but who asks may have come first in this turn.
  await turn();
  lookForIndex(engine);
  const [totals, archive] = await Promise.all([lake.totals(), lake.archiveStatus()]);
  const seen = ingest.totals();
  return {
    epoch: lake.epoch,
    top: String(lake.top()),
    files: Math.max(totals.files, seen.files),
    bytes_total: Math.max(totals.bytesTotal, seen.bytesTotal),
    bytes_indexed: totals.bytesIndexed,
    lines: totals.lines,
    rejects: totals.rejects,
    sessions: totals.sessions,
    archive: { ...archive, pending_bytes: Math.max(0, archive.pending_bytes - archiver.lostBytes), lost_bytes: archiver.lostBytes, last_error: archiver.lastError },
    caught_up: ingest.isCaughtUp,
    watch_mode: ingest.watchMode,
    lag_ms: ingest.lagMs(),
    problems: problems.list(),
    version: VERSION,
    sample,
    roots: roots.map((root) => ({ ...root, exists: rootExists(root) })),
  };
}

/** A file that is deleted while it is open goes on as ever, for nobody. */
function lookForIndex({ database: { path }, problems }: Engine): boolean {
  const isThere = existsSync(path);
  if (isThere) problems.clear('index_gone', path);
  else problems.raise('index_gone', `${path} was deleted while it was in use: what is indexed now will not be found again.`, { path, hint: 'Start the daemon again: the index is made anew from the logs and the archive.' });
  return isThere;
}

export async function readHealth(engine: Engine): Promise<Health> {
  const isThere = lookForIndex(engine);
  const { ingest, problems, archiver, lake, database } = engine;
  const serious = problems.list().filter((problem) => SERIOUS.has(problem.code));
  const starting = !ingest.hasStarted;
  const degraded = serious.length > 0 || archiver.lastError !== null || !database.isOpen;
  return {
    status: starting ? 'starting' : degraded ? 'degraded' : 'ok',
    checks: {
      index: { ok: database.isOpen && isThere, top: String(lake.top()) },
      ingest: { ok: serious.length === 0, caught_up: ingest.isCaughtUp, lag_ms: ingest.lagMs(), watch_mode: ingest.watchMode, problems: serious.map((problem) => problem.code) },
      archive: { ok: archiver.lastError === null, error: archiver.lastError },
    },
  };
}
