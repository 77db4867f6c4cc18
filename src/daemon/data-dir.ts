// The data directory: private to its user, with the token and the file by which a running daemon is found.

import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { LakeError, messageOf } from '../core/errors.ts';
import type { Settings } from '../core/settings/settings.ts';
import { isCutShort } from './file-target.ts';
import { makeFolder } from './make-folder.ts';

export interface DataPaths {
  dir: string;
  index: string;
  archive: string;
  temp: string;
  /** Copies of the index that users' SQL reads. */
  sql: string;
  /** Logs made of documents that agents rewrite. */
  mirror: string;
  /** Logs made of what was imported. */
  imports: string;
  /** Files that export jobs write. */
  exports: string;
  /** Jobs that outlive the daemon. */
  jobs: string;
}

/** Throws `config` where it cannot be made or written. */
export function prepareDataDir(dir: string): DataPaths {
  const paths = dataPaths(dir);
  try {
    // DuckDB puts the name of its log before it, so that the log would be in another folder.
    if (dir.includes('?')) throw new Error('its path has a "?" in it');
    makeFolder(dir, 0o700);
    chmodSync(dir, 0o700);
    makeFolder(paths.archive, 0o700);
  } catch (error) {
    throw new LakeError('config', `The data directory ${dir} cannot be used: ${messageOf(error)}`, { cause: error, hint: 'Choose another with --data-dir.' });
  }
  return paths;
}

export function dataPaths(dir: string): DataPaths {
  return { dir, index: join(dir, 'index.duckdb'), archive: join(dir, 'archive'), temp: join(dir, 'tmp'), sql: join(dir, 'sql'), mirror: join(dir, 'mirror'), imports: join(dir, 'imports'), exports: join(dir, 'exports'), jobs: join(dir, 'jobs.ndjson') };
}

/** Drops what exports and the like left when they were killed. Only for who alone has the index: then nobody else writes there. */
export function clearLeftovers({ temp, exports }: DataPaths): void {
  for (const name of namesIn(temp)) rmSync(join(temp, name), { recursive: true, force: true });
  // A job that is begun again writes the same file; one that is not would leave it there.
  for (const name of namesIn(exports, true)) if (isCutShort(basename(name))) rmSync(join(exports, name), { force: true });
}

function namesIn(dir: string, recursive = false): string[] {
  return existsSync(dir) ? readdirSync(dir, { recursive, encoding: 'utf8' }) : [];
}

/** The configured token, else the one kept in the data directory, else a new one. Null without authentication. */
export function ensureToken(settings: Settings): string | null {
  if (settings.noAuth) return null;
  const path = join(settings.dataDir, 'token');
  const kept = existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
  const token = settings.token ?? (kept === '' ? randomBytes(32).toString('base64url') : kept);
  if (token !== kept) writePrivate(path, `${token}\n`);
  return token;
}

export interface DaemonFileContent {
  pid: number;
  url: string;
  version: string;
  started_at: string;
  epoch: string;
}

export function writeDaemonFile(dir: string, content: DaemonFileContent): void {
  writePrivate(join(dir, 'daemon.json'), `${JSON.stringify(content, null, 2)}\n`);
}

/** Who wrote the file last; null where there is none. It may have died since. */
export function readDaemonPid(dir: string): number | null {
  try {
    return (JSON.parse(readFileSync(join(dir, 'daemon.json'), 'utf8')) as DaemonFileContent).pid;
  } catch {
    return null;
  }
}

/** Only the one this process wrote. */
export function removeDaemonFile(dir: string, pid: number): void {
  try {
    if (readDaemonPid(dir) === pid) rmSync(join(dir, 'daemon.json'), { force: true });
  } catch {
    // Where the folder may not be written any more. It names a process that is gone, as after a kill.
  }
}

/** Complete or not there: written aside, then renamed. */
function writePrivate(path: string, text: string): void {
  const aside = `${path}.${process.pid}.tmp`;
  writeFileSync(aside, text, { mode: 0o600 });
  renameSync(aside, path);
}
