// What a commit hands on to those who follow the lake live. Built only when somebody asks:
// a bulk index with no follower never pays for it.

import type { LakeRecord } from './answers/record.ts';

export interface FeedRecord {
  offset: number;
  /** Appended while the daemon was watching, as opposed to found by an index that is catching up. */
  live: boolean;
  isError: boolean;
  /** Without content: `text` is null and `raw` is absent. */
  record: LakeRecord;
  /** The line's bytes without the newline; valid only until the commit's listeners return. */
  bytes: Uint8Array;
}

/** Offsets in (prev, top] became durable. */
export interface CommitEvent {
  prev: number;
  top: number;
  /** Some of its records may be live; where false, none is. */
  mayBeLive: boolean;
  /**
   * Records of this commit in offset order; rejected and repeated lines are not among them. Null where their
   * bytes are not in hand, after a bulk read: they are to be read from the lake. Memoised.
   */
  records(): readonly FeedRecord[] | null;
}

export type CommitListener = (event: CommitEvent) => void;
