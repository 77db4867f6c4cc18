// The records that are committed and not in the tables yet: at most some hundred rows, for questions that would
// otherwise wait until they are there.

import type { RecordColumns } from './record-columns.ts';

export interface Pending {
  /** The highest lake offset that is committed. */
  top: number;
  /** Records from this lake offset on are in `columns`, all others in the tables. */
  from: number;
  columns: readonly RecordColumns[];
}

export class PendingRecords {
  private columns: RecordColumns[] = [];

  add(columns: RecordColumns): void {
    if (columns.rows > 0) this.columns.push(columns);
  }

  clear(): void {
    this.columns = [];
  }

  /** `top`: the highest lake offset that is committed. */
  at(top: number): Pending {
    const [first] = this.columns;
    return { top, from: first === undefined ? top + 1 : Number(first.offset[0]), columns: this.columns };
  }
}
