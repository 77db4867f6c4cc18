// Much at once, read and scanned in a worker. The worker is given open descriptors and reads through them;
// who the files are is checked here, on the same descriptors, after their bytes were read. The bytes stay
// with the worker: who follows the lake reads such lines from it.

import type { FileEntry } from '../core/file-entry.ts';
import type { ScanBatch } from '../core/scan-batch.ts';
import type { AdapterOptions } from '../sources/adapter.ts';
import { readInto, statOf } from './identity.ts';
import type { ReadSegment } from './scan-worker.ts';
import { INLINE_MAX_BYTES, scanInputOf } from './scanner.ts';
import type { Scanner } from './scanner.ts';
import type { OpenFiles } from './source-files.ts';
import { tailAfter } from './tail.ts';
import type { TailLimits, TailRead } from './tail.ts';
import type { TrackedFile } from './tracked-file.ts';

const NEWLINE = 0x0a;
/** A line that is longer is nothing for a worker: it would read on without an end. */
const LINE_BYTES = 1024 * 1024;
const peeked = new Uint8Array(64 * 1024);

interface BulkParts {
  scanner: Scanner;
  open: OpenFiles;
  options: AdapterOptions;
  limits: TailLimits;
}

interface BulkSegment {
  file: TrackedFile;
  read: TailRead & { kind: 'segment' };
  batch: ScanBatch;
}

export interface BulkRead {
  segments: BulkSegment[];
  /** To be looked at closer: they cannot be read, or are others, or begin with a line longer than a chunk. */
  left: readonly TrackedFile[];
}

interface Held {
  file: TrackedFile;
  fd: number;
  length: number;
  changedMs: number;
  release: () => void;
}

/** By what the files are now; they may have grown much since they were last looked at. */
export function isBulk(files: readonly TrackedFile[], open: OpenFiles, { chunkBytes }: TailLimits): boolean {
  let bytes = 0;
  for (const { entry } of files) {
    bytes += Math.min(chunkBytes, sizeOf(entry, open) - entry.offset);
    if (bytes > INLINE_MAX_BYTES) return true;
  }
  return false;
}

function sizeOf(entry: FileEntry, open: OpenFiles): number {
  try {
    return open.use(entry, (fd) => statOf(fd).size);
  } catch {
    return entry.offset;
  }
}

/** Rejects where the worker fails. */
export async function readBulk(files: readonly TrackedFile[], parts: BulkParts): Promise<BulkRead> {
  const left: TrackedFile[] = [];
  const held = files.flatMap((file) => hold(file, parts) ?? (left.push(file), []));
  if (held.length === 0) return { segments: [], left };
  try {
    const { lineMaxBytes } = parts.limits;
    const scanned = await parts.scanner.read(held.map(({ file, fd, length, changedMs }) => ({ fd, length, changedMs, input: scanInputOf(file.entry, parts.options, lineMaxBytes) })));
    const segments = held.flatMap(({ file, fd }, i) => verified(file, fd, scanned[i] ?? null) ?? (left.push(file), []));
    return { segments, left };
  } finally {
    for (const { release } of held) release();
  }
}

function hold(file: TrackedFile, { open, limits }: BulkParts): Held | null {
  const { entry } = file;
  if (file.searched.to > entry.offset) return null;
  try {
    const { fd, release } = open.hold(entry);
    const { size, ctimeMs: changedMs } = statOf(fd);
    const length = Math.max(0, Math.min(limits.chunkBytes, size - entry.offset));
    if (length <= LINE_BYTES || hasNewline(fd, entry.offset)) return { file, fd, release, length, changedMs };
    release();
    return null;
  } catch {
    return null;
  }
}

/** Looks as far as `LINE_BYTES`. */
function hasNewline(fd: number, offset: number): boolean {
  for (let at = 0; at < LINE_BYTES; at += peeked.length) {
    const read = readInto(fd, peeked, offset + at);
    if (peeked.subarray(0, read).includes(NEWLINE)) return true;
  }
  return false;
}

function verified(file: TrackedFile, fd: number, segment: ReadSegment | null): BulkSegment | null {
  if (segment === null) return null;
  const { batch, first, last } = segment;
  try {
    const read = tailAfter(fd, file.entry, batch.bytes, first, last);
    return read.kind === 'segment' ? { file, read, batch } : null;
  } catch {
    return null;
  }
}
