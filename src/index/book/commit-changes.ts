// What commits changed of the sums, kept for who follows them until it is asked for: so that nobody has to read
// again what a commit has just told. Whoever has not read everything once has nothing to follow.

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

/** So many commits and calls wait at most; then `onMany` is to take them. */
const MANY = 5_000;

export class CommitChanges {
  /** Set by who follows. */
  onMany: () => void = () => undefined;
  private waiting: CommitChange[] | null = null;
  private archived: ArchivedBytes[] = [];
  private weight = 0;

  /** From now on changes are kept. */
  follow(): void {
    this.changedAside();
    this.waiting = [];
  }

  committed(change: CommitChange): void {
    if (this.waiting === null) return;
    this.waiting.push(change);
    this.weight += 1 + change.calls.added.length + change.activity.length;
    if (this.weight > MANY) this.onMany();
  }

  archivedMore(files: readonly ArchivedBytes[]): void {
    if (this.waiting !== null) this.archived.push(...files);
  }

  /** Something else was written: everything has to be read again. */
  changedAside(): void {
    this.waiting = null;
    this.archived = [];
    this.weight = 0;
  }

  /** What came since it was taken before; null where it is not known. */
  take(): { commits: readonly CommitChange[]; archived: readonly ArchivedBytes[] } | null {
    if (this.waiting === null) return null;
    const taken = { commits: this.waiting, archived: this.archived };
    this.follow();
    return taken;
  }
}
