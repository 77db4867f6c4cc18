// The bytes of lines in the order in which they are asked for, for streams: lines that lie close after one
// another in their file are read at once.

import type { SourceFiles } from '../../core/archive-port.ts';
import type { AbsentLines } from './absent-lines.ts';
import { HeldFiles } from './held-files.ts';
import type { LineRange } from './line-range.ts';
import { ReadAhead } from './read-ahead.ts';
import { readFully } from './read-fully.ts';

/** Where lines lie, as columns. */
export interface LinePlaces {
  readonly file: Int32Array;
  readonly byteOffset: Float64Array;
  readonly byteLength: Int32Array;
}

/** `line` is null where its bytes are gone; they are valid during the call only. */
type UseLine = (row: number, line: Uint8Array | null) => void;
/** Rows [first, next) of one file, in its bytes from `start` on, as many as are there; valid during the call only. */
type UseRun = (first: number, next: number, start: number, bytes: Buffer) => void;

/** Reading over a gap is cheaper than a second call up to this many bytes. */
const GAP_BYTES = 4096;
/** What is read at once, unless a single line is longer. */
const RUN_BYTES = 128 * 1024;

/** One buffer for all streams: nothing waits between reading a run and using it up. */
const sharedRoom = Buffer.allocUnsafeSlow(RUN_BYTES);

export class LineRuns {
  private readonly absent: AbsentLines;
  private readonly files: HeldFiles;
  private readonly ahead: ReadAhead;
  private readonly room: Buffer;

  /** `room`: into which bytes are read where they fit. */
  constructor(sources: SourceFiles, absent: AbsentLines, room: Buffer = sharedRoom) {
    this.absent = absent;
    this.files = new HeldFiles(sources);
    this.ahead = new ReadAhead(sources, absent);
    this.room = room;
  }

  /** Uses at least the row `first`, and no row from `end` on. The first row that was not used. */
  visit(places: LinePlaces, first: number, end: number, use: UseLine): Promise<number> {
    return this.visitRun(places, first, end, (from, next, start, bytes) => eachLine(places, from, next, start, bytes, use), use);
  }

  /** The same, run by run; `useLine` where the lines are not in their file any more. */
  async visitRun(places: LinePlaces, first: number, end: number, use: UseRun, useLine: UseLine): Promise<number> {
    const next = runEnd(places, first, end, this.room.length);
    const file = places.file[first] as number;
    const handle = this.files.get(file) ?? (await this.files.open(file));
    if (handle === null) await this.visitAbsent(places, first, next, end, useLine);
    else this.read(handle.fd, places, first, next, use);
    return next;
  }

  /** Before whatever may take long. */
  release(): void {
    this.files.release();
  }

  private async visitAbsent(places: LinePlaces, first: number, next: number, end: number, use: UseLine): Promise<void> {
    const range = (row: number): LineRange => rangeOf(places, row);
    await this.ahead.from(first, end, range);
    const lines = await this.absent.read(places.file[first] as number, Array.from({ length: next - first }, (_, i) => range(first + i)));
    lines.forEach((line, i) => use(first + i, line));
  }

  private read(fd: number, { byteOffset, byteLength }: LinePlaces, first: number, next: number, use: UseRun): void {
    const start = byteOffset[first] as number;
    const length = (byteOffset[next - 1] as number) + (byteLength[next - 1] as number) - start;
    const run = length > this.room.length ? Buffer.allocUnsafeSlow(length) : this.room.subarray(0, length);
    use(first, next, start, run.subarray(0, readFully(fd, run, start)));
  }
}

export function rangeOf({ file, byteOffset, byteLength }: LinePlaces, row: number): LineRange {
  return { file_ix: file[row] as number, byte_offset: byteOffset[row] as number, byte_length: byteLength[row] as number };
}

function eachLine({ byteOffset, byteLength }: LinePlaces, first: number, next: number, start: number, bytes: Buffer, use: UseLine): void {
  for (let row = first; row < next; row++) {
    const at = (byteOffset[row] as number) - start;
    const to = at + (byteLength[row] as number);
    use(row, to <= bytes.length ? bytes.subarray(at, to) : null);
  }
}

function runEnd({ file, byteOffset, byteLength }: LinePlaces, first: number, end: number, bytes: number): number {
  const start = byteOffset[first] as number;
  let next = first + 1;
  for (let reached = start + (byteLength[first] as number); next < end; next++) {
    const at = byteOffset[next] as number;
    if (file[next] !== file[first] || at < reached || at - reached > GAP_BYTES) break;
    reached = at + (byteLength[next] as number);
    if (reached - start > bytes) break;
  }
  return next;
}
