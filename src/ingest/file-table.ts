// Every source file known, by number, by path and by inode.

import { RowIndex, rowHash } from '../core/columns/row-index.ts';
import type { FileEntry } from '../core/file-entry.ts';
import { FileRows } from './file-rows.ts';
import type { TableSums } from './file-rows.ts';
import { TrackedFile } from './tracked-file.ts';

/** So many of those that had the same inode are known by it; what it was before is long overwritten. */
const INODE_FILES = 8;

export class FileTable {
  private rows = new FileRows();
  /** Made when they are asked for; the same ones from then on. */
  private files: (TrackedFile | undefined)[] = [];
  private byPath = new RowIndex();
  /** A deleted file leaves its inode to another one, a rewritten one its own. Which of them is there its bytes tell. */
  private byInode = new RowIndex();
  private nextIx = 1;

  /** From now on it is what another one is, which is not to be used any more. */
  become({ rows, byPath, byInode, nextIx }: FileTable): void {
    this.rows = rows;
    this.byPath = byPath;
    this.byInode = byInode;
    this.files = [];
    this.nextIx = Math.max(this.nextIx, nextIx);
  }

  /** A file that is not there yet. */
  add(entry: FileEntry): TrackedFile {
    this.put(entry);
    return this.fileOf(entry.fileIx);
  }

  /** As `add`, for many: it is made when it is asked for. */
  put(entry: FileEntry): void {
    this.rows.set(entry);
    this.nextIx = Math.max(this.nextIx, entry.fileIx + 1);
    this.place(entry);
  }

  get sums(): Readonly<TableSums> {
    return this.rows.sums;
  }

  /** A file number that was never given out. */
  takeIx(): number {
    return this.nextIx++;
  }

  at(fileIx: number): TrackedFile | undefined {
    return this.rows.has(fileIx) ? this.fileOf(fileIx) : undefined;
  }

  atPath(absolute: string): TrackedFile | undefined {
    const ix = this.placedAt(absolute, rowHash(absolute));
    return ix === 0 ? undefined : this.fileOf(ix);
  }

  /** Those that may lie in an inode, newest first. One whose path was taken may have moved: its inode still leads to it. */
  withInode(key: string): readonly TrackedFile[] {
    return this.lyingIn(key).map((ix) => this.fileOf(ix));
  }

  /** Replaces what is known of a file whose path or state changed. */
  move(file: TrackedFile, entry: FileEntry): void {
    const { fileIx: ix } = file;
    this.unplace(ix, rowHash(file.absolute));
    this.byInode.delete(rowHash(this.rows.inodeOf(ix)), ix);
    file.entry = entry;
    this.place(entry);
  }

  /** Files whose path another one has too: what is left where the process died between storing the one and the other. */
  displaced(): TrackedFile[] {
    return this.presentWhere(({ placed }, ix) => placed[ix] === 0);
  }

  present(): TrackedFile[] {
    return this.presentWhere(({ placed }, ix) => placed[ix] === 1);
  }

  /** Of those that are present, the ones that could not be read. */
  failed(): TrackedFile[] {
    return this.presentWhere(({ placed, failures }, ix) => placed[ix] === 1 && failures[ix] !== 0);
  }

  private presentWhere(is: (of: FileRows['of'], ix: number) => boolean): TrackedFile[] {
    const found: TrackedFile[] = [];
    const { of, last } = this.rows;
    for (let ix = 1; ix <= last; ix++) if (this.rows.stateOf(ix) === 'present' && is(of, ix)) found.push(this.fileOf(ix));
    return found;
  }

  private fileOf(ix: number): TrackedFile {
    return (this.files[ix] ??= new TrackedFile(this.rows, ix));
  }

  private place(entry: FileEntry): void {
    const { fileIx: ix, state } = entry;
    const absolute = pathOf(entry);
    const hash = rowHash(absolute);
    const known = this.placedAt(absolute, hash);
    if (known !== ix && state !== 'replaced' && (known === 0 || state === 'present' || this.rows.stateOf(known) !== 'present')) {
      this.unplace(known, hash);
      this.byPath.add(hash, ix);
      this.rows.of.placed[ix] = 1;
    }
    const inode = inodeOf(entry);
    const inodeHash = rowHash(inode);
    this.byInode.add(inodeHash, ix);
    if (this.byInode.all(inodeHash).length <= INODE_FILES) return;
    const oldest = this.lyingIn(inode)[INODE_FILES];
    if (oldest !== undefined) this.byInode.delete(inodeHash, oldest);
  }

  private unplace(ix: number, hash: number): void {
    if (ix === 0) return;
    this.byPath.delete(hash, ix);
    this.rows.of.placed[ix] = 0;
  }

  private placedAt(absolute: string, hash: number): number {
    return this.byPath.find(hash, (ix) => this.rows.pathOf(ix) === absolute);
  }

  /** Newest first. */
  private lyingIn(inode: string): number[] {
    return this.byInode.all(rowHash(inode)).filter((ix) => this.rows.inodeOf(ix) === inode).sort((a, b) => b - a);
  }
}

export function pathOf(entry: FileEntry): string {
  return `${entry.root}/${entry.path}`;
}

export function inodeOf(entry: FileEntry): string {
  return `${entry.fingerprint.dev}:${entry.fingerprint.ino}`;
}
