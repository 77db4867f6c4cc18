// The bytes of lines: from the source file while it holds them, else from the archive. Neighbouring
// lines of a file are read at once.

import { readSync } from 'node:fs';
import type { SourceFiles } from '../../core/archive-port.ts';
import type { ArchivedLines } from './archived-lines.ts';
import type { LineRange } from './line-range.ts';

/** Reading over a gap is cheaper than a second call up to this many bytes. */
const GAP_BYTES = 4096;
const RUN_MAX_BYTES = 1024 * 1024;

type UseLine = (index: number, bytes: Uint8Array) => void;

export class LineBytes {
  private readonly sources: SourceFiles;
  private readonly archived: ArchivedLines;
  private run: Buffer | null = null;

  constructor(sources: SourceFiles, archived: ArchivedLines) {
    this.sources = sources;
    this.archived = archived;
  }

  /** Gives each range whose bytes are there to `use`, in any order. The bytes are valid during the call only. */
  async visit(ranges: readonly LineRange[], use: UseLine): Promise<void> {
    const gone = new Map<number, number[]>();
    for (const [file, members] of byFile(ranges)) {
      const handle = await this.sources.open(file);
      if (handle === null) {
        gone.set(file, members);
        continue;
      }
      try {
        this.readRuns(handle.fd, members, ranges, use);
      } finally {
        handle.release();
      }
    }
    await this.readArchived(gone, ranges, use);
  }

  private async readArchived(files: ReadonlyMap<number, readonly number[]>, ranges: readonly LineRange[], use: UseLine): Promise<void> {
    const wanted = [...files].map(([file, members]): [number, LineRange[]] => [file, members.map((i) => ranges[i] as LineRange)]);
    const lines = await this.archived.readAll(new Map(wanted));
    for (const [file, members] of files) {
      lines.get(file)?.forEach((line, i) => {
        if (line !== null) use(members[i] as number, line);
      });
    }
  }

  /** From the end of the file to its beginning: whoever looks for the last of some lines has it first. */
  private readRuns(fd: number, members: readonly number[], ranges: readonly LineRange[], use: UseLine): void {
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
    }
  }

  /** One buffer for all runs: nothing waits between reading one and using it up, and nobody has to collect it. */
  private room(length: number): Buffer {
    if (length > RUN_MAX_BYTES) return Buffer.allocUnsafeSlow(length);
    this.run ??= Buffer.allocUnsafeSlow(RUN_MAX_BYTES);
    return this.run.subarray(0, length);
  }
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

/** The number of bytes that are there. */
export function readFully(fd: number, into: Uint8Array, position: number): number {
  let at = 0;
  while (at < into.length) {
    const read = readSync(fd, into, at, into.length - at, position + at);
    if (read === 0) break;
    at += read;
  }
  return at;
}
