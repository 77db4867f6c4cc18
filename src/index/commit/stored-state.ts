// What the writer has to know of the tables before it goes on.

import type { DuckDBConnection } from '@duckdb/node-api';
import { queryRows } from '../store/query.ts';
import { readOrigins } from '../rows/file-rows.ts';
import { LAST_COMMIT_SQL } from '../store/schema.ts';
import { NumberSet } from '../rows/stored-files.ts';
import type { Origins } from '../rows/stored-files.ts';
import { takeWhole } from '../store/whole-rows.ts';

export interface StoredState {
  /** The highest lake offset. */
  top: number;
  /** The number of the last commit. */
  seq: number;
  /** Rows that compaction would merge, about. */
  deltaRows: number;
  files: Origins;
  /** By `fileSessionKey`. */
  fileSessions: NumberSet;
}

/** Far above any number of a session. */
const SESSIONS_MAX = 2 ** 26;

export function fileSessionKey(file: number, session: number): number {
  return file * SESSIONS_MAX + session;
}

export async function readStoredState(connection: DuckDBConnection): Promise<StoredState> {
  const [state] = await queryRows<{ top: number; seq: number; delta_rows: number }>(
    connection,
    `SELECT greatest((SELECT coalesce(max(lake_offset), 0) FROM records), (SELECT coalesce(max(lake_offset), 0) FROM rejects))::DOUBLE AS top,
      ${LAST_COMMIT_SQL} AS seq,
      ((SELECT count(*) FROM file_marks) - (SELECT count(*) FROM files))::DOUBLE AS delta_rows`,
  );
  const fileSessions = new NumberSet();
  await takeWhole(connection, { from: 'file_sessions', by: 'file_ix, session_ix', texts: {}, numbers: { file: 'file_ix', session: 'session_ix' } }, ({ file, session }) => fileSessions.add(fileSessionKey(file, session)));
  return {
    top: state?.top ?? 0,
    seq: state?.seq ?? 0,
    deltaRows: state?.delta_rows ?? 0,
    files: await readOrigins(connection),
    fileSessions,
  };
}
