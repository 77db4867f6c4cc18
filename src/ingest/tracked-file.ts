// A source file with what this process knows beyond the index: what is read but not committed yet, what failed,
// what is to be looked at. It is a name for a row of its table.

import type { FileEntry } from '../core/file-entry.ts';
import type { FileRows } from './file-rows.ts';
import type { FileStats } from './identity.ts';
import { UNSEARCHED } from './tail.ts';
import type { Piece } from './tail.ts';

export class TrackedFile {
  readonly fileIx: number;
  private readonly rows: FileRows;

  constructor(rows: FileRows, fileIx: number) {
    this.rows = rows;
    this.fileIx = fileIx;
  }

  /** As read so far; ahead of the index by what is queued. */
  get entry(): FileEntry {
    return this.rows.entryOf(this.fileIx);
  }

  set entry(entry: FileEntry) {
    this.rows.set(entry);
  }

  /** Of its entry, without making one. */
  get state(): FileEntry['state'] {
    return this.rows.stateOf(this.fileIx) ?? 'gone';
  }

  get root(): string {
    return this.rows.rootOf(this.fileIx);
  }

  get modifiedMs(): number {
    return this.rows.of.modifiedMs[this.fileIx] as number;
  }

  get offset(): number {
    return this.rows.of.offset[this.fileIx] as number;
  }

  get size(): number {
    return this.rows.of.size[this.fileIx] as number;
  }

  /** Its absolute path. */
  get absolute(): string {
    return this.rows.pathOf(this.fileIx);
  }

  isInode(stats: FileStats): boolean {
    return this.rows.isInode(this.fileIx, stats);
  }

  /** What has no end yet. */
  get searched(): Piece {
    return this.rows.pieces.get(this.fileIx) ?? UNSEARCHED;
  }

  set searched(piece: Piece) {
    if (piece.to > this.offset) this.rows.pieces.set(this.fileIx, piece);
    else this.rows.pieces.delete(this.fileIx);
  }

  /** Size at the last look. */
  get seenSize(): number {
    return this.rows.of.seenSize[this.fileIx] as number;
  }

  set seenSize(size: number) {
    this.rows.setSeenSize(this.fileIx, size);
  }

  /** Time of the last look; with its size, to skip what did not change. */
  get seenModifiedMs(): number {
    return this.rows.of.seenModifiedMs[this.fileIx] as number;
  }

  set seenModifiedMs(ms: number) {
    this.rows.of.seenModifiedMs[this.fileIx] = ms;
  }

  /** When a size without a new line was last written down. */
  get sizedAt(): number {
    return this.rows.of.sizedAt[this.fileIx] as number;
  }

  set sizedAt(ms: number) {
    this.rows.of.sizedAt[this.fileIx] = ms;
  }

  /** Lines from here on were appended while the daemon watched. */
  get liveFrom(): number {
    return this.rows.of.liveFrom[this.fileIx] as number;
  }

  set liveFrom(offset: number) {
    this.rows.of.liveFrom[this.fileIx] = offset;
  }

  /** To be looked at (again), since when. */
  get dirtySince(): number | null {
    const ms = this.rows.of.dirtySince[this.fileIx] as number;
    return Number.isNaN(ms) ? null : ms;
  }

  set dirtySince(ms: number | null) {
    this.rows.of.dirtySince[this.fileIx] = ms ?? Number.NaN;
  }

  get failures(): number {
    return this.rows.of.failures[this.fileIx] as number;
  }

  set failures(count: number) {
    this.rows.of.failures[this.fileIx] = count;
  }

  /** Not looked at before this time, after a failure. */
  get retryAt(): number {
    return this.rows.of.retryAt[this.fileIx] as number;
  }

  set retryAt(ms: number) {
    this.rows.of.retryAt[this.fileIx] = ms;
  }

  get busy(): boolean {
    return this.rows.of.busy[this.fileIx] === 1;
  }

  set busy(busy: boolean) {
    this.rows.of.busy[this.fileIx] = Number(busy);
  }

  /** The index has heard of it. */
  get stored(): boolean {
    return this.rows.of.stored[this.fileIx] === 1;
  }

  set stored(stored: boolean) {
    this.rows.of.stored[this.fileIx] = Number(stored);
  }

  /** Its path is gone; what is still open is read to its end first. */
  get vanished(): boolean {
    return this.rows.of.vanished[this.fileIx] === 1;
  }

  set vanished(vanished: boolean) {
    this.rows.of.vanished[this.fileIx] = Number(vanished);
  }
}
