// Where the lines of a range of the lake lie, rejected ones too, as columns: what copying lines needs to
// know, without an object a row.

import type { DuckDBDataChunk } from '@duckdb/node-api';
import type { RecordQuery } from '../../core/answers/record.ts';
import { FLAG } from '../../core/scan-batch.ts';
import type { Directories } from '../names/directories.ts';
import { matchesRejects, recordConditions, rejectConditions } from '../rows/conditions.ts';
import type { OffsetRange, OffsetWindow } from './offset-windows.ts';
import type { Readers } from '../store/readers.ts';
import { fixedColumn } from '../store/vectors.ts';

/** Some 300 KB of columns, and mostly tens of megabytes of lines. */
export const LINE_WINDOW_ROWS = 8192;

/**
 * Bound, never written into the statement: DuckDB drops a bound that the table's statistics meet when a
 * statement is prepared, and runs it on rows that were committed since.
 */
export const IN_RANGE = 'lake_offset > ? AND lake_offset <= ?';

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

  clear(): void {
    this.length = 0;
  }

  add(chunk: DuckDBDataChunk): void {
    const at = this.length;
    this.offset.set(fixedColumn(chunk, 0, Float64Array), at);
    this.file.set(fixedColumn(chunk, 1, Int32Array), at);
    this.start.set(fixedColumn(chunk, 2, Float64Array), at);
    this.next.set(fixedColumn(chunk, 3, Float64Array), at);
    this.flags.set(fixedColumn(chunk, 4, Int32Array), at);
    this.length += chunk.rowCount;
    for (let row = at; row < this.length; row++) this.next[row] = (this.next[row] as number) + (this.start[row] as number) + (this.isGlued(row) ? 0 : 1);
  }
}

/** Reads into two windows in turn: one is valid until the next but one is asked for. */
export function lineReader(readers: Readers, names: Directories, query: RecordQuery): (range: OffsetRange) => Promise<LineWindow> {
  const where = recordConditions(query.filter, query.duplicates, names);
  const rejects = rejectConditions(query.filter, names);
  const withRejects = matchesRejects(query.filter);
  const rejectSql = withRejects ? `UNION ALL SELECT lake_offset, file_ix, byte_offset, byte_length, 0 AS flags FROM rejects WHERE ${IN_RANGE} AND ${rejects.sql}` : '';
  const sql = `SELECT lake_offset::DOUBLE, file_ix, byte_offset::DOUBLE, byte_length::DOUBLE, flags::INTEGER FROM (
      SELECT lake_offset, file_ix, byte_offset, byte_length, flags FROM records WHERE ${IN_RANGE} AND ${where.sql} ${rejectSql}
    ) ORDER BY lake_offset LIMIT ${LINE_WINDOW_ROWS}`;
  const windows = [new LineWindow(), new LineWindow()] as const;
  let turn = 0;
  return (range) => {
    const window = windows[turn++ & 1] as LineWindow;
    window.clear();
    return readers.use(async (connection) => {
      const result = await connection.stream(sql, [...range, ...where.values, ...(withRejects ? [...range, ...rejects.values] : [])]);
      for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) window.add(chunk);
      return window;
    });
  };
}
