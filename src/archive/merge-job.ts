// What is asked of a worker that makes one part of several, and what it gives back. Plain data: it
// crosses threads.

import type { DescribedSegment } from './part-metadata.ts';

export interface MergeSegment {
  /** The file's name in the part it is taken from. */
  there: string;
  /** Its name in the index now. */
  fileId: string;
  root: string;
  from: number;
  to: number;
}

export interface MergeJob {
  /** In the order in which their rows are to lie. Paths are absolute. */
  parts: { path: string; segments: MergeSegment[] }[];
  /** The temporary file to write, absolute. */
  target: string;
  /** For what does not fit into memory; each worker adds its own number. */
  spillPrefix: string;
}

export interface MergeResult {
  /** Neighbouring pieces of a file have become one. */
  segments: DescribedSegment[];
  rows: number;
  bytes: number;
  sourceBytes: number;
  sessions: number;
  sha256: string;
}
