// Rows of the last commits, of those that a filter lets through which can be told of a row alone.

import type { RecordFilter } from '../../core/answers/record.ts';
import { FLAG } from '../../core/scan-batch.ts';
import type { Directories } from '../names/directories.ts';
import { SessionColumns } from './session-columns.ts';
import type { RecordColumns } from '../rows/record-columns.ts';
import type { RecordRow } from '../rows/record-rows.ts';

const TOLD_OF_A_ROW: ReadonlySet<string> = new Set<keyof RecordFilter>(['types', 'role', 'model', 'withRole', 'isError', 'sinceMs', 'untilMs', 'session']);

export function isToldOfRows(filter: RecordFilter): boolean {
  return Object.entries(filter).every(([name, value]) => value === undefined || TOLD_OF_A_ROW.has(name));
}

/** The same that `recordConditions` says of rows in the tables. */
export function pendingRows(columns: readonly RecordColumns[], filter: RecordFilter, duplicates: boolean, names: Directories): RecordRow[] {
  const matches = rowMatcher(filter, names);
  return columns.flatMap((some) => rowsOf(some).filter((row) => (duplicates || (row.flags & FLAG.duplicate) === 0) && matches(row)));
}

/** Made once: they do not change. */
const made = new WeakMap<RecordColumns, readonly RecordRow[]>();

function rowsOf(columns: RecordColumns): readonly RecordRow[] {
  const known = made.get(columns);
  if (known !== undefined) return known;
  const found = new SessionColumns();
  for (let row = 0; row < columns.rows; row++) found.addRecord(columns, row);
  const rows = Array.from({ length: columns.rows }, (_, at) => found.row(at, columns.session[at] as number));
  made.set(columns, rows);
  return rows;
}

function rowMatcher({ types, role, model, withRole, isError, sinceMs, untilMs, session }: RecordFilter, names: Directories): (row: RecordRow) => boolean {
  const known = (texts: readonly string[]): Set<number> => new Set(texts.map((text) => names.strings.find(text) ?? -1));
  const [typeIxs, roleIx, modelIx] = [types === undefined ? null : known(types), role === undefined ? null : known([role]), model === undefined ? null : known([model])];
  const sessionIx = session === undefined ? null : (names.sessions.ixOfId(session) ?? -1);
  return (row) =>
    (typeIxs === null || typeIxs.has(row.type_ix))
    && (roleIx === null || roleIx.has(row.role_ix))
    && (modelIx === null || modelIx.has(row.model_ix))
    && (withRole !== true || row.role_ix !== 0)
    && (isError === undefined || ((row.flags & FLAG.error) !== 0) === isError)
    && (sinceMs === undefined || row.ts_ms >= Math.trunc(sinceMs))
    && (untilMs === undefined || (row.ts_ms < Math.trunc(untilMs) && row.ts_ms >= 0))
    && (sessionIx === null || row.session_ix === sessionIx);
}
