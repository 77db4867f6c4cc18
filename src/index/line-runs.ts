// The bytes of lines in the order in which they are asked for, for streams: lines that lie close after one
// another in their file are read at once.

import type { SourceFiles } from '../core/archive-port.ts';
import type { ArchivedLines } from './archived-lines.ts';
import { HeldFiles } from './held-files.ts';
import { readFully } from './line-bytes.ts';

/** Where lines lie, as columns. */
export interface LinePlaces {
  readonly file: Int32Array;
  readonly byteOffset: Float64Array;
  readonly byteLength: Int32Array;
}

/** `line` is null where its bytes are gone; they are valid during the call only. */
type UseLine = (row: number, line: Uint8Array | null) => void;

/** Reading over a gap is cheaper than a second call up to this many bytes. */
const GAP_BYTES = 4096;
/** What is read at once, unless a single line is longer. */
const RUN_BYTES = 128 * 1024;

/** One buffer for all streams: nothing waits between reading a run and using it up. */
const room = Buffer.allocUnsafeSlow(RUN_BYTES);

export class LineRuns {
  private readonly archived: ArchivedLines;
  private readonly files: HeldFiles;

  constructor(sources: SourceFiles, archived: ArchivedLines) {
    this.archived = archived;
    this.files = new HeldFiles(sources);
  }

  /** Uses at least the row `first`, and no row from `end` on. The first row that was not used. */
  async visit(places: LinePlaces, first: number, end: number, use: UseLine): Promise<number> {
    const next = runEnd(places, first, end);
    const file = places.file[first] as number;
    const handle = this.files.get(file) ?? (await this.files.open(file));
    if (handle === null) await this.visitArchived(places, first, next, use);
    else visitRun(handle.fd, places, first, next, use);
    return next;
  }

  /** Before whatever may take long. */
  release(): void {
    this.files.release();
  }

  private async visitArchived({ file, byteOffset, byteLength }: LinePlaces, first: number, end: number, use: UseLine): Promise<void> {
    const ranges = Array.from({ length: end - first }, (_, i) => ({ file_ix: file[first + i] as number, byte_offset: byteOffset[first + i] as number, byte_length: byteLength[first + i] as number }));
    const lines = await this.archived.read(file[first] as number, ranges);
    lines.forEach((line, i) => use(first + i, line));
  }
}

function runEnd({ file, byteOffset, byteLength }: LinePlaces, first: number, end: number): number {
  const start = byteOffset[first] as number;
  let next = first + 1;
  for (let reached = start + (byteLength[first] as number); next < end; next++) {
    const at = byteOffset[next] as number;
    if (file[next] !== file[first] || at < reached || at - reached > GAP_BYTES) break;
    reached = at + (byteLength[next] as number);
    if (reached - start > RUN_BYTES) break;
  }
  return next;
}

function visitRun(fd: number, { byteOffset, byteLength }: LinePlaces, first: number, end: number, use: UseLine): void {
  const start = byteOffset[first] as number;
  const length = (byteOffset[end - 1] as number) + (byteLength[end - 1] as number) - start;
  const run = length > RUN_BYTES ? Buffer.allocUnsafeSlow(length) : room.subarray(0, length);
  const read = readFully(fd, run, start);
  for (let row = first; row < end; row++) {
    const at = (byteOffset[row] as number) - start;
    const to = at + (byteLength[row] as number);
    use(row, to <= read ? run.subarray(at, to) : null);
  }
}
