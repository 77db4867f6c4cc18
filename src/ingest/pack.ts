// One step of reading: the next segment of each of some files, scanned together and handed to the
// commit queue. A file that fails waits and is tried again; the others go on.

import type { CommitOp, SegmentOp } from '../core/commit-op.ts';
import { messageOf, systemCode } from '../core/errors.ts';
import type { FileEntry } from '../core/file-entry.ts';
import type { ScanBatch } from '../core/scan-batch.ts';
import type { AdapterOptions } from '../sources/adapter.ts';
import { adapterOf } from '../sources/registry.ts';
import { oversizedBatch } from '../sources/scan-builder.ts';
import type { ScanInput } from '../sources/scan.ts';
import type { Arrivals } from './arrivals.ts';
import { pathOf } from './file-table.ts';
import type { TrackedFile } from './file-table.ts';
import { fingerprintAt } from './identity.ts';
import type { Problems } from './problems.ts';
import type { ScannedSegment } from './scan-worker.ts';
import type { Scanner } from './scanner.ts';
import type { OpenFiles } from './source-files.ts';
import { readTail } from './tail.ts';
import type { TailLimits, TailRead } from './tail.ts';

const SIZE_NOTE_MS = 500;
const RETRY_FIRST_MS = 1000;
const RETRY_MAX_MS = 60_000;

export interface PackParts {
  scanner: Scanner;
  open: OpenFiles;
  arrivals: Arrivals;
  problems: Problems;
  options: AdapterOptions;
  limits: TailLimits;
  now: () => number;
}

export interface PackResult {
  ops: CommitOp[];
  /** Files with more to read at once. */
  again: TrackedFile[];
}

type Segment = TailRead & { kind: 'segment' };

export async function readPack(files: readonly TrackedFile[], parts: PackParts): Promise<PackResult> {
  const result: PackResult = { ops: [], again: [] };
  const segments: { file: TrackedFile; read: Segment }[] = [];
  for (const file of files) {
    const read = readFile(file, parts);
    if (read === null) continue;
    file.seenSize = read.stats.size;
    file.seenModifiedMs = Math.trunc(read.stats.mtimeMs);
    if (read.kind === 'segment') segments.push({ file, read });
    else if (read.kind === 'oversized') storeOversized(file, read, parts, result);
    else if (read.kind === 'replaced') replace(file, read, parts, result);
    else noteSize(file, read, parts, result);
  }
  const scanned = await parts.scanner.scan(segments.map(({ file, read }) => scanInput(file.entry, read.bytes, parts)));
  segments.forEach(({ file, read }, i) => storeSegment(file, read, scanned[i] as ScannedSegment, parts, result));
  return result;
}

function readFile(file: TrackedFile, parts: PackParts): TailRead | null {
  try {
    const read = parts.open.use(file.entry, (fd) => readTail(fd, file.entry, file.searchedTo, parts.limits));
    if (file.failures > 0) parts.problems.clear('unreadable_file', pathOf(file.entry));
    file.failures = 0;
    return read;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') file.vanished = true;
    else postpone(file, error, parts);
    return file.vanished ? lastRead(file) : null;
  }
}

/** A file that cannot be opened any more has nothing more to read. */
function lastRead(file: TrackedFile): TailRead {
  const { size, modifiedMs } = file.entry;
  return { kind: 'nothing', searchedTo: file.searchedTo, stats: { size, mtimeMs: modifiedMs } as TailRead['stats'] };
}

function postpone(file: TrackedFile, error: unknown, parts: PackParts): void {
  parts.open.forget(file.entry.fileIx);
  file.failures += 1;
  file.retryAt = parts.now() + Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** (file.failures - 1));
  const path = pathOf(file.entry);
  parts.problems.raise('unreadable_file', `${path} cannot be read: ${messageOf(error)}`, { path, hint: 'Check who may read it; it is tried again by itself.' });
}

function scanInput(entry: FileEntry, bytes: Uint8Array, parts: PackParts): ScanInput {
  return {
    source: entry.source,
    options: parts.options,
    bytes,
    firstByte: entry.offset,
    linesBefore: entry.lines,
    path: { root: entry.root, path: entry.path },
    state: entry.adapterState,
    lineMaxBytes: parts.limits.lineMaxBytes,
  };
}

function storeSegment(file: TrackedFile, read: Segment, { batch, bytes }: ScannedSegment, parts: PackParts, result: PackResult): void {
  const firstByte = file.entry.offset;
  advance(file, batch, read, bytes, parts);
  const op: SegmentOp = { kind: 'segment', file: file.entry, scan: batch, bytes, firstByte, liveFrom: file.liveFrom };
  result.ops.push(op);
  if (read.more) result.again.push(file);
  else if (file.vanished) storeGone(file, parts, result);
}

/** The line is too long to be held: only its range goes into the index. */
function storeOversized(file: TrackedFile, read: TailRead & { kind: 'oversized' }, parts: PackParts, result: PackResult): void {
  const { entry } = file;
  const session = adapterOf(entry.source).describe(entry.root, entry.path).session;
  const batch = oversizedBatch(entry, session, read.length, parts.limits.lineMaxBytes);
  const firstByte = entry.offset;
  advance(file, batch, read, new Uint8Array(0), parts);
  result.ops.push({ kind: 'segment', file: file.entry, scan: batch, bytes: new Uint8Array(0), firstByte, liveFrom: file.liveFrom });
  if (read.more) result.again.push(file);
}

function advance(file: TrackedFile, batch: ScanBatch, read: TailRead, bytes: Uint8Array, parts: PackParts): void {
  const { entry } = file;
  const offset = entry.offset + batch.bytes;
  file.entry = {
    ...entry,
    offset,
    fingerprint: parts.open.use(entry, (fd) => fingerprintAt(fd, entry.fingerprint, offset, bytes)),
    lines: entry.lines + batch.lines,
    rejects: entry.rejects + batch.rejects.length,
    size: Math.max(read.stats.size, offset),
    modifiedMs: Math.trunc(read.stats.mtimeMs),
    adapterState: batch.state,
  };
  file.searchedTo = 0;
  file.stored = true;
}

function replace(file: TrackedFile, read: TailRead & { kind: 'replaced' }, parts: PackParts, result: PackResult): void {
  parts.open.forget(file.entry.fileIx);
  if (file.vanished) {
    storeGone(file, parts, result);
    return;
  }
  result.again.push(parts.arrivals.replace(file, read.stats));
}

function noteSize(file: TrackedFile, read: TailRead & { kind: 'nothing' }, parts: PackParts, result: PackResult): void {
  file.searchedTo = read.searchedTo;
  if (file.vanished) {
    storeGone(file, parts, result);
    return;
  }
  const changed = read.stats.size !== file.entry.size;
  if (file.stored && (!changed || parts.now() - file.sizedAt < SIZE_NOTE_MS)) return;
  file.sizedAt = parts.now();
  file.entry = { ...file.entry, size: read.stats.size, modifiedMs: Math.trunc(read.stats.mtimeMs) };
  file.stored = true;
  result.ops.push({ kind: 'file', file: file.entry });
}

function storeGone(file: TrackedFile, parts: PackParts, result: PackResult): void {
  if (file.entry.state !== 'present') return;
  file.entry = { ...file.entry, state: 'gone' };
  result.ops.push({ kind: 'file', file: file.entry });
  const lost = file.entry.size - file.entry.offset;
  if (lost > 0) parts.problems.raise('unfinished_file', `${pathOf(file.entry)} was deleted with ${lost} bytes that end in no newline or were not read yet.`, { path: pathOf(file.entry) });
}
