// One step of reading: the next segment of each of some files, scanned together and handed to the
// commit queue. A file that fails waits and is tried again; the others go on.

import { lstatSync } from 'node:fs';
import type { Stats } from 'node:fs';
import type { FileOp, SegmentOp } from '../core/commit-op.ts';
import { messageOf } from '../core/errors.ts';
import type { ScanBatch } from '../core/scan-batch.ts';
import type { AdapterOptions } from '../sources/adapter.ts';
import { adapterOf } from '../sources/registry.ts';
import { oversizedBatch } from '../sources/scan-builder.ts';
import type { Arrivals } from './arrivals.ts';
import { isBulk, readBulk, type BulkRead } from './bulk-read.ts';
import { isAbsence } from './discover.ts';
import { inodeOf, pathOf } from './file-table.ts';
import { inodeKey, isGone } from './identity.ts';
import { liveFromOf } from './live-from.ts';
import type { Problems } from './problems.ts';
import type { ScannedSegment } from './scan-worker.ts';
import { scanInputOf, type Scanner } from './scanner.ts';
import type { OpenFiles } from './source-files.ts';
import { readTail, UNSEARCHED, type TailLimits, type TailRead } from './tail.ts';
import type { TrackedFile } from './tracked-file.ts';

/** Held at once for one pack; the file that passes it is the last to be read. */
const PACK_READ_BYTES = 8 * 1024 * 1024;
/** A size without a new line is written down no more often. */
const SIZE_NOTE_MS = 500;
const RETRY_FIRST_MS = 1000;
export const RETRY_MAX_MS = 60_000;

export interface PackParts {
  scanner: Scanner;
  open: OpenFiles;
  arrivals: Arrivals;
  problems: Problems;
  options: AdapterOptions;
  limits: TailLimits;
  startedMs: number;
  now: () => number;
  /** Called with a file that is to be tried again from its `retryAt` on. */
  postponed: (file: TrackedFile) => void;
  /** Takes over what was read, in the same turn in which the files' offsets move: no other word on a file may come between. */
  deliver: (result: PackResult) => void;
}

export interface PackResult {
  ops: (SegmentOp | FileOp)[];
  /** Files with more to read at once. */
  again: TrackedFile[];
}

type Segment = TailRead & { kind: 'segment' };
type Oversized = TailRead & { kind: 'oversized' };

interface Scanned {
  file: TrackedFile;
  read: Segment;
  scanned: ScannedSegment;
}

/** Files that failed before each alone: what one of them fails by must not keep the others from being read again. */
export function packsOf(files: readonly TrackedFile[]): (readonly TrackedFile[])[] {
  const failed = files.filter(({ failures }) => failures > 0);
  if (failed.length === 0) return [files];
  return [files.filter(({ failures }) => failures === 0), ...failed.map((file) => [file])].filter(({ length }) => length > 0);
}

export async function readPack(files: readonly TrackedFile[], parts: PackParts): Promise<void> {
  const result: PackResult = { ops: [], again: [] };
  const { segments, left } = await readAway(files, parts);
  const here = await readHere(left, parts, result);
  for (const { file, read, batch } of segments) {
    noteRead(file, read, parts);
    storeSegment(file, read, { batch, bytes: read.bytes }, parts, result);
  }
  for (const { file, read, scanned } of here.segments) {
    noteRead(file, read, parts);
    storeSegment(file, read, scanned, parts, result);
  }
  for (const { file, read } of here.oversized) storeOversized(file, read, parts, result);
  parts.deliver(result);
}

/** In a worker, where it is worth the trip. Of a file that fails nothing is taken over: it is read again later. */
async function readAway(files: readonly TrackedFile[], parts: PackParts): Promise<BulkRead> {
  if (!isBulk(files, parts.open, parts.limits)) return { segments: [], left: files };
  try {
    return await readBulk(files, parts);
  } catch (error) {
    for (const file of files) postpone(file, error, parts);
    return { segments: [], left: [] };
  }
}

async function readHere(files: readonly TrackedFile[], parts: PackParts, result: PackResult): Promise<{ segments: Scanned[]; oversized: { file: TrackedFile; read: Oversized }[] }> {
  const segments: { file: TrackedFile; read: Segment }[] = [];
  const oversized: { file: TrackedFile; read: Oversized }[] = [];
  let bytes = 0;
  for (const file of files) {
    if (bytes >= PACK_READ_BYTES) {
      result.again.push(file);
      continue;
    }
    const read = readFile(file, parts);
    if (read === null) continue;
    if (read.kind === 'segment') {
      bytes += read.bytes.length;
      segments.push({ file, read });
      continue;
    }
    noteRead(file, read, parts);
    if (read.kind === 'oversized') oversized.push({ file, read });
    else if (read.kind === 'replaced') replace(file, read, parts, result);
    else noteSize(file, read, parts, result);
  }
  const { options, limits, scanner } = parts;
  try {
    const scanned = await scanner.scan(segments.map(({ file, read }) => ({ ...scanInputOf(file.entry, options, limits.lineMaxBytes), bytes: read.bytes })));
    return { segments: segments.map(({ file, read }, i) => ({ file, read, scanned: scanned[i] as ScannedSegment })), oversized };
  } catch (error) {
    for (const { file } of segments) postpone(file, error, parts);
    return { segments: [], oversized };
  }
}

function readFile(file: TrackedFile, parts: PackParts): TailRead | null {
  try {
    const searched = { ...file.searched, modifiedMs: file.seenModifiedMs };
    return parts.open.use(file.entry, (fd) => readTail(fd, file.entry, searched, parts.limits));
  } catch (error) {
    parts.open.forget(file.entry.fileIx);
    if (file.entry.state !== 'present') return null;
    if (isGone(error)) {
      file.vanished = true;
      return lastRead(file);
    }
    postpone(file, error, parts);
    return null;
  }
}

