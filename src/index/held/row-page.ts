// Pages of a session's held rows, by offset or by time: the rows behind a cursor that match, in either direction.

import type { RowFilter } from './row-filter.ts';
import type { SessionRows } from './session-rows.ts';

export interface RowPage {
  byTime: boolean;
  order: 'asc' | 'desc';
  /** Time and offset of the row before; null: from the first. Without order of time only the offset counts. */
  after: readonly number[] | null;
  skip: number;
  limit: number;
}

export function rowPage(held: SessionRows, matches: RowFilter, { byTime, order, after, skip, limit }: RowPage): number[] {
  const sorted = byTime ? held.byTime : null;
  const rowAt = (i: number): number => (sorted === null ? i : (sorted[i] as number));
  const [from, until, step] = order === 'asc' ? [after === null ? 0 : firstWhere(held, rowAt, (row) => compare(held, row, after, byTime) > 0), held.rows, 1] : [(after === null ? held.rows : firstWhere(held, rowAt, (row) => compare(held, row, after, byTime) >= 0)) - 1, -1, -1];
  const page: number[] = [];
  let skipped = 0;
  for (let i = from; i !== until && page.length < limit; i += step) {
    const row = rowAt(i);
    if (!matches(row)) continue;
    if (skipped < skip) skipped += 1;
    else page.push(row);
  }
  return page;
}

/** The first place from which on `isBehind` holds. */
function firstWhere(held: SessionRows, rowAt: (i: number) => number, isBehind: (row: number) => boolean): number {
  let [low, high] = [0, held.rows];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBehind(rowAt(middle))) high = middle;
    else low = middle + 1;
  }
  return low;
}

function compare({ columns: { doubles } }: SessionRows, row: number, [ts, offset]: readonly number[], byTime: boolean): number {
  const byOffset = (doubles.lake_offset[row] as number) - (offset as number);
  return byTime ? (doubles.ts_ms[row] as number) - (ts as number) || byOffset : byOffset;
}
