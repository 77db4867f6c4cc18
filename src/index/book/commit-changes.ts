// What commits changed of the sums, kept for who follows them until it is asked for: so that nobody has to read
// again what a commit has just told. One at a time follows: who has read everything once.

import type { FileEntry } from '../../core/file-entry.ts';
import type { CallChanges } from '../call-ledger.ts';
import type { ActivityDelta } from '../delta-sums.ts';
import type { CwdRow, TitleRow } from '../gathered-facts.ts';

/** What one commit changed. */
export interface CommitChange {
  /** The number of the commit. */
  seq: number;
  /** The highest lake offset after it. */
  top: number;
  /** Sessions of which anything is told, among others. */
  sessions: readonly number[];
  /** Sessions with subagents that are new, or of whose beginning something is told. */
  linking: readonly number[];
  files: readonly FileEntry[];
  fileSessions: readonly { file: number; session: number }[];
  activity: readonly ActivityDelta[];
  titles: readonly TitleRow[];
  /** The first and the last told of each session. */
  cwds: readonly { first: CwdRow; last: CwdRow }[];
  calls: CallChanges;
}

/** Bytes of a file that came into the archive. */
export interface ArchivedBytes {
  file: number;
  bytes: number;
}

/** So many commits and calls wait, more or less; then they are to be taken. */
const MANY = 5_000;

/** Who follows; of no meaning to others. */
export type Follower = symbol;

export class CommitChanges {
  private follower: Follower | null = null;
  private onMany: () => void = () => undefined;
  private waiting: CommitChange[] = [];
  private archived: ArchivedBytes[] = [];
  private weight = 0;

  /** From now on changes are kept for the caller, and for nobody who followed before. `onMany`: when they are to be taken. */
  follow(onMany: () => void): Follower {
    this.clear();
    this.onMany = onMany;
    return (this.follower = Symbol('follower'));
  }

  committed(change: CommitChange): void {
    if (this.follower === null) return;
    this.waiting.push(change);
    this.weight += 1 + change.calls.added.length + change.activity.length;
    if (this.weight > MANY) this.onMany();
  }

  archivedMore(files: readonly ArchivedBytes[]): void {
    if (this.follower !== null) this.archived.push(...files);
  }

  /** Something else was written: everything has to be read again. */
  changedAside(): void {
    this.follower = null;
    this.clear();
  }

  /** What came since it was taken before; null where that is not known to this follower. */
  take(follower: Follower | null): { commits: readonly CommitChange[]; archived: readonly ArchivedBytes[] } | null {
    if (follower === null || follower !== this.follower) return null;
    const taken = { commits: this.waiting, archived: this.archived };
    this.clear();
    return taken;
  }

  private clear(): void {
    this.waiting = [];
    this.archived = [];
    this.weight = 0;
  }
}
