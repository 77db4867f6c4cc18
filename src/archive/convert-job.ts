// What the archiver asks of a conversion worker and what it gets back. Plain data: it crosses threads.

import type { ArchiveSegment, LineOffsets, PartSegment } from '../core/archive-port.ts';
import type { Sidecar } from '../core/sidecar.ts';
import type { AdapterOptions } from '../sources/adapter.ts';

export interface ConvertSegment extends ArchiveSegment {
  /** Open in the main thread for as long as the job runs. */
  fd: number;
  offsets: LineOffsets;
}

export interface ConvertJob {
  segments: ConvertSegment[];
  sidecars: Sidecar[];
  /** The temporary file to write, absolute. */
  target: string;
  /** For what does not fit into memory; each worker adds its own number. */
  spillPrefix: string;
  options: AdapterOptions;
  lineMaxBytes: number;
}

export interface SkippedSegment {
  fileIx: number;
  path: string;
  reason: string;
}

/** `segments` is empty, and no file was left, where every segment was skipped. */
export interface ConvertResult {
  segments: PartSegment[];
  skipped: SkippedSegment[];
  rows: number;
  bytes: number;
  sourceBytes: number;
  /** Their ids. */
  sessions: readonly string[];
  sha256: string;
  /** Lines that the index has no offset for: the index and the scan disagree. */
  unindexed: number;
}
