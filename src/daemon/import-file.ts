// Import: an export that somebody downloaded becomes logs in the data directory, which are indexed like
// those of any agent. The same file again, or a newer export, adds only what is new in it.

import { closeSync, mkdirSync, openSync, readFileSync, readSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { isAlive } from '../core/alive.ts';
import { LakeError, messageOf, systemCode } from '../core/errors.ts';
import type { Settings } from '../core/settings/settings.ts';
import { Mirror } from '../mirror/mirror.ts';
import { EXPORT_HEAD_BYTES, EXPORT_NAMES, exportOf } from '../sources/exports.ts';
import { dataPaths, prepareDataDir } from './data-dir.ts';
import type { ImportOptions, ImportResult } from './port.ts';
import { growSparingly } from './spare-memory.ts';

/** What is imported is a gigabyte of garbage and little else: collections are cheap. */
const IMPORT_GROWTH_PERCENT = 30;

export async function importFile(settings: Settings, file: string, { onProgress }: ImportOptions): Promise<ImportResult> {
  growSparingly(IMPORT_GROWTH_PERCENT);
  const path = resolve(file);
  const { head, size } = headOf(path);
  const source = exportOf(head);
  if (source === null) throw new LakeError('unsupported', `${path} is no export that is known.`, { hint: `What can be imported: ${EXPORT_NAMES}.` });
  prepareDataDir(settings.dataDir);
  const dir = dataPaths(settings.dataDir).imports;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const release = lock(join(dir, '.lock'));
  let done = 0;
  try {
    const { items, appended } = await new Mirror(dir, source).take(dirname(path), basename(path), (bytes) => onProgress((done += bytes), Math.max(done, size)));
    return { source: source.id, items, imported: appended, bytes: size };
  } catch (error) {
    throw new LakeError('unsupported', `${path} could not be imported to its end: ${messageOf(error)}`, { cause: error, hint: 'What came before the fault was imported. Download the file again, then import it again: nothing is taken twice.' });
  } finally {
    release();
  }
}

function headOf(path: string): { head: string; size: number } {
  try {
    const stats = statSync(path);
    if (!stats.isFile()) throw new LakeError('unsupported', `${path} is not a file.`, { hint: `What can be imported: ${EXPORT_NAMES}.` });
    const bytes = Buffer.alloc(Math.min(EXPORT_HEAD_BYTES, stats.size));
    const fd = openSync(path, 'r');
    try {
      readSync(fd, bytes, 0, bytes.length, 0);
    } finally {
      closeSync(fd);
    }
    return { head: bytes.toString('utf8'), size: stats.size };
  } catch (error) {
    if (systemCode(error) === 'ENOENT') throw new LakeError('not_found', `There is no file ${path}.`, { cause: error });
    throw error;
  }
}

/** Two imports at once would not see what the other one has taken. */
function lock(path: string): () => void {
  const take = (): void => writeFileSync(path, String(process.pid), { flag: 'wx', mode: 0o600 });
  try {
    take();
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
    const pid = Number(readFileSync(path, 'utf8'));
    if (pid > 0 && isAlive(pid)) throw new LakeError('already_running', `Another import runs (process ${pid}).`, { hint: 'Wait until it has ended.' });
    rmSync(path, { force: true });
    take();
  }
  return () => rmSync(path, { force: true });
}
