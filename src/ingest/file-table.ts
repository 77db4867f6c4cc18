// Every source file known, by number, by path and by inode, with what this process knows beyond the
// index: what is read but not committed yet, what failed, what is to be looked at.

import type { FileEntry } from '../core/file-entry.ts';
import { UNSEARCHED } from './tail.ts';
import type { Piece } from './tail.ts';

export class TrackedFile {
  /** What has no end yet. */
  searched: Piece = UNSEARCHED;
  /** Lines from here on were appended while the daemon watched. */
  liveFrom = Number.POSITIVE_INFINITY;
  /** To be looked at (again), since when. */
  dirtySince: number | null = null;
  busy = false;
  /** The index has heard of it. */
  stored = true;
  /** Its path is gone; what is still open is read to its end first. */
  vanished = false;
  failures = 0;
  /** Not looked at before this time, after a failure. */
  retryAt = 0;
  /** Time of the last look; with its size, to skip what did not change. */
  seenModifiedMs: number;
  /** When a size without a new line was last written down. */
  sizedAt = 0;
  private known: FileEntry;
  private seen: number;
  private sums: TableSums | null = null;

  constructor(entry: FileEntry, seenSize: number) {
    this.known = entry;
    this.seen = seenSize;
    this.seenModifiedMs = entry.modifiedMs;
  }

  /** As read so far; ahead of the index by what is queued. */
  get entry(): FileEntry {
    return this.known;
  }

  set entry(entry: FileEntry) {
    this.sums?.count(this, -1);
    this.known = entry;
    this.sums?.count(this, 1);
  }

  /** Size at the last look. */
  get seenSize(): number {
    return this.seen;
  }

  set seenSize(size: number) {
    this.sums?.count(this, -1);
    this.seen = size;
    this.sums?.count(this, 1);
  }

  /** From now on it counts there. */
  countIn(sums: TableSums): void {
    if (this.sums === sums) return;
    this.sums = sums;
    sums.count(this, 1);
  }
}

/** What the files that are there come to, as last seen: kept up to date as they change. */
export class TableSums {
  files = 0;
  bytesTotal = 0;
  bytesRead = 0;

  count({ entry: { state, size, offset }, seenSize }: Pick<TrackedFile, 'entry' | 'seenSize'>, sign: 1 | -1): void {
    if (state !== 'present') return;
    this.files += sign;
    this.bytesTotal += sign * Math.max(seenSize, size);
    this.bytesRead += sign * offset;
  }
}

/** So many of those that had the same inode are known by it; what it was before is long overwritten. */
const INODE_FILES = 8;

export class FileTable {
  private readonly byIx = new Map<number, TrackedFile>();
  private readonly byPath = new Map<string, TrackedFile>();
  /** Newest first: a deleted file leaves its inode to another one, a rewritten one its own. Which of them is there its bytes tell. */
  private readonly byInode = new Map<string, TrackedFile[]>();
  private nextIx = 1;
  private counted = new TableSums();

  load(entries: readonly FileEntry[]): void {
    this.byIx.clear();
    this.byPath.clear();
    this.byInode.clear();
    this.counted = new TableSums();
    for (const entry of entries) this.add(track(entry));
  }

  add(file: TrackedFile): void {
    const { entry } = file;
    file.countIn(this.counted);
    this.byIx.set(entry.fileIx, file);
    this.nextIx = Math.max(this.nextIx, entry.fileIx + 1);
    const known = this.byPath.get(pathOf(entry));
    if (entry.state !== 'replaced' && (known === undefined || entry.state === 'present' || known.entry.state !== 'present')) this.byPath.set(pathOf(entry), file);
    // One whose path was taken may have moved: its inode still leads to it.
    const twins = [file, ...this.withInode(inodeOf(entry)).filter((twin) => twin !== file)];
    this.byInode.set(inodeOf(entry), twins.sort((a, b) => b.entry.fileIx - a.entry.fileIx).slice(0, INODE_FILES));
  }

  get sums(): Readonly<TableSums> {
    return this.counted;
  }

  /** A file number that was never given out. */
  takeIx(): number {
    return this.nextIx++;
  }

  at(fileIx: number): TrackedFile | undefined {
    return this.byIx.get(fileIx);
  }

  atPath(absolute: string): TrackedFile | undefined {
    return this.byPath.get(absolute);
  }

  /** Those that may lie in an inode, newest first. */
  withInode(key: string): readonly TrackedFile[] {
    return this.byInode.get(key) ?? [];
  }

  /** Replaces what is known of a file whose path or state changed. */
  move(file: TrackedFile, entry: FileEntry): void {
    if (this.byPath.get(pathOf(file.entry)) === file) this.byPath.delete(pathOf(file.entry));
    file.entry = entry;
    this.add(file);
  }

  all(): FileEntry[] {
    return Array.from(this.byIx.values(), (file) => file.entry);
  }

  /** Files whose path another one has too: what is left where the process died between storing the one and the other. */
  displaced(): TrackedFile[] {
    return [...this.byIx.values()].filter((file) => file.entry.state === 'present' && this.byPath.get(pathOf(file.entry)) !== file);
  }

  present(): TrackedFile[] {
    return [...this.byPath.values()].filter((file) => file.entry.state === 'present');
  }
}

/** A file as the index has it. One that was not read to its end is looked at even if it did not change since: the process may have died while it was read. */
export function track(entry: FileEntry): TrackedFile {
  return new TrackedFile(entry, entry.offset === entry.size ? entry.size : -1);
}

export function pathOf(entry: FileEntry): string {
  return `${entry.root}/${entry.path}`;
}

export function inodeOf(entry: FileEntry): string {
  return `${entry.fingerprint.dev}:${entry.fingerprint.ino}`;
}
