// Who a file is: device, inode and birth time, a hash of its head, and a hash of the bytes before the
// offset. All are checked before anything that was read counts, because a source is never believed to
// be append-only. A new fingerprint is made of bytes that were checked, never of another look at the file.

import { hash } from 'node:crypto';
import { constants, fstatSync, openSync, readSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { systemCode } from '../core/errors.ts';
import type { FileEntry, Fingerprint } from '../core/file-entry.ts';

const HEAD_BYTES = 1024;
const TAIL_BYTES = 256;
/** What is written all the time is taken as it was read last. */
const STEADY_TRIES = 8;
/** Clocks of file systems tick slowly: two changes within this time may bear the same. */
const TICK_MS = 20;
const COMPARED_BYTES = 64 * 1024;
/** A name may have become a pipe, which must not be waited for, or a link that leads out of the root. */
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);

export type IdentityFault = 'another_inode' | 'truncated' | 'head_changed' | 'tail_changed';

/** Bytes of the file that are known to be the entry's: its head, and what comes before its offset. */
export interface Landmarks {
  head: Uint8Array;
  tail: Uint8Array;
}

/** The name stands for no file any more: nothing, a link, a pipe or a socket. */
const GONE_CODES = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO']);

/** Whether opening failed because there is no such file. */
export function isGone(error: unknown): boolean {
  return GONE_CODES.has(systemCode(error) ?? '');
}

export function openSource(path: string): number {
  return openSync(path, OPEN_FLAGS);
}

export function hashBytes(bytes: Uint8Array): string {
  // A slice of the whole digest's text would hold all of it, for each file.
  return hash('sha256', bytes, 'buffer').toString('hex', 0, 8);
}

/** What is kept of a found file's stats. The whole, with its dates, doubles what a look at tens of thousands of files takes. */
export type FileStats = Pick<Stats, 'dev' | 'ino' | 'size' | 'mtimeMs' | 'birthtimeMs'>;

export function inodeKey(stats: FileStats): string {
  return `${stats.dev}:${stats.ino}`;
}

/** A copy keeps the time of its content at best, so what was there first is told by the earlier of both times. */
export function freshFingerprint(stats: FileStats): Fingerprint {
  return { dev: String(stats.dev), ino: String(stats.ino), birthMs: Math.trunc(Math.min(stats.birthtimeMs, stats.mtimeMs)), headLength: 0, headHash: '', tailHash: '' };
}

/** What identity is checked against. */
type Known = Pick<FileEntry, 'offset'> & { fingerprint: Omit<Fingerprint, 'birthMs'> };

/** What is wrong where the open file is not the one the entry describes. Reads at most 1.25 KiB. */
export function verify(fd: number, stats: Stats, entry: Known): Landmarks | IdentityFault {
  const known = entry.fingerprint;
  if (String(stats.dev) !== known.dev || String(stats.ino) !== known.ino) return 'another_inode';
  if (stats.size < entry.offset) return 'truncated';
  const head = readExactly(fd, 0, known.headLength);
  if (known.headLength > 0 && hashBytes(head) !== known.headHash) return 'head_changed';
  const tailLength = Math.min(TAIL_BYTES, entry.offset);
  const tail = readExactly(fd, entry.offset - tailLength, tailLength);
  if (tailLength > 0 && hashBytes(tail) !== known.tailHash) return 'tail_changed';
  return { head, tail };
}

/** Null where the open file is the one the entry describes. */
export function checkIdentity(fd: number, stats: Stats, entry: Known): IdentityFault | null {
  const verdict = verify(fd, stats, entry);
  return typeof verdict === 'string' ? verdict : null;
}

/** The fingerprint after `first` to `last`, the first and the last bytes (both may be all) of what follows the offset. */
export function fingerprintAfter(known: Fingerprint, { head, tail }: Landmarks, first: Uint8Array, last: Uint8Array): Fingerprint {
  const before = last.length >= TAIL_BYTES ? last : Buffer.concat([tail, last]);
  const tailHash = hashBytes(before.subarray(Math.max(0, before.length - TAIL_BYTES)));
  if (known.headLength >= HEAD_BYTES) return { ...known, tailHash };
  const start = Buffer.concat([head, first.subarray(0, HEAD_BYTES - head.length)]);
  return { ...known, headLength: start.length, headHash: hashBytes(start), tailHash };
}

export function statOf(fd: number): Stats {
  return fstatSync(fd);
}

/** Short where the file is shorter. */
export function readExactly(fd: number, position: number, length: number): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(length);
  return bytes.subarray(0, readInto(fd, bytes, position));
}

/** Bytes read; fewer than there is room for where the file is shorter. */
export function readInto(fd: number, bytes: Uint8Array, position: number): number {
  let at = 0;
  while (at < bytes.length) {
    const read = readSync(fd, bytes, at, bytes.length - at, position + at);
    if (read === 0) break;
    at += read;
  }
  return at;
}

/**
 * As `readInto`, of bytes that once lay there together: a read during a write may be half of what was and half of
 * what is. `changedMs`: when the file had changed last, as told before the read.
 */
export function readSteadily(fd: number, bytes: Uint8Array, position: number, changedMs: number): number {
  for (let tries = STEADY_TRIES, last = changedMs; ; tries--) {
    // Before the read: this thread may have to wait in the middle of it, and what is written then may bear the same time.
    const startedMs = Date.now();
    const read = readInto(fd, bytes, position);
    const { ctimeMs } = statOf(fd);
    const isWritten = ctimeMs !== last || startedMs - ctimeMs < TICK_MS;
    if (!isWritten || tries === 0 || readsTheSame(fd, bytes.subarray(0, read), position)) return read;
    last = ctimeMs;
  }
}

function readsTheSame(fd: number, bytes: Uint8Array, position: number): boolean {
  const again = Buffer.allocUnsafe(Math.min(COMPARED_BYTES, bytes.length));
  for (let at = 0; at < bytes.length; at += again.length) {
    const piece = bytes.subarray(at, at + again.length);
    const length = readInto(fd, again.subarray(0, piece.length), position + at);
    if (Buffer.compare(again.subarray(0, length), piece) !== 0) return false;
  }
  return true;
}
