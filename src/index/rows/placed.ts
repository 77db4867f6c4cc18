// What a commit has beside records, at its place in the lake.

import type { Oddity, RejectedLine } from '../../core/scan-batch.ts';

/** A line that is no record. */
export interface PlacedReject extends RejectedLine {
  offset: number;
  fileIx: number;
  sessionIx: number;
}

/** What a record can be grouped by, or one of its numbers. */
export interface PlacedValue<T> {
  offset: number;
  session: number;
  ms: number;
  name: number;
  value: T;
}

/** A record in which something is wrong. */
export type PlacedOddity = Omit<PlacedReject, 'reason' | 'detail' | 'rowsBefore' | 'session'> & { reason: Oddity };
