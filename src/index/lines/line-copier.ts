// Source lines into chunks of bytes. Lines that follow upon one another in their file are one piece of the
// file, newlines and all, and are read as such into the one buffer of the stream: the cost is that of
// copying. Lines of files that are gone come from the archive, one by one, read ahead.

import { readSync } from 'node:fs';
import type { SourceFiles } from '../../core/archive-port.ts';
import { LakeError } from '../../core/errors.ts';
import type { LineChunk } from '../../core/answers/questions.ts';
import type { ArchivedLines } from './archived-lines.ts';
import { HeldFiles } from './held-files.ts';
import type { LineRange } from './line-range.ts';
import type { LineWindow } from './line-window.ts';
import { ReadAhead } from './read-ahead.ts';

/** The buffer, and the largest chunk. */
const CHUNK_BYTES = 512 * 1024;
/** Archived lines that are held at once, unless a single one is larger. */
const ARCHIVED_BYTES = 256 * 1024;
const NEWLINE = Buffer.from('\n');

/** Of streams that came to their end: the next one need not wait for the collector to free as much again. */
const spares: Buffer[] = [];
const SPARES_MAX = 4;

/** A record without a newline after it: the next one may share its line. */
interface OpenLine {
  offset: number;
  file: number;
  end: number;
}

export class LineCopier {
  /** The last line, where it is not at its end. */
  open: OpenLine | null = null;
  private readonly files: HeldFiles;
  private readonly archived: ArchivedLines;
  private readonly ahead: ReadAhead;
  private readonly buffer = spares.pop() ?? Buffer.allocUnsafeSlow(CHUNK_BYTES);
  private size = 0;
  private rows = 0;
  private last: number;

  /** `after`: the lake offset before the first line. */
  constructor(sources: SourceFiles, archived: ArchivedLines, after: number) {
    this.files = new HeldFiles(sources);
    this.archived = archived;
    this.ahead = new ReadAhead(sources, archived);
    this.last = after;
  }

  /** Gives a chunk whenever the buffer is full. Its bytes are valid until the next one is asked for. */
  async *copy(window: LineWindow): AsyncGenerator<LineChunk> {
    for (let row = 0; row < window.length; ) {
      if (this.open !== null && !this.goesOn(window, row)) yield* this.endLine();
      const end = window.runEnd(row);
      const file = window.file[row] as number;
      let at = window.start[row] as number;
      while (row < end) {
        if (this.size === CHUNK_BYTES) yield this.take();
        const handle = this.files.get(file) ?? (await this.files.open(file));
        if (handle === null) {
          yield* this.copyArchived(window, row, end, at);
          row = end;
        } else {
          at = this.read(handle.fd, at, window.next[end - 1] as number);
          row = this.count(window, row, end, at);
        }
      }
    }
  }

  /** Ends a line of which the end was filtered away. */
  async *endLine(): AsyncGenerator<LineChunk> {
    this.open = null;
    yield* this.put(NEWLINE);
    this.rows += 1;
  }

  /** What the buffer holds; afterwards it is empty, and no file is held open. */
  take(): LineChunk {
    const chunk = { bytes: this.buffer.subarray(0, this.size), rows: this.rows, last: this.last };
    this.size = 0;
    this.rows = 0;
    this.release();
    return chunk;
  }

  get isEmpty(): boolean {
    return this.size === 0;
  }

  release(): void {
    this.files.release();
  }

  /** Nobody uses the last chunk any more, nor this. */
  end(): void {
    if (spares.length < SPARES_MAX) spares.push(this.buffer);
  }

  /** Whether the open line goes on in this row. */
  goesOn(window: LineWindow, row: number): boolean {
    return this.open !== null && row < window.length && window.file[row] === this.open.file && window.start[row] === this.open.end;
  }

  /** The position behind the bytes that were read: what has room. */
  private read(fd: number, at: number, end: number): number {
    const read = readSync(fd, this.buffer, this.size, Math.min(CHUNK_BYTES - this.size, end - at), at);
    // Its identity was checked a moment ago.
    if (read === 0) throw new LakeError('unavailable', 'A source file was cut short while its lines were read.', { hint: 'Ask again.' });
    this.size += read;
    return at + read;
  }

  /** Counts the rows that end before `at`; the first one that does not. */
  private count(window: LineWindow, row: number, end: number, at: number): number {
    let next = row;
    while (next < end && (window.next[next] as number) <= at) this.ended(window, next++);
    return next;
  }

  private ended(window: LineWindow, row: number): void {
    this.last = window.offset[row] as number;
    const isGlued = window.isGlued(row);
    this.open = isGlued ? { offset: this.last, file: window.file[row] as number, end: window.next[row] as number } : null;
    if (!isGlued) this.rows += 1;
  }

  /** `at`: where in the file to go on; the first row may have begun in the chunk before. */
  private async *copyArchived(window: LineWindow, first: number, end: number, at: number): AsyncGenerator<LineChunk> {
    const file = window.file[first] as number;
    for (let row = first; row < end; ) {
      await this.ahead.from(row, window.length, (next) => rangeOf(window, next));
      const ranges = archivedRanges(window, row, end);
      for (const line of await this.archived.read(file, ranges)) {
        const done = Math.max(0, at - (window.start[row] as number));
        if (line === null) {
          if (done > 0) throw new LakeError('unavailable', 'A source file went away while a line of it was read.', { hint: 'Ask again.' });
          this.open = null;
        } else {
          yield* this.put(line.subarray(done));
          if (!window.isGlued(row)) yield* this.put(NEWLINE);
          this.ended(window, row);
        }
        row += 1;
      }
    }
  }

  private async *put(bytes: Uint8Array): AsyncGenerator<LineChunk> {
    for (let at = 0; at < bytes.length; ) {
      if (this.size === CHUNK_BYTES) yield this.take();
      const piece = bytes.subarray(at, at + CHUNK_BYTES - this.size);
      this.buffer.set(piece, this.size);
      this.size += piece.length;
      at += piece.length;
    }
  }
}

function archivedRanges(window: LineWindow, first: number, end: number): LineRange[] {
  const ranges: LineRange[] = [];
  let bytes = 0;
  for (let row = first; row < end; row++) {
    const range = rangeOf(window, row);
    if (ranges.length > 0 && bytes + range.byte_length > ARCHIVED_BYTES) break;
    ranges.push(range);
    bytes += range.byte_length;
  }
  return ranges;
}

function rangeOf(window: LineWindow, row: number): LineRange {
  return { file_ix: window.file[row] as number, byte_offset: window.start[row] as number, byte_length: window.byteLength(row) };
}
