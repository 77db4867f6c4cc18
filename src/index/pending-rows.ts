// Rows that are committed and not in the tables yet: at most some hundred, for questions that would otherwise
// wait until they are there.

import type { CallVariant } from './call-ledger.ts';
import type { CommitRows } from './commit-rows.ts';
import type { RecordColumns } from './record-columns.ts';

/** A call as a commit left it. */
export interface PendingCall {
  message: bigint;
  variant: CallVariant;
  /** The number of the commit. */
  seq: number;
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
}

export class PendingRows {
  private columns: RecordColumns[] = [];
  private calls: PendingCall[] = [];
  private rejects = 0;

  /** What commit `seq` adds, before a later one is folded. */
  add({ records, group, callChanges }: CommitRows, seq: number): void {
    if (records.rows > 0) this.columns.push(records);
    for (const { message, variants } of callChanges.calls) for (const variant of variants) this.calls.push({ message, variant: { ...variant }, seq });
    this.rejects += group.rejects.length + group.oddities.length;
  }

  clear(): void {
    this.columns = [];
    this.calls = [];
    this.rejects = 0;
  }

  /** `last`: the last commit. */
  at({ seq, top }: { seq: number; top: number }): Pending {
    const [first] = this.columns;
    return { seq, top, from: first === undefined ? top + 1 : Number(first.offset[0]), columns: this.columns, calls: this.calls, areRejectsStored: this.rejects === 0 };
  }
}

/** Where all up to `top` is in the tables once they are read. */
export function nothingPending(top: number): Pending {
  return { seq: 0, top, from: top + 1, columns: [], calls: [], areRejectsStored: true };
}
