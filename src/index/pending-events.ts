// Rows that are committed and not in the tables yet, of those that a filter lets through which can be told of a
// row alone.

import type { RecordFilter } from '../core/record.ts';
import { FLAG } from '../core/scan-batch.ts';
import type { Directories } from './commit-rows.ts';
import { SessionColumns } from './held/session-columns.ts';
import type { Pending } from './pending-rows.ts';
import type { RecordRow } from './record-rows.ts';

const TOLD_OF_A_ROW: ReadonlySet<string> = new Set<keyof RecordFilter>(['types', 'role', 'model', 'withRole', 'isError', 'sinceMs', 'untilMs', 'session']);

export function isToldOfRows(filter: RecordFilter): boolean {
  return Object.entries(filter).every(([name, value]) => value === undefined || TOLD_OF_A_ROW.has(name));
}

/** The same that `recordConditions` says of rows in the tables. */
export function pendingRows({ columns }: Pending, filter: RecordFilter, duplicates: boolean, names: Directories): RecordRow[] {
  const found = new SessionColumns();
  const sessions: number[] = [];
  for (const from of columns) {
    for (let row = 0; row < from.rows; row++) {
      if (!duplicates && ((from.flags[row] as number) & FLAG.duplicate) !== 0) continue;
      sessions.push(from.session[row] as number);
      found.addRecord(from, row);
    }
  }
  const matches = rowMatcher(filter, names);
  return sessions.map((session, at) => found.row(at, session)).filter(matches);
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
