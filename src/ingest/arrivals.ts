// Who a found file is: one already known, one that moved, another that took a known one's place, or a
// new one. Decides names and generations; reads nothing but what identity needs.

import { closeSync, lstatSync } from 'node:fs';
import type { FileEntry } from '../core/file-entry.ts';
import { adapterOf } from '../sources/registry.ts';
import type { FoundFile } from './discovery.ts';
import type { FileTable } from './file-table.ts';
import { checkIdentity, freshFingerprint, inodeKey, isGone, openSource, statOf } from './identity.ts';
import type { FileStats } from './identity.ts';
import { SessionNames } from './session-names.ts';
import type { TrackedFile } from './tracked-file.ts';

interface Arrival {
  file: TrackedFile;
  /** There is something to read or to store. */
  changed: boolean;
  /** Its path before, where it moved. */
  movedFrom?: string;
}

export class Arrivals {
  /** Of what is in the table. */
  names = new SessionNames();
  private readonly table: FileTable;
  private readonly startedMs: number;
  /** Called with a file whose place was taken: its last state is to be stored. `intact`: it may go on elsewhere, or be read on while it is open. */
  private readonly onReplaced: (file: TrackedFile, intact: boolean) => void;

  constructor(table: FileTable, startedMs: number, onReplaced: (file: TrackedFile, intact: boolean) => void) {
    this.table = table;
    this.startedMs = startedMs;
    this.onReplaced = onReplaced;
  }

  /** Null for a second name of a known file, and for a name that stands for something else by now. */
  arrive(found: FoundFile): Arrival | null {
    const known = this.table.atPath(found.absolute);
    if (known?.state === 'present' && known.isInode(found.stats)) {
      known.vanished = false;
      known.liveFrom = Math.min(known.liveFrom, found.stats.size);
      return { file: known, changed: differs(known, found.stats) };
    }
    // What follows gives files their names, so it must be so now, not when a folder was listed.
    return standsFor(found.absolute, inodeKey(found.stats)) ? this.place(found, known) : null;
  }

  /** The file was truncated or rewritten: its path begins anew, unless what is there now is known from elsewhere. */
  replace(file: TrackedFile, stats: FileStats): Arrival | null {
    const { root, path, source } = file.entry;
    this.retire(file, false);
    return this.place({ root: { source, path: root }, path, absolute: file.absolute, stats }, file, 0);
  }

  private place(found: FoundFile, known: TrackedFile | undefined, liveFrom?: number): Arrival | null {
    const twins = this.table.withInode(inodeKey(found.stats));
    const twin = twins.find((other) => other !== known && other.state === 'present' && standsFor(other.absolute, inodeKey(found.stats)));
    if (twin !== undefined) {
      this.retire(known, true);
      if (twin.absolute !== found.absolute) return null;
      // Both have this path in the index, where the process died before the other's move was stored.
      this.table.move(twin, twin.entry);
      return { file: twin, changed: differs(twin, found.stats) };
    }
    for (const candidate of candidates(twins, known)) {
      if (!candidate.isInode(found.stats)) continue;
      const verdict = compare(candidate.entry, found.absolute);
      // Taken for a new file it would be read twice: it is found where it is by now.
      if (verdict === 'moved on') return null;
      if (verdict === 'same') return this.moved(candidate, found, candidate === known ? undefined : known);
    }
    this.retire(known, true);
    return { file: this.create(found, known, liveFrom), changed: true };
  }

  private moved(file: TrackedFile, found: FoundFile, before: TrackedFile | undefined): Arrival {
    this.retire(before, true);
    const movedFrom = file.absolute;
    const { root, path } = found;
    this.table.move(file, { ...file.entry, ...this.unread(file.entry, found), root: root.path, path, state: 'present' });
    file.vanished = false;
    file.stored = false;
    file.liveFrom = Math.min(file.liveFrom, found.stats.size);
    return { file, changed: true, movedFrom };
  }

  /** Another file has its path now. One that is gone stays gone: it was deleted, not replaced. */
  retire(file: TrackedFile | undefined, intact: boolean): void {
    if (file?.state !== 'present') return;
    this.table.move(file, { ...file.entry, state: 'replaced' });
    this.onReplaced(file, intact);
  }

  /** Where nothing was read under the old name, nothing belongs to its project; and with nothing to compare it may be another file. */
  private unread(entry: FileEntry, { root, path, stats }: FoundFile): Partial<FileEntry> {
    if (entry.offset > 0) return {};
    const { source } = root;
    return { source, project: adapterOf(source).describe(root.path, path).project, adapterState: this.names.begin({ source, root: root.path, path }), fingerprint: freshFingerprint(stats) };
  }

  private create(found: FoundFile, before: TrackedFile | undefined, liveFrom?: number): TrackedFile {
    const { root, path, stats } = found;
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
      adapterState: this.names.begin({ source: root.source, root: root.path, path }),
      state: 'present',
    };
    const file = this.table.add(entry);
    file.stored = false;
    file.liveFrom = liveFrom ?? (stats.birthtimeMs >= this.startedMs ? 0 : stats.size);
    return file;
  }
}

export function differs(file: TrackedFile, stats: FileStats): boolean {
  return stats.size !== file.seenSize || Math.trunc(stats.mtimeMs) !== file.seenModifiedMs || !file.stored;
}

/** Of one that was not read yet nothing but the inode can be told: it is asked last. */
function candidates(twins: readonly TrackedFile[], known: TrackedFile | undefined): TrackedFile[] {
  const all = [...new Set(known === undefined ? twins : [...twins, known])];
  return [...all.filter(({ offset }) => offset > 0), ...all.filter(({ offset }) => offset === 0)];
}

function standsFor(absolute: string, inode: string): boolean {
  try {
    return inodeKey(lstatSync(absolute)) === inode;
  } catch {
    return false;
  }
}

/** What an entry's inode, found at a path, turns out to be there. */
function compare(entry: FileEntry, absolute: string): 'same' | 'rewritten' | 'moved on' {
  try {
    const fd = openSource(absolute);
    try {
      const fault = checkIdentity(fd, statOf(fd), entry);
      return fault === null ? 'same' : fault === 'another_inode' ? 'moved on' : 'rewritten';
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    // What cannot be read now is checked again when it is read.
    return isGone(error) ? 'moved on' : 'same';
  }
}
