// Where the lines of a range of the lake lie, rejected ones too, as columns: what copying lines needs to
// know, without an object a row.

import type { RecordQuery } from '../core/record.ts';
import { FLAG } from '../core/scan-batch.ts';
import type { Directories } from './commit-rows.ts';
import { matchesRejects, recordConditions, rejectConditions } from './conditions.ts';
import type { OffsetRange, OffsetWindow } from './offset-windows.ts';
import type { Readers } from './readers.ts';
import { readFixed } from './vectors.ts';

/** Half a megabyte of columns. */
export const LINE_WINDOW_ROWS = 16_384;

/**
 * Bound, never written into the statement: DuckDB drops a bound that the table's statistics meet when a
 * statement is prepared, and runs it on rows that were committed since.
 */
export const IN_RANGE = 'lake_offset > ? AND lake_offset <= ?';

const WIDTHS = [8, 4, 8, 8, 4];

export class LineWindow implements OffsetWindow {
  length = 0;
  readonly offset = new Float64Array(LINE_WINDOW_ROWS);
  readonly file = new Int32Array(LINE_WINDOW_ROWS);
  /** Position of the line's first byte in its file. */
  readonly start = new Float64Array(LINE_WINDOW_ROWS);
  /** Where the next line begins: behind the newline, or at once where two records share a line. */
  readonly next = new Float64Array(LINE_WINDOW_ROWS);
  private readonly flags = new Int32Array(LINE_WINDOW_ROWS);

  get lastOffset(): number {
    return this.offset[this.length - 1] as number;
  }

  /** A record that shares its line with the one after it. */
  isGlued(row: number): boolean {
    return ((this.flags[row] as number) & FLAG.glued) !== 0;
  }

  byteLength(row: number): number {
    return (this.next[row] as number) - (this.start[row] as number) - (this.isGlued(row) ? 0 : 1);
  }

  /** The first row after `row` that does not follow upon it in its file. */
  runEnd(row: number): number {
    const { file, start, next, length } = this;
    const ix = file[row];
    let end = row + 1;
    while (end < length && file[end] === ix && start[end] === next[end - 1]) end += 1;
    return end;
  }

  add([offset, file, start, length, flags]: readonly Uint8Array[], rows: number): void {
    const at = this.length;
    this.offset.set(new Float64Array((offset as Uint8Array).buffer), at);
    this.file.set(new Int32Array((file as Uint8Array).buffer), at);
    this.start.set(new Float64Array((start as Uint8Array).buffer), at);
    this.next.set(new Float64Array((length as Uint8Array).buffer), at);
    this.flags.set(new Int32Array((flags as Uint8Array).buffer), at);
    this.length += rows;
    for (let row = at; row < this.length; row++) this.next[row] = (this.next[row] as number) + (this.start[row] as number) + (this.isGlued(row) ? 0 : 1);
  }
}

export function lineReader(readers: Readers, names: Directories, query: RecordQuery): (range: OffsetRange) => Promise<LineWindow> {
  const where = recordConditions(query.filter, query.duplicates, names);
  const rejects = rejectConditions(query.filter, names);
  const withRejects = matchesRejects(query.filter);
  const rejectSql = withRejects ? `UNION ALL SELECT lake_offset, file_ix, byte_offset, byte_length, 0 AS flags FROM rejects WHERE ${IN_RANGE} AND ${rejects.sql}` : '';
  const sql = `SELECT lake_offset::DOUBLE, file_ix, byte_offset::DOUBLE, byte_length::DOUBLE, flags::INTEGER FROM (
      SELECT lake_offset, file_ix, byte_offset, byte_length, flags FROM records WHERE ${IN_RANGE} AND ${where.sql} ${rejectSql}
    ) ORDER BY lake_offset LIMIT ${LINE_WINDOW_ROWS}`;
  return (range) =>
    readers.use(async (connection) => {
      const window = new LineWindow();
      await readFixed(connection, sql, WIDTHS, (columns, rows) => window.add(columns, rows), [...range, ...where.values, ...(withRejects ? [...range, ...rejects.values] : [])]);
      return window;
    });
}
