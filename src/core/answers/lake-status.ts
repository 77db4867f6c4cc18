// How the lake and its archive stand, as JSON.

import type { Problem } from './problem.ts';

export interface ArchiveStatus {
  parts: number;
  bytes: number;
  source_bytes: number;
  /** Bytes of completed sessions that are not archived yet. */
  pending_bytes: number;
  /** Bytes of indexed lines whose file was deleted before they were archived. */
  lost_bytes: number;
  last_error: string | null;
}

export interface LakeStatus {
  epoch: string;
  top: string;
  files: number;
  bytes_total: number;
  bytes_indexed: number;
  lines: number;
  rejects: number;
  sessions: number;
  archive: ArchiveStatus;
  caught_up: boolean;
  watch_mode: 'watch' | 'sweep' | 'none';
  /** The age of the oldest append that was seen and is not committed yet; 0 when caught up. */
  lag_ms: number;
  problems: Problem[];
  version: string;
  /** True where the sample shipped with the product is served because no agent's logs were found. */
  sample: boolean;
  roots: { source: string; path: string; exists: boolean }[];
}
