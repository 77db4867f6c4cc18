// What the archive needs from the index and from the source files. Implemented by the index room and
// the ingest room; joined by the daemon.

import type { ArchivePartItem } from './answers/archive-part-item.ts';
import type { Sidecar } from './sidecar.ts';

/** A line that is longer is in no part: it would be held whole several times. Nor is it a record, as `line-max-bytes` is no more. */
export const ARCHIVED_LINE_MAX_BYTES = 256 * 1024 * 1024;

/** Byte range [from, to) of its file, with the newline. */
export interface LongLine {
  from: number;
  to: number;
}

/** All that a file has of them, in order. */
export interface LongLines {
  fileIx: number;
  /** Absolute. */
  path: string;
  gone: boolean;
  lines: readonly LongLine[];
}

/** Complete lines of one file that are indexed and in no part yet. */
export interface ArchiveSegment {
  fileIx: number;
  /** The outside's name of the file. */
  fileId: string;
  source: string;
  project: string;
  root: string;
  path: string;
  generation: number;
  /** When the file was made, in milliseconds. */
  birthMs: number;
  /** Deleted at its source: its bytes can be read only while they are still open. */
  gone: boolean;
  /** Byte range [from, to): whole lines. */
  from: number;
  to: number;
  /** Lines in it that are too long for a part and are left out, in order. */
  longLines: readonly LongLine[];
  /** Lines of the file before `from`. */
  linesBefore: number;
  /** The adapter's state at `from`, as JSON. */
  adapterState: string;
  /** UTC month of the segment's first dated line, else of the file's last change: `2026-11`. */
  month: string;
}

/** Bytes that parts will have of it. */
export function sizeOf({ from, to, longLines }: ArchiveSegment): number {
  return longLines.reduce((bytes, line) => bytes - (line.to - line.from), to - from);
}

/** Lake offsets of every line of a byte range, rejected ones too, in file order. Columns of equal length. */
export interface LineOffsets {
  byteOffset: Float64Array;
  offset: Float64Array;
  duplicate: Uint8Array;
}

export interface PartSegment {
  fileIx: number;
  from: number;
  to: number;
  lines: number;
  /** The adapter's state at `to`, as JSON. */
  adapterState: string;
}

/** A piece of a file that a part is listed with. */
export interface ListedSegment extends PartSegment {
  partId: string;
  root: string;
}

export interface NewPart {
  id: string;
  /** Relative to the archive directory. */
  path: string;
  source: string;
  month: string;
  rows: number;
  bytes: number;
  sourceBytes: number;
  sessions: number;
  sha256: string;
  segments: PartSegment[];
}

export type SegmentsOf = { fileIx: number } | { parts: readonly string[] } | 'all';

export interface ArchiveManifest {
  /**
   * What is due: files of sessions whose files were all quiet since `quietSinceMs`, or whose file is gone.
   * `all` does not wait for quiet. `lost`: files that are left out for as long as they are gone. `longLines`: what that says now.
   * Ordered by source, month, session and file.
   */
  due(quietSinceMs: number, all: boolean, lost: ReadonlySet<number>, longLines: readonly LongLines[]): Promise<ArchiveSegment[]>;
  /** Of all files that were not replaced. */
  longLines(): Promise<LongLines[]>;
  /** What was read of the small documents beside these files, which are of one source, as it was last. */
  sidecars(segments: readonly ArchiveSegment[]): Promise<Sidecar[]>;
  lineOffsets(fileIx: number, from: number, to: number): Promise<LineOffsets>;
  /** Makes a part visible to readers, in place of those it replaces. Only after its file is verified, durable and in place. */
  add(part: NewPart, replaced?: readonly string[]): Promise<void>;
  parts(): Promise<ArchivePartItem[]>;
  /** What is listed of a file, of parts, or of all, in the order of the bytes. */
  segments(of: SegmentsOf): Promise<ListedSegment[]>;
}

/** Reads source files by their lake number, wherever they are now. */
export interface SourceFiles {
  /**
   * Null where the bytes that were indexed are gone: deleted and closed, or replaced.
   * The descriptor is valid in every thread of the process until `release`.
   */
  open(fileIx: number): Promise<{ fd: number; release: () => void } | null>;
}
