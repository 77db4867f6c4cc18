// What the index knows of files, for the checks that hold it against the rest: mostly figures, as the files
// themselves are too many to become objects on the main thread.

import { DuckDBBlobValue } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { FileEntry } from '../../core/file-entry.ts';
import { queryRows } from '../../index/store/query.ts';
import { ARCHIVED_SQL } from '../../index/store/merged-rows.ts';
import { KNOWN_FILES_TEXT } from './known-file.ts';

/** Some MiB at a time. */
const PIECE_FILES = 8192;

/** For `knownFiles`; buffers of their own, to be handed over. `where`: a condition on `files_now`. In a transaction. */
export async function readKnownFiles(connection: DuckDBConnection, where = 'true'): Promise<Uint8Array<ArrayBuffer>[]> {
  const [files] = await queryRows<{ last: number | null }>(connection, 'SELECT max(file_ix) AS last FROM files');
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  // One statement for all would hold all of them, in buffers that double.
  for (let from = 0; from <= (files?.last ?? -1); from += PIECE_FILES) {
    const [row] = await queryRows<{ piece: DuckDBBlobValue | null }>(connection, `SELECT encode(${KNOWN_FILES_TEXT}) AS piece FROM files_now WHERE file_ix >= ${from} AND file_ix < ${from + PIECE_FILES} AND (${where})`);
    if (row !== undefined && row.piece !== null) pieces.push(new Uint8Array(row.piece.bytes));
  }
  return pieces;
}

/** A condition on `files_now`. */
export function filesAmong(numbers: readonly number[], absolute: readonly string[]): string {
  const paths = absolute.map((path) => `'${path.replaceAll("'", "''")}'`);
  return `file_ix IN (${[-1, ...numbers].join(', ')}) OR root || '/' || path IN (${["''", ...paths].join(', ')})`;
}

export interface LakeFigures {
  /** Files that are there, and bytes of them that are indexed. */
  files: number;
  bytes: number;
  sessions: number;
}

export async function readFigures(connection: DuckDBConnection): Promise<LakeFigures> {
  const [figures] = await queryRows<LakeFigures>(
    connection, "SELECT count(*)::DOUBLE AS files, coalesce(sum(offset_bytes), 0)::DOUBLE AS bytes, (SELECT count(*) FROM sessions)::DOUBLE AS sessions FROM files_now WHERE state = 'present'",
  );
  return figures ?? { files: 0, bytes: 0, sessions: 0 };
}

export interface LostText {
  file_ix: number;
  path: string;
  state: FileEntry['state'];
  lost: number;
}

/** Files that are gone, with lines that no part has. */
export function readLostTexts(connection: DuckDBConnection): Promise<LostText[]> {
  return queryRows<LostText>(
    connection,
    `SELECT file_ix, root || '/' || path AS path, state, (offset_bytes - coalesce(archived, 0))::DOUBLE AS lost FROM files_now LEFT JOIN (${ARCHIVED_SQL}) USING (file_ix)
    WHERE state <> 'present' AND offset_bytes > coalesce(archived, 0) ORDER BY file_ix`,
  );
}
