// The newest rows of a filter as a search read them, for the searches to come: most of these end within them. Rows are
// only added, so what was committed since is all there is to look for.

import type { RecordColumns } from '../rows/record-columns.ts';
import type { RecordRow } from '../rows/record-rows.ts';
import type { Pending } from '../writer/pending-rows.ts';
import { AddedRows } from './added-rows.ts';
import type { RowDetail, RowDetails } from './row-details.ts';
import type { Rows } from './rows.ts';

/** Some three MiB. With more the tables are asked again, for fewer. */
const MAX_ROWS = 32_768;

/** All rows of a time or later, in milliseconds: those of the tables with what is shown of them, and those beside. */
export interface NewestRead {
  stored: Rows;
  details: RowDetails;
  added: readonly RecordRow[];
  lower: number;
}

export class FirstWindow {
  /** Milliseconds: all rows of that time or later are here. */
  readonly lower: number;
  private readonly stored: Rows;
  private readonly details: RowDetails;
  private readonly added = new AddedRows();
  /** The lake's top when the last of them was looked for. */
  private top: number;

  constructor({ stored, details, added, lower }: NewestRead, top: number) {
    this.lower = lower;
    this.stored = stored;
    this.details = details;
    for (const row of added) this.added.add(row);
    this.top = top;
  }

  /** `matching`: those that the filter lets through. False where some are in the tables alone, or it has become too large: then it is of no use any more. */
  follow({ top, recent }: Pending, matching: (columns: readonly RecordColumns[]) => readonly RecordRow[]): boolean {
    if (this.top + 1 < recent.from) return false;
    const since = recent.commits.filter((commit) => commit.top > this.top).map(({ columns }) => columns);
    for (const row of matching(since)) if (row.ts_ms >= this.lower) this.added.add(row);
    this.top = top;
    return this.stored.length + this.added.length <= MAX_ROWS;
  }

  get rows(): Rows {
    return this.added.behind(this.stored);
  }

  of(offset: number): RowDetail | undefined {
    return this.details.of(offset) ?? this.added.of(offset);
  }
}
