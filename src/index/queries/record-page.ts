// The statement for one page of records. Which rows they are is found in the few columns that filter and
// order; only of those rows the others are read. Written as one plain SELECT the engine would carry every column
// of every row through its sort, at six times the cost.

import { RECORD_COLUMNS } from '../rows/record-rows.ts';

export interface RecordPageSql {
  /** Condition on `records`. */
  where: string;
  /** Columns with their directions. */
  order: string;
  limit: number;
  offset?: number;
  /** Further columns. */
  more?: string;
}

export function recordPageSql({ where, order, limit, offset = 0, more }: RecordPageSql): string {
  return `SELECT ${RECORD_COLUMNS}${more === undefined ? '' : `, ${more}`} FROM records
    WHERE rowid IN (SELECT rowid FROM records WHERE ${where} ORDER BY ${order} LIMIT ${limit} OFFSET ${offset}) ORDER BY ${order}`;
}
