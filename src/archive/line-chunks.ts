// Reads a byte range of whole lines from a descriptor, a few MiB at a time and always to a newline.
// What is not there, or not whole, is an error that names the byte.

import { readSync } from 'node:fs';
import { ARCHIVED_LINE_MAX_BYTES } from '../core/archive-port.ts';
import { completeLength } from '../core/bytes/frame.ts';

const MIB = 1024 * 1024;
/** Large enough that a read costs nothing beside the scan, small enough to stay in memory unnoticed. */
const CHUNK_BYTES = 4 * MIB;
/** A line is held whole here, with its newline, and about three times in DuckDB. Longer ones are left out before. */
const LINE_HELD_MAX_BYTES = ARCHIVED_LINE_MAX_BYTES + 1;

/** Calls `visit(lines, position)` with complete lines until `to`. The bytes are valid during the call only. */
export function eachChunk(fd: number, from: number, to: number, visit: (lines: Uint8Array, firstByte: number) => void): void {
  let buffer: Buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, to - from));
  // `buffer` begins at byte `at` of the file and holds `held` bytes.
  let at = from;
  let held = 0;
  while (at + held < to) {
    if (held === buffer.length) buffer = grown(buffer, at);
    const read = readSync(fd, buffer, held, Math.min(buffer.length - held, to - at - held), at + held);
    if (read === 0) throw new RangeError(`the file ends at byte ${at + held}, but was indexed up to byte ${to}`);
    held += read;
    const complete = completeLength(buffer.subarray(0, held));
    if (complete === 0) continue;
    visit(buffer.subarray(0, complete), at);
    buffer.copyWithin(0, complete, held);
    at += complete;
    held -= complete;
  }
  if (held > 0) throw new RangeError(`no newline before byte ${to}: the bytes are not those that were indexed`);
}

function grown(buffer: Buffer, at: number): Buffer {
  if (buffer.length >= LINE_HELD_MAX_BYTES) {
    throw new RangeError(`the line at byte ${at} is longer than ${ARCHIVED_LINE_MAX_BYTES} bytes, more than a part's row can hold`);
  }
  const larger = Buffer.allocUnsafe(Math.min(buffer.length * 2, LINE_HELD_MAX_BYTES));
  buffer.copy(larger);
  return larger;
}