function noteRead(file: TrackedFile, { stats }: TailRead, parts: PackParts): void {
  if (file.failures > 0) parts.problems.clear('unreadable_file', pathOf(file.entry));
  file.failures = 0;
  file.retryAt = 0;
  file.seenSize = stats.size;
  file.seenModifiedMs = Math.trunc(stats.mtimeMs);
}

/** A file that cannot be opened any more has nothing more to read. */
function lastRead(file: TrackedFile): TailRead {
  const { size, modifiedMs } = file.entry;
  return { kind: 'nothing', searched: file.searched, stats: { size, mtimeMs: modifiedMs } as TailRead['stats'] };
}

function postpone(file: TrackedFile, error: unknown, parts: PackParts): void {
  file.failures += 1;
  file.retryAt = parts.now() + Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** (file.failures - 1));
  const path = pathOf(file.entry);
  parts.problems.raise('unreadable_file', `${path} cannot be read: ${messageOf(error)}`, { path, hint: 'Check who may read it; it is tried again by itself.' });
  parts.postponed(file);
}

function storeSegment(file: TrackedFile, read: Segment, { batch, bytes }: ScannedSegment, parts: PackParts, result: PackResult): void {
  result.ops.push(advance(file, batch, read, bytes, parts));
  if (read.more) result.again.push(file);
  else if (file.vanished) storeGone(file, parts, result);
}

/** The line is too long to be held: only its range goes into the index. */
function storeOversized(file: TrackedFile, read: Oversized, parts: PackParts, result: PackResult): void {
  const { entry } = file;
  const session = adapterOf(entry.source).describe(entry.root, entry.path).session;
  const batch = oversizedBatch(entry, session, read.length, parts.limits.lineMaxBytes);
  result.ops.push(advance(file, batch, read, new Uint8Array(0), parts));
  if (read.more) result.again.push(file);
  else if (file.vanished) storeGone(file, parts, result);
}

function advance(file: TrackedFile, batch: ScanBatch, read: Segment | Oversized, bytes: Uint8Array, { startedMs, now }: PackParts): SegmentOp {
  const { entry } = file;
  const liveFrom = liveFromOf(file, batch, startedMs, now());
  const offset = entry.offset + batch.bytes;
  file.entry = {
    ...entry,
    project: batch.project ?? entry.project,
    offset,
    fingerprint: read.fingerprint,
    lines: entry.lines + batch.lines,
    rejects: entry.rejects + batch.rejects.length,
    size: Math.max(read.stats.size, offset),
    modifiedMs: Math.trunc(read.stats.mtimeMs),
    adapterState: batch.state,
  };
  file.searched = UNSEARCHED;
  file.stored = true;
  return { kind: 'segment', file: file.entry, scan: batch, bytes, firstByte: entry.offset, liveFrom };
}

/** The open file is not the one the entry describes; what its path stands for now goes on as that. */
function replace(file: TrackedFile, read: TailRead & { kind: 'replaced' }, parts: PackParts, result: PackResult): void {
  const { entry } = file;
  parts.open.forget(entry.fileIx);
  // What was seen just now is not this file: where nothing comes of it, it is looked at again.
  file.seenSize = -1;
  // Another one took its place already: it was read on only as long as it was open.
  if (entry.state !== 'present') return;
  const stats = lookAt(file, parts);
  if (stats === null) return;
  if (stats === undefined || !stats.isFile()) {
    storeGone(file, parts, result);
    return;
  }
  const isRewritten = read.fault !== 'another_inode' && inodeKey(stats) === inodeOf(entry);
  const found = { root: { source: entry.source, path: entry.root }, path: entry.path, absolute: pathOf(entry), stats };
  const arrival = isRewritten ? parts.arrivals.replace(file, stats) : parts.arrivals.arrive(found);
  if (arrival !== null) result.again.push(arrival.file);
}

/** Undefined where there is nothing; null where that cannot be told now. */
function lookAt(file: TrackedFile, parts: PackParts): Stats | undefined | null {
  try {
    return lstatSync(pathOf(file.entry), { throwIfNoEntry: false });
  } catch (error) {
    if (isAbsence(error)) return undefined;
    postpone(file, error, parts);
    return null;
  }
}

function noteSize(file: TrackedFile, read: TailRead & { kind: 'nothing' }, parts: PackParts, result: PackResult): void {
  const { size } = read.stats;
  file.searched = read.searched;
  if (file.entry.state !== 'present') {
    parts.open.forget(file.entry.fileIx);
    return;
  }
  const changed = size !== file.entry.size;
  const isDue = !file.stored || file.vanished || (changed && parts.now() - file.sizedAt >= SIZE_NOTE_MS);
  if (!isDue) {
    // The next sweep looks again, should nothing more be written.
    if (changed) file.seenModifiedMs = -1;
    return;
  }
  file.sizedAt = parts.now();
  file.entry = { ...file.entry, size, modifiedMs: Math.trunc(read.stats.mtimeMs) };
  file.stored = true;
  if (file.vanished) storeGone(file, parts, result);
  else result.ops.push({ kind: 'file', file: file.entry });
}

function storeGone(file: TrackedFile, parts: PackParts, result: PackResult): void {
  if (file.entry.state !== 'present') return;
  const path = pathOf(file.entry);
  file.entry = { ...file.entry, state: 'gone' };
  result.ops.push({ kind: 'file', file: file.entry });
  if (file.failures > 0) parts.problems.clear('unreadable_file', path);
  const lost = file.entry.size - file.entry.offset;
  if (lost > 0) parts.problems.raise('unfinished_file', `${path} was deleted with ${lost} bytes that end in no newline or were not read yet.`, { path });
}
