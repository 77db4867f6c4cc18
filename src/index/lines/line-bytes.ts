// The bytes of lines: from the source file while it holds them, else from elsewhere. Neighbouring
// lines of a file are read at once. What takes long lets others have the thread in between.

import pLimit from 'p-limit';
import type { SourceFiles } from '../../core/archive-port.ts';
import { Turns } from '../../core/time/turns.ts';
import type { AbsentLines } from './absent-lines.ts';
import type { LineRange } from './line-range.ts';
import { ReadAhead } from './read-ahead.ts';
import { readFully } from './read-fully.ts';

/** Reading over a gap is cheaper than a second call up to this many bytes. */
const GAP_BYTES = 4096;
const RUN_MAX_BYTES = 1024 * 1024;

/** Of lines that are read and understood at once, in some milliseconds. */
export const PIECE_BYTES = 512 * 1024;

type Absent = Pick<AbsentLines, 'read' | 'readAll' | 'holds' | 'ahead'>;
type UseLine = (index: number, bytes: Uint8Array) => void;

export class LineBytes {
  private readonly sources: SourceFiles;
  private readonly absent: Absent;
  private run: Buffer | null = null;
  /** For who needs many bytes: one after another, so that they are not all in memory, and nobody waits for all of them. */
  readonly inTurn = pLimit(1);

  constructor(sources: SourceFiles, absent: Absent) {
    this.sources = sources;
    this.absent = absent;
  }

  /** For one who goes through many lines, a few at a time. */
  readAhead(): ReadAhead {
    return new ReadAhead(this.sources, this.absent);
  }

  /** As `visit`, in turn where it is much. */
  async visitInTurn(ranges: readonly LineRange[], use: UseLine): Promise<void> {
    const visit = (): Promise<void> => this.visit(ranges, use);
    return bytesOf(ranges) <= PIECE_BYTES ? visit() : this.inTurn(visit);
  }

  /**
   * Gives each range whose bytes are there to `use`, in any order. The bytes are valid during the call only.
   * `ahead`: told of the first range that is not in its file, before it is looked for elsewhere.
   */
  async visit(ranges: readonly LineRange[], use: UseLine, ahead?: (index: number) => Promise<void>): Promise<void> {
    const gone = new Map<number, number[]>();
    for (const [file, members] of byFile(ranges)) {
      const handle = await this.sources.open(file);
      if (handle === null) {
        gone.set(file, members);
        continue;
      }
      try {
        await this.readRuns(handle.fd, members, ranges, use);
      } finally {
        handle.release();
      }
    }
    const [first] = [...gone.values()].map(([index]) => index as number).toSorted((a, b) => a - b);
    if (first === undefined) return;
    await ahead?.(first);
    await this.readAbsent(gone, ranges, use);
  }

  private async readAbsent(files: ReadonlyMap<number, readonly number[]>, ranges: readonly LineRange[], use: UseLine): Promise<void> {
    const wanted = [...files].map(([file, members]): [number, LineRange[]] => [file, members.map((i) => ranges[i] as LineRange)]);
    const lines = await this.absent.readAll(new Map(wanted));
    const turns = new Turns();
    for (const [file, members] of files) {
      for (const [i, line] of (lines.get(file) ?? []).entries()) {
        if (line !== null) use(members[i] as number, line);
        if (turns.isOver) await turns.next();
      }
    }
  }

  /** From the end of the file to its beginning: whoever looks for the last of some lines has it first. */
  private async readRuns(fd: number, members: readonly number[], ranges: readonly LineRange[], use: UseLine): Promise<void> {
    const turns = new Turns();
    const sorted = members.toSorted((a, b) => (ranges[b] as LineRange).byte_offset - (ranges[a] as LineRange).byte_offset);
    for (let first = 0; first < sorted.length; ) {
      let [start, end] = [Number.POSITIVE_INFINITY, 0];
      let next = first;
      for (; next < sorted.length; next++) {
        const { byte_offset: at, byte_length: length } = ranges[sorted[next] as number] as LineRange;
        const reached = Math.max(end, at + length);
        if (next > first && (start - at - length > GAP_BYTES || reached - at > RUN_MAX_BYTES)) break;
        [start, end] = [at, reached];
      }
      const run = this.room(end - start);
      const read = readFully(fd, run, start);
      for (const i of sorted.slice(first, next)) {
        const range = ranges[i] as LineRange;
        const at = range.byte_offset - start;
        if (at + range.byte_length <= read) use(i, run.subarray(at, at + range.byte_length));
      }
      first = next;
      if (turns.isOver) await turns.next();
    }
  }

  /** One buffer for all runs: nothing waits between reading one and using it up, and nobody has to collect it. */
  private room(length: number): Buffer {
    if (length > RUN_MAX_BYTES) return Buffer.allocUnsafeSlow(length);
    this.run ??= Buffer.allocUnsafeSlow(RUN_MAX_BYTES);
    return this.run.subarray(0, length);
  }
}

export function bytesOf(ranges: readonly LineRange[]): number {
  return ranges.reduce((sum, { byte_length: length }) => sum + length, 0);
}

function byFile(ranges: readonly LineRange[]): Map<number, number[]> {
  const files = new Map<number, number[]>();
  ranges.forEach((range, i) => {
    const members = files.get(range.file_ix);
    if (members === undefined) files.set(range.file_ix, [i]);
    else members.push(i);
  });
  return files;
}
