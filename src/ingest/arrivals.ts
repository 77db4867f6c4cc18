// Who a found file is: one already known, one that moved, another that took a known one's place, or a
// new one. Decides names and generations; reads nothing but what identity needs.

import { closeSync, lstatSync, openSync } from 'node:fs';
import type { Stats } from 'node:fs';
import type { FileEntry } from '../core/file-entry.ts';
import { adapterOf } from '../sources/registry.ts';
import type { FoundFile } from './discover.ts';
import { pathOf, track } from './file-table.ts';
import type { FileTable, TrackedFile } from './file-table.ts';
import { checkIdentity, freshFingerprint, inodeKey, statOf } from './identity.ts';

export class Arrivals {
  private readonly table: FileTable;
  private readonly startedMs: number;
  /** Called with a file whose place was taken: its last state is to be stored. */
  private readonly onReplaced: (file: TrackedFile) => void;

  constructor(table: FileTable, startedMs: number, onReplaced: (file: TrackedFile) => void) {
    this.table = table;
    this.startedMs = startedMs;
    this.onReplaced = onReplaced;
  }

  /** The tracked file, and whether there is something to read or to store. Null for a second name of a known file. */
  arrive(found: FoundFile): { file: TrackedFile; changed: boolean } | null {
    const known = this.table.atPath(found.absolute);
    if (known !== undefined && isInode(known.entry, found.stats) && known.entry.state === 'present') {
      known.vanished = false;
      return { file: known, changed: differs(known, found.stats) };
    }
    const twin = this.table.withInode(inodeKey(found.stats));
    if (twin !== undefined && twin !== known) {
      if (twin.entry.state === 'present' && stillThere(twin.entry)) return null;
      if (isSameFile(twin.entry, found.absolute)) return this.moved(twin, found);
    }
    if (known !== undefined && isInode(known.entry, found.stats) && isSameFile(known.entry, found.absolute)) return this.moved(known, found);
    return { file: this.create(found, known), changed: true };
  }

  /** The same path begins anew: truncated, rewritten or made again. */
  replace(file: TrackedFile, stats: Stats): TrackedFile {
    const { root, path, source } = file.entry;
    return this.create({ root: { source, path: root }, path, absolute: pathOf(file.entry), stats }, file, 0);
  }

  private moved(file: TrackedFile, found: FoundFile): { file: TrackedFile; changed: boolean } {
    this.table.move(file, { ...file.entry, root: found.root.path, path: found.path, state: 'present' });
    file.vanished = false;
    file.stored = false;
    return { file, changed: true };
  }

  private create(found: FoundFile, before: TrackedFile | undefined, liveFrom?: number): TrackedFile {
    const { root, path, stats } = found;
    if (before !== undefined && before.entry.state !== 'replaced') {
      this.table.move(before, { ...before.entry, state: 'replaced' });
      this.onReplaced(before);
    }
    const entry: FileEntry = {
      fileIx: this.table.takeIx(),
      source: root.source,
      root: root.path,
      path,
      project: adapterOf(root.source).describe(root.path, path).project,
      generation: before === undefined ? 0 : before.entry.generation + 1,
      fingerprint: freshFingerprint(stats),
      offset: 0,
      lines: 0,
      rejects: 0,
      size: stats.size,
      modifiedMs: Math.trunc(stats.mtimeMs),
      adapterState: '',
      state: 'present',
    };
    const file = track(entry);
    file.stored = false;
    file.liveFrom = liveFrom ?? (stats.birthtimeMs >= this.startedMs ? 0 : stats.size);
    this.table.add(file);
    return file;
  }
}

export function differs(file: TrackedFile, stats: Stats): boolean {
  return stats.size !== file.seenSize || Math.trunc(stats.mtimeMs) !== file.seenModifiedMs || !file.stored;
}

function isInode(entry: FileEntry, stats: Stats): boolean {
  return entry.fingerprint.dev === String(stats.dev) && entry.fingerprint.ino === String(stats.ino);
}

function stillThere(entry: FileEntry): boolean {
  try {
    return isInode(entry, lstatSync(pathOf(entry)));
  } catch {
    return false;
  }
}

function isSameFile(entry: FileEntry, absolute: string): boolean {
  try {
    const fd = openSync(absolute, 'r');
    try {
      return checkIdentity(fd, statOf(fd), entry) === null;
    } finally {
      closeSync(fd);
    }
  } catch {
    return false;
  }
}
