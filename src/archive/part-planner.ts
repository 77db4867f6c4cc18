// Which bytes share a part. Small sessions of one source and month share one; a large file is cut
// between lines. Parts are bounded in bytes and in files, because each costs memory and descriptors.

import { read } from 'node:fs';
import { promisify } from 'node:util';
import { sizeOf } from '../core/archive-port.ts';
import type { ArchiveSegment } from '../core/archive-port.ts';

const readAt = promisify(read);
const NEWLINE = 0x0a;
const WINDOW_BYTES = 64 * 1024;

/**
 * Source bytes of a part. A worker holds a part in memory (about 250 MiB for one of 64 MiB), and a
 * crash loses at most this much work, under a second; larger parts compress no better.
 */
const PART_SOURCE_MAX_BYTES = 64 * 1024 * 1024;

/** All of a part's files are open at once; a process may have no more than 1024. */
const PART_FILES_MAX = 256;

export interface PartLimits {
  sourceBytes: number;
  files: number;
}

export const PART_LIMITS: PartLimits = { sourceBytes: PART_SOURCE_MAX_BYTES, files: PART_FILES_MAX };

/** Its stretches between the lines that are left out; `leftOut`: how many of those come before it. */
export function stretchesOf({ from, to, longLines }: ArchiveSegment): { from: number; to: number; leftOut: number }[] {
  const ends = [...longLines, { from: to, to }];
  return ends.map((end, i) => ({ from: longLines[i - 1]?.to ?? from, to: end.from, leftOut: i }));
}

/** Groups in the order of their first segment. A segment above the limit, or with a line left out, is a group of its own, to be cut. */
export function groupSegments(segments: readonly ArchiveSegment[], limits: PartLimits): ArchiveSegment[][] {
  const groups: ArchiveSegment[][] = [];
  const open = new Map<string, { group: ArchiveSegment[]; bytes: number; files: Set<number> }>();
  for (const segment of segments) {
    const bytes = sizeOf(segment);
    if (bytes <= 0) continue;
    if (segment.longLines.length > 0) {
      groups.push([segment]);
      continue;
    }
    const key = `${segment.source}/${segment.month}`;
    let last = open.get(key);
    if (last === undefined || last.bytes + bytes > limits.sourceBytes || last.files.size >= limits.files || last.files.has(segment.fileIx)) {
      last = { group: [], bytes: 0, files: new Set() };
      open.set(key, last);
      groups.push(last.group);
    }
    last.group.push(segment);
    last.bytes += bytes;
    last.files.add(segment.fileIx);
  }
  return groups;
}

/**
 * Where a piece of at most `maxBytes` beginning at `from` ends: after its last newline, or where its
 * first line is longer, after that line. At most `to`.
 */
export async function pieceEnd(fd: number, from: number, to: number, maxBytes: number): Promise<number> {
  const limit = from + maxBytes;
  if (to <= limit) return to;
  const buffer = Buffer.allocUnsafe(WINDOW_BYTES);
  for (let end = limit; end > from; end -= WINDOW_BYTES) {
    const start = Math.max(from, end - WINDOW_BYTES);
    const { bytesRead } = await readAt(fd, buffer, 0, end - start, start);
    const newline = buffer.subarray(0, bytesRead).lastIndexOf(NEWLINE);
    if (newline !== -1) return start + newline + 1;
  }
  for (let start = limit; start < to; start += WINDOW_BYTES) {
    const { bytesRead } = await readAt(fd, buffer, 0, Math.min(WINDOW_BYTES, to - start), start);
    const newline = buffer.subarray(0, bytesRead).indexOf(NEWLINE);
    if (newline !== -1) return start + newline + 1;
  }
  return to;
}
