// What a session's past is told from, record by record in order of time.

import type { CallTime } from './call-times.ts';
import type { FoldRow } from './state-fold.ts';

/** All records of (after, upto], by time. */
export interface FoldSlice {
  rows: FoldRow[];
  upto: number;
}

/** The lake up to an offset and a commit. */
export interface KnownLake {
  upto: number;
  seq: number;
}

export interface Past {
  /** What is known now, and from which time on it says something else than what was known before; Infinity: from none. */
  changedSince(known: KnownLake): Promise<KnownLake & { changedMs: number }>;
  /** As many records as there are of (after, upto], or some `limit`: then they end earlier. */
  rows(after: number, upto: number, limit: number): Promise<FoldSlice>;
  /**
   * Calls that may settle after `after` or are not settled at `upto`: those the session owns with a time in between, those it
   * has a line of in between, and `before`, the unsettled ones at `after`.
   */
  calls(after: number, upto: number, before: readonly bigint[]): Promise<CallTime[]>;
}
