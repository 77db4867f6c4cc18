// What a commit hands on to those who follow the lake live. Built only when somebody asks:
// a bulk index with no follower never pays for it.

import type { LakeRecord } from './record.ts';

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
  /** Records of this commit in offset order; rejected and repeated lines are not among them. Memoised. */
  records(): readonly FeedRecord[];
}

export type CommitListener = (event: CommitEvent) => void;
