// Rows that are committed and not in the tables yet: at most some hundred, for questions that would otherwise
// wait until they are there. Those of the last commits stay when they are in the tables too, so that who holds
// something from before need not ask the tables what came since.

import type { CallVariant } from '../calls/call-line.ts';
import type { CommitRows } from '../commit/commit-rows.ts';
import type { RecordColumns } from '../rows/record-columns.ts';

/** Of the last commits; some 4 KB each where every commit has one row. */
const RECENT_ROWS = 512;

/** A call as a commit left it. */
export interface PendingCall {
  message: bigint;
  variant: CallVariant;
  /** The number of the commit. */
  seq: number;
}

export interface RecentCommit {
  seq: number;
  /** The lake's top before it and after it. */
  prev: number;
  top: number;
  columns: RecordColumns;
  calls: readonly PendingCall[];
  /** Calls that no line before told of. */
  created: readonly bigint[];
}

/** The last commits, whether they are in the tables or not. */
export interface Recent {
  /** From this commit on all are here, and from this lake offset on all records. */
  fromSeq: number;
  from: number;
  commits: readonly RecentCommit[];
  /** What of calls these were the first to tell. */
  created: ReadonlySet<bigint>;
}

export interface Pending {
  /** The number of the last commit, and the highest lake offset after it. */
  seq: number;
  top: number;
  /** Records from this lake offset on are in `columns`, all others in the tables. */
  from: number;
  columns: readonly RecordColumns[];
  /** In the order of commits. What the tables do not have is here; of what is here they may have some. */
  calls: readonly PendingCall[];
  /** Of lines that are no records, and of what is odd in records, nothing is missing from the tables. */
  areRejectsStored: boolean;
  recent: Recent;
}

export class PendingRows {
  private columns: RecordColumns[] = [];
  private calls: PendingCall[] = [];
  private rejects = 0;
  private recent: RecentCommit[] = [];
  private recentRows = 0;
  private readonly created = new Set<bigint>();

  /** What commit `seq` adds, before a later one is folded. `prev`: the lake's top before it. */
  add({ records, group, callChanges, top }: CommitRows, seq: number, prev: number): void {
    const calls = callChanges.calls().map(({ message, variant }) => ({ message, variant, seq }));
    const created = callChanges.created();
    if (records.rows > 0) this.columns.push(records);
    this.calls.push(...calls);
    this.rejects += group.rejects.length + group.oddities.length;
    this.recent.push({ seq, prev, top, columns: records, calls, created });
    this.recentRows += weightOf(records);
    for (const message of created) this.created.add(message);
    while (this.recentRows > RECENT_ROWS) this.forget();
  }

  /** All of it is in the tables. */
  clear(): void {
    this.columns = [];
    this.calls = [];
    this.rejects = 0;
  }

  /** A commit went into the tables that was never here. */
  restart(): void {
    this.clear();
    while (this.recent.length > 0) this.forget();
  }

  /** `last`: the last commit. */
  at({ seq, top }: { seq: number; top: number }): Pending {
    const [first] = this.columns;
    const [earliest] = this.recent;
    return {
      seq, top, from: first === undefined ? top + 1 : Number(first.offset[0]), columns: this.columns, calls: this.calls, areRejectsStored: this.rejects === 0,
      recent: { fromSeq: earliest?.seq ?? seq + 1, from: (earliest?.prev ?? top) + 1, commits: this.recent, created: this.created },
    };
  }

  private forget(): void {
    const commit = this.recent.shift();
    if (commit === undefined) return;
    this.recentRows -= weightOf(commit.columns);
    for (const message of commit.created) this.created.delete(message);
  }
}

/** Also a commit without rows takes some memory. */
function weightOf({ rows }: RecordColumns): number {
  return Math.max(1, rows);
}

/** Where all up to `top` is in the tables once they are read. */
export function nothingPending(top: number): Pending {
  return { seq: 0, top, from: top + 1, columns: [], calls: [], areRejectsStored: true, recent: { fromSeq: 1, from: top + 1, commits: [], created: new Set() } };
}
