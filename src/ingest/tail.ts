// Reading on from the saved offset: whole lines only, one read of new bytes, in bounded memory. What
// has no newline yet stays unread; how far it was searched is remembered, so a line that grows in
// pieces is not searched again from its beginning.

import type { Stats } from 'node:fs';
import { completeLength } from '../core/frame.ts';
import type { FileEntry } from '../core/file-entry.ts';
import { checkIdentity, readExactly, statOf } from './identity.ts';
import type { IdentityFault } from './identity.ts';

const NEWLINE = 0x0a;
/** One step when looking for the end of a line that is longer than a chunk. */
const SEARCH_BYTES = 1024 * 1024;

export type TailRead =
  | { kind: 'segment'; bytes: Uint8Array; stats: Stats; more: boolean }
  /** A complete line longer than the limit: `length` bytes without its newline. */
  | { kind: 'oversized'; length: number; stats: Stats; more: boolean }
  | { kind: 'nothing'; stats: Stats; searchedTo: number }
  | { kind: 'replaced'; fault: IdentityFault; stats: Stats };

export interface TailLimits {
  chunkBytes: number;
  lineMaxBytes: number;
}

/**
 * The next segment of an open file. `searchedTo`: bytes before it hold no newline after the offset.
 * Throws what the file system throws.
 */
export function readTail(fd: number, entry: FileEntry, searchedTo: number, limits: TailLimits): TailRead {
  const stats = statOf(fd);
  const fault = checkIdentity(fd, stats, entry);
  if (fault !== null) return { kind: 'replaced', fault, stats };
  const { offset } = entry;
  if (stats.size <= Math.max(offset, searchedTo)) return { kind: 'nothing', stats, searchedTo: Math.max(offset, searchedTo) };
  if (searchedTo <= offset) {
    const bytes = readExactly(fd, offset, Math.min(limits.chunkBytes, stats.size - offset));
    const complete = completeLength(bytes);
    if (complete > 0) return { kind: 'segment', bytes: bytes.subarray(0, complete), stats, more: stats.size > offset + complete };
    searchedTo = offset + bytes.length;
  }
  return readLongLine(fd, entry, searchedTo, limits, stats);
}

function readLongLine(fd: number, entry: FileEntry, from: number, limits: TailLimits, stats: Stats): TailRead {
  const { offset } = entry;
  let searchedTo = from;
  while (searchedTo < stats.size) {
    const step = readExactly(fd, searchedTo, Math.min(SEARCH_BYTES, stats.size - searchedTo));
    if (step.length === 0) break;
    const at = step.indexOf(NEWLINE);
    if (at === -1) {
      searchedTo += step.length;
      continue;
    }
    const length = searchedTo + at - offset;
    const more = stats.size > offset + length + 1;
    if (length > limits.lineMaxBytes) return { kind: 'oversized', length, stats, more };
    return { kind: 'segment', bytes: readExactly(fd, offset, length + 1), stats, more };
  }
  return { kind: 'nothing', stats, searchedTo };
}
