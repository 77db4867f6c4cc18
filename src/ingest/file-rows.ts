// What is known of each source file, by its number, in columns: some hundred bytes beside its texts. Files that are
// read are asked for again and again, so the entries that were asked for last are kept.

import { LRUCache } from 'lru-cache';
import { Columns } from '../core/columns/columns.ts';
import { SharedTexts } from '../core/columns/shared-texts.ts';
import { TextRows } from '../core/columns/text-rows.ts';
import type { FileEntry, Fingerprint } from '../core/file-entry.ts';
import type { FileStats } from './identity.ts';
import type { Piece } from './tail.ts';

/** `seen…`: at the last look. `dirtySince`: NaN for not at all. `stored`: the index has heard of it. `placed`: its path leads to it. */
const SHAPE = {
  source: Uint32Array, root: Uint32Array, project: Uint32Array, generation: Uint32Array, dev: Uint32Array, ino: Float64Array, birthMs: Float64Array, headLength: Uint16Array,
  offset: Float64Array, lines: Uint32Array, rejects: Uint32Array, size: Float64Array, modifiedMs: Float64Array, state: Uint8Array,
  seenSize: Float64Array, seenModifiedMs: Float64Array, sizedAt: Float64Array, liveFrom: Float64Array, dirtySince: Float64Array, failures: Uint32Array, retryAt: Float64Array, busy: Uint8Array, stored: Uint8Array, vanished: Uint8Array, placed: Uint8Array,
} as const;
/** Its place is its number; 0 stands for no file. */
const STATES = [null, 'present', 'gone', 'replaced'] as const satisfies readonly (FileEntry['state'] | null)[];
const PRESENT = STATES.indexOf('present');
/** More than are read at a time. */
const ENTRIES_KEPT = 512;

/** What the files that are there come to, as last seen: kept up to date as they change. */
export class TableSums {
  files = 0;
  bytesTotal = 0;
  bytesRead = 0;
}

export class FileRows {
  readonly sums = new TableSums();
  /** Lines without an end, as far as they were searched; of few files. */
  readonly pieces = new Map<number, Piece>();
  /** The highest number of a file. */
  last = 0;
  private readonly columns = new Columns(SHAPE);
  private readonly texts = new SharedTexts();
  private readonly paths = new TextRows();
  private readonly states = new TextRows();
  /** Of head and tail, with a space between. */
  private readonly hashes = new TextRows();
  private readonly entries = new LRUCache<number, FileEntry>({ max: ENTRIES_KEPT });

  /** Good until another file is added. */
  get of(): Columns<typeof SHAPE>['of'] {
    return this.columns.of;
  }

  has(ix: number): boolean {
    return (this.of.state[ix] ?? 0) !== 0;
  }

  stateOf(ix: number): FileEntry['state'] | null {
    return STATES[this.of.state[ix] ?? 0] ?? null;
  }

  rootOf(ix: number): string {
    return this.texts.at(this.of.root[ix] as number);
  }

  /** Absolute. */
  pathOf(ix: number): string {
    return `${this.rootOf(ix)}/${this.paths.at(ix)}`;
  }

  inodeOf(ix: number): string {
    return `${this.texts.at(this.of.dev[ix] as number)}:${this.of.ino[ix]}`;
  }

  isInode(ix: number, { dev, ino }: Pick<FileStats, 'dev' | 'ino'>): boolean {
    return this.of.ino[ix] === ino && this.texts.at(this.of.dev[ix] as number) === String(dev);
  }

  entryOf(ix: number): FileEntry {
    const known = this.entries.get(ix);
    if (known !== undefined) return known;
    const { of, texts } = this;
    const [headHash = '', tailHash = ''] = this.hashes.at(ix).split(' ');
    const entry: FileEntry = {
      fileIx: ix,
      source: texts.at(of.source[ix] as number),
      root: texts.at(of.root[ix] as number),
      path: this.paths.at(ix),
      project: texts.at(of.project[ix] as number),
      generation: of.generation[ix] as number,
      fingerprint: { dev: texts.at(of.dev[ix] as number), ino: String(of.ino[ix]), birthMs: of.birthMs[ix] as number, headLength: of.headLength[ix] as number, headHash, tailHash },
      offset: of.offset[ix] as number,
      lines: of.lines[ix] as number,
      rejects: of.rejects[ix] as number,
      size: of.size[ix] as number,
      modifiedMs: of.modifiedMs[ix] as number,
      adapterState: this.states.at(ix),
      state: STATES[of.state[ix] as number] ?? 'gone',
    };
    this.entries.set(ix, entry);
    return entry;
  }

  /** Puts a file in, or replaces what is known of it. One that was not read to its end is to be looked at even if it did not change since: the process may have died while it was read. */
  set(entry: FileEntry): void {
    const { fileIx: ix, offset, size, modifiedMs } = entry;
    if (this.has(ix)) this.count(ix, -1);
    else this.begin(ix, offset === size ? size : -1, modifiedMs);
    const { of, texts } = this;
    of.source[ix] = texts.numberOf(entry.source);
    of.root[ix] = texts.numberOf(entry.root);
    of.project[ix] = texts.numberOf(entry.project);
    of.generation[ix] = entry.generation;
    of.offset[ix] = offset;
    of.lines[ix] = entry.lines;
    of.rejects[ix] = entry.rejects;
    of.size[ix] = size;
    of.modifiedMs[ix] = modifiedMs;
    of.state[ix] = STATES.indexOf(entry.state);
    this.paths.set(ix, entry.path);
    this.states.set(ix, entry.adapterState);
    this.setFingerprint(ix, entry.fingerprint);
    this.entries.delete(ix);
    this.count(ix, 1);
  }

  setSeenSize(ix: number, size: number): void {
    this.count(ix, -1);
    this.of.seenSize[ix] = size;
    this.count(ix, 1);
  }

  private setFingerprint(ix: number, { dev, ino, birthMs, headLength, headHash, tailHash }: Fingerprint): void {
    const { of } = this;
    of.dev[ix] = this.texts.numberOf(dev);
    of.ino[ix] = Number(ino);
    of.birthMs[ix] = birthMs;
    of.headLength[ix] = headLength;
    this.hashes.set(ix, `${headHash} ${tailHash}`);
  }

  private begin(ix: number, seenSize: number, modifiedMs: number): void {
    this.columns.reserve(ix);
    this.last = Math.max(this.last, ix);
    const { of } = this;
    of.seenSize[ix] = seenSize;
    of.seenModifiedMs[ix] = modifiedMs;
    of.liveFrom[ix] = Number.POSITIVE_INFINITY;
    of.dirtySince[ix] = Number.NaN;
    of.stored[ix] = 1;
  }

  private count(ix: number, sign: 1 | -1): void {
    const { of, sums } = this;
    if (of.state[ix] !== PRESENT) return;
    sums.files += sign;
    sums.bytesTotal += sign * Math.max(of.seenSize[ix] as number, of.size[ix] as number);
    sums.bytesRead += sign * (of.offset[ix] as number);
  }
}
