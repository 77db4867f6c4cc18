// What commits changed of the sums, kept for who follows them until it is asked for: so that nobody has to read
// again what a commit has just told. Whoever has not read everything once has nothing to follow.

import type { FileEntry } from '../../core/file-entry.ts';
import type { CallChanges } from '../call-ledger.ts';
import type { ActivityDelta, ToolDelta } from '../delta-sums.ts';
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
  tools: readonly ToolDelta[];
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

export class CommitChanges {
  private readonly followers = new Set<Follower>();

  /** From now on changes are kept for who asks. `onMany`: called when they are to be taken. */
  follow(onMany: () => void): Follower {
    const follower = new Follower(onMany);
    this.followers.add(follower);
    return follower;
  }

  /** Nothing more is kept for it. */
  leave(follower: Follower): void {
    follower.lose();
    this.followers.delete(follower);
  }

  committed(change: CommitChange): void {
    for (const follower of this.followers) follower.committed(change);
  }

  archivedMore(files: readonly ArchivedBytes[]): void {
    for (const follower of this.followers) follower.archivedMore(files);
  }

  /** Something else was written: whoever follows has to read everything again, and follow anew. */
  changedAside(): void {
    for (const follower of this.followers) follower.lose();
    this.followers.clear();
  }
}

/** What waits for one who follows. */
export class Follower {
  private readonly onMany: () => void;
  private commits: CommitChange[] = [];
  private archived: ArchivedBytes[] = [];
  private weight = 0;
  private isLost = false;

  constructor(onMany: () => void) {
    this.onMany = onMany;
  }

  committed(change: CommitChange): void {
    this.commits.push(change);
    this.weight += 1 + change.calls.added.length + change.activity.length;
    if (this.weight > MANY) this.onMany();
  }

  archivedMore(files: readonly ArchivedBytes[]): void {
    this.archived.push(...files);
  }

  lose(): void {
    this.isLost = true;
    this.clear();
  }

  /** What came since it was taken before; null where that is not known any more. */
  take(): { commits: readonly CommitChange[]; archived: readonly ArchivedBytes[] } | null {
    if (this.isLost) return null;
    const taken = { commits: this.commits, archived: this.archived };
    this.clear();
    return taken;
  }

  private clear(): void {
    this.commits = [];
    this.archived = [];
    this.weight = 0;
  }
}
