// Puts the archive directory in order before anything writes there: removes what interrupted runs
// left under temporary names, sets aside parts that were named but never listed, and reports Parquet
// files that the manifest does not know. Of parts that were being merged the old ones go, or the new one: their lines are
// in the others. Nothing else that holds lines is ever deleted.

import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import type { ArchiveManifest } from '../core/archive-port.ts';
import { systemCode } from '../core/errors.ts';
import { leftoverOf, replacedBy } from './part-store.ts';

/** Paths relative to the archive directory. */
export interface SweepReport {
  removed: string[];
  /** Complete parts of a crash between naming and listing, now named `.….unlisted`, which readers of whole folders pass over: their lines are due again. */
  setAside: string[];
  /** Parquet files of another index or another hand, left alone. */
  unlisted: string[];
}

/** Only while no archiver runs on the directory. */
export async function sweepArchive(dir: string, manifest: Pick<ArchiveManifest, 'parts'>): Promise<SweepReport> {
  const report: SweepReport = { removed: [], setAside: [], unlisted: [] };
  const entries = await listFiles(dir);
  const listed = new Set((await manifest.parts()).map((part) => part.path));
  const relativePath = (path: string): string => relative(dir, path).split(sep).join('/');
  for (const path of entries) {
    const leftover = leftoverOf(basename(path));
    if (leftover === undefined) continue;
    if (leftover.kind === 'marker') {
      const part = join(dirname(path), `${leftover.id}.parquet`);
      const replaced = replacedBy(await readFile(path, 'utf8'));
      const isListed = listed.has(relativePath(part));
      const superfluous = isListed ? replaced.filter((other) => !listed.has(other)).map((other) => join(dir, other)) : replaced.length > 0 && replaced.every((other) => listed.has(other)) ? [part] : [];
      for (const other of superfluous) {
        if (!entries.delete(other)) continue;
        await rm(other, { force: true });
        report.removed.push(relativePath(other));
      }
      if (entries.has(part) && !isListed) {
        const aside = join(dirname(part), `.${basename(part)}.unlisted`);
        await rename(part, aside);
        entries.delete(part);
        report.setAside.push(relativePath(aside));
      }
    }
    await rm(path, { recursive: true, force: true });
    report.removed.push(relativePath(path));
  }
  for (const path of entries) {
    if (path.endsWith('.parquet') && !listed.has(relativePath(path))) report.unlisted.push(relativePath(path));
  }
  return report;
}

/** Files below the directory, and its spill directories. */
async function listFiles(dir: string): Promise<Set<string>> {
  try {
    const entries = await readdir(dir, { recursive: true, withFileTypes: true });
    return new Set(entries.filter((entry) => entry.isFile() || leftoverOf(entry.name) !== undefined).map((entry) => join(entry.parentPath, entry.name)));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return new Set();
    throw error;
  }
}
