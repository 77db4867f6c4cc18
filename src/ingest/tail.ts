// Reading on from the saved offset: whole lines only, one read of new bytes, in bounded memory. What
// has no newline yet stays unread; how far it was searched is remembered, so a line that grows in
// pieces is not searched again from its beginning. Who the file is is checked after its bytes were
// read: were it another's by then, they would not count.

import type { Stats } from 'node:fs';
import { completeLength } from '../core/bytes/frame.ts';
import type { FileEntry, Fingerprint } from '../core/file-entry.ts';
import { fingerprintAfter, readExactly, readSteadily, statOf, verify } from './identity.ts';
import type { IdentityFault } from './identity.ts';

const NEWLINE = 0x0a;
/** One step when looking for the end of a line that is longer than a chunk. */
const SEARCH_BYTES = 1024 * 1024;
/** As much of a line that is not held as a fingerprint is made of. */
export const EDGE_BYTES = 1024;
/** As much of a piece as tells it from another one of the same length. */
const PIECE_EDGE_BYTES = 256;
const NO_BYTES = new Uint8Array(0);

export type TailRead =
  /** `fingerprint` is that after these bytes, which are empty where they are not in hand. */
  | { kind: 'segment'; bytes: Uint8Array; fingerprint: Fingerprint; stats: Stats; more: boolean }
  /** A complete line longer than the limit: `length` bytes without its newline. */
  | { kind: 'oversized'; length: number; fingerprint: Fingerprint; stats: Stats; more: boolean }
  | { kind: 'nothing'; stats: Stats; searched: Piece }
  | { kind: 'replaced'; fault: IdentityFault; stats: Stats };

export interface TailLimits {
  chunkBytes: number;
  lineMaxBytes: number;
}

/** An unfinished line, as far as it was searched: bytes before `to` hold no newline after the offset. */
export interface Piece {
  to: number;
  /** The last bytes of it, by which it is known again. */
  edge: Uint8Array;
}

/** What an earlier look found, the file being of that time. */
export interface Searched extends Piece {
  modifiedMs: number;
}

export const UNSEARCHED: Piece = { to: 0, edge: new Uint8Array(0) };

type Found =
  | { kind: 'held'; bytes: Uint8Array }
  | { kind: 'long'; first: Uint8Array; last: Uint8Array; length: number }
  | { kind: 'none'; searched: Piece };

/**
 * The next segment of an open file. A line is read once; one that does not end within a chunk, or came
 * in pieces, is first searched for its end and then read. Throws what the file system throws.
 */
export function readTail(fd: number, entry: FileEntry, searched: Searched, limits: TailLimits): TailRead {
  const stats = statOf(fd);
  const { offset, fingerprint: known } = entry;
  const found = search(fd, offset, startOf(fd, offset, searched, stats), limits, stats);
  const landmarks = verify(fd, statOf(fd), entry);
  if (typeof landmarks === 'string') return { kind: 'replaced', fault: landmarks, stats };
  if (found.kind === 'none') return { kind: 'nothing', stats, searched: found.searched };
  if (found.kind === 'held') {
    const { bytes } = found;
    return { kind: 'segment', bytes, fingerprint: fingerprintAfter(known, landmarks, bytes, bytes), stats, more: stats.size > offset + bytes.length };
  }
  const { first, last, length } = found;
  return { kind: 'oversized', length: length - 1, fingerprint: fingerprintAfter(known, landmarks, first, last), stats, more: stats.size > offset + length };
}

/** A segment that was read elsewhere from the open file, of which there are the first and the last bytes: what it makes of the file. */
export function tailAfter(fd: number, entry: FileEntry, length: number, first: Uint8Array, last: Uint8Array): Exclude<TailRead, { kind: 'nothing' | 'oversized' }> {
  const stats = statOf(fd);
  const landmarks = verify(fd, stats, entry);
  if (typeof landmarks === 'string') return { kind: 'replaced', fault: landmarks, stats };
  return { kind: 'segment', bytes: NO_BYTES, fingerprint: fingerprintAfter(entry.fingerprint, landmarks, first, last), stats, more: stats.size > entry.offset + length };
}

/** An unfinished line that shrank, or changed, is another one and is searched again. */
function startOf(fd: number, offset: number, searched: Searched, stats: Stats): Piece {
  const { to, edge, modifiedMs } = searched;
  const isOther = to <= offset || stats.size < to || (stats.size === to && Math.trunc(stats.mtimeMs) !== modifiedMs);
  if (isOther || Buffer.compare(readExactly(fd, to - edge.length, edge.length), edge) !== 0) return { ...UNSEARCHED, to: offset };
  return { to, edge };
}

function search(fd: number, offset: number, from: Piece, limits: TailLimits, { size, ctimeMs }: Stats): Found {
  let { to, edge } = from;
  if (to === offset && size > offset) {
    const bytes = readWhole(fd, offset, Math.min(limits.chunkBytes, size - offset), ctimeMs);
    const length = completeLength(bytes);
    if (length > 0) return { kind: 'held', bytes: bytes.subarray(0, length) };
    to += bytes.length;
    edge = edgeAfter(edge, bytes);
  }
  while (to < size) {
    const step = readExactly(fd, to, Math.min(SEARCH_BYTES, size - to));
    if (step.length === 0) break;
    const at = step.indexOf(NEWLINE);
    if (at !== -1) return longLine(fd, offset, to + at + 1 - offset, limits, ctimeMs);
    to += step.length;
    edge = edgeAfter(edge, step);
  }
  return { kind: 'none', searched: { to, edge } };
}

/** A copy: what was read is let go. */
function edgeAfter(edge: Uint8Array, bytes: Uint8Array): Uint8Array {
  const last = bytes.subarray(Math.max(0, bytes.length - PIECE_EDGE_BYTES));
  return Buffer.concat([edge.subarray(Math.max(0, edge.length + last.length - PIECE_EDGE_BYTES)), last]);
}

function longLine(fd: number, offset: number, length: number, limits: TailLimits, changedMs: number): Found {
  if (length - 1 > limits.lineMaxBytes) {
    const edge = Math.min(EDGE_BYTES, length);
    return { kind: 'long', first: readExactly(fd, offset, edge), last: readExactly(fd, offset + length - edge, edge), length };
  }
  const bytes = readWhole(fd, offset, length, changedMs);
  // Cut since its end was found: then nothing is known of it.
  return bytes.length === length ? { kind: 'held', bytes } : { kind: 'none', searched: { ...UNSEARCHED, to: offset } };
}

/** Short where the file is shorter. */
function readWhole(fd: number, offset: number, length: number, changedMs: number): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(length);
  return bytes.subarray(0, readSteadily(fd, bytes, offset, changedMs));
}
