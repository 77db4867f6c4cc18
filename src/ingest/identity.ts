// Who a file is: device, inode and birth time, a hash of its head, and a hash of the bytes before the
// offset. All are checked before reading goes on, because a source is never believed to be append-only.

import { createHash } from 'node:crypto';
import { fstatSync, readSync } from 'node:fs';
import type { Stats } from 'node:fs';
import type { FileEntry, Fingerprint } from '../core/file-entry.ts';

const HEAD_BYTES = 1024;
const TAIL_BYTES = 256;

export type IdentityFault = 'another_inode' | 'truncated' | 'head_changed' | 'tail_changed';

export function hashBytes(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}

export function inodeKey(stats: Stats): string {
  return `${stats.dev}:${stats.ino}`;
}

/** A copy keeps the time of its content at best, so what was there first is told by the earlier of both times. */
export function freshFingerprint(stats: Stats): Fingerprint {
  return { dev: String(stats.dev), ino: String(stats.ino), birthMs: Math.trunc(Math.min(stats.birthtimeMs, stats.mtimeMs)), headLength: 0, headHash: '', tailHash: '' };
}

/** Null where the open file is the one the entry describes. Reads at most 1.25 KiB. */
export function checkIdentity(fd: number, stats: Stats, entry: FileEntry): IdentityFault | null {
  const known = entry.fingerprint;
  if (String(stats.dev) !== known.dev || String(stats.ino) !== known.ino) return 'another_inode';
  if (stats.size < entry.offset) return 'truncated';
  if (entry.offset === 0) return null;
  if (hashBytes(readExactly(fd, 0, known.headLength)) !== known.headHash) return 'head_changed';
  return hashBytes(readTail(fd, entry.offset)) === known.tailHash ? null : 'tail_changed';
}

/** The fingerprint at a new offset. `segment` holds the bytes that end there. */
export function fingerprintAt(fd: number, known: Fingerprint, offset: number, segment: Uint8Array): Fingerprint {
  const headLength = Math.min(HEAD_BYTES, offset);
  const head = known.headLength === headLength ? known.headHash : hashBytes(readExactly(fd, 0, headLength));
  const tail = segment.length >= TAIL_BYTES ? segment.subarray(segment.length - TAIL_BYTES) : readTail(fd, offset);
  return { ...known, headLength, headHash: head, tailHash: hashBytes(tail) };
}

export function statOf(fd: number): Stats {
  return fstatSync(fd);
}

function readTail(fd: number, offset: number): Uint8Array {
  const length = Math.min(TAIL_BYTES, offset);
  return readExactly(fd, offset - length, length);
}

/** Short where the file is shorter. */
export function readExactly(fd: number, position: number, length: number): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(length);
  let at = 0;
  while (at < length) {
    const read = readSync(fd, bytes, at, length - at, position + at);
    if (read === 0) break;
    at += read;
  }
  return bytes.subarray(0, at);
}
