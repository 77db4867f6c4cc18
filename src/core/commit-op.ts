// What ingest asks the index to make durable. All operations of one commit succeed or fail together:
// a line's rows and the file offset that covers it are never apart.

import type { FileEntry } from './file-entry.ts';
import type { ScanBatch } from './scan-batch.ts';
import type { Sidecar, SidecarMark } from './sidecar.ts';

export interface SegmentOp {
  kind: 'segment';
  /** The file as it is after this segment. */
  file: FileEntry;
  scan: ScanBatch;
  /** The bytes that `scan` describes, beginning at `firstByte` of the file; empty where they are not in hand any more. */
  bytes: Uint8Array;
  firstByte: number;
  /** Lines that begin at or after this byte were appended while the daemon watched. */
  liveFrom: number;
}

/** A file that is new, moved, gone or replaced, or whose size changed without a complete line. */
export interface FileOp {
  kind: 'file';
  file: FileEntry;
}

/** A small document beside a log that was read whole: new, or changed. */
export interface SidecarOp {
  kind: 'sidecar';
  sidecar: Sidecar;
}

export type CommitOp = SegmentOp | FileOp | SidecarOp;

export interface CommitSink {
  /**
   * Resolves once durable and published. Rejects when nothing of it is: read `files()` again. Commits are made in
   * the order in which they are asked for; with one that fails, those asked for before it did fail as well.
   */
  commit(ops: readonly CommitOp[]): Promise<void>;
  /** Every file as last committed, one after the other. Texts may be parts of larger ones: those that are kept are copied. */
  files(take: (file: FileEntry) => void): Promise<void>;
  /** Every sidecar as last committed. */
  sidecars(): Promise<SidecarMark[]>;
}
