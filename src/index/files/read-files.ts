// Reads what a book of files holds, in plain statements.

import type { DuckDBConnection } from '@duckdb/node-api';
import { ARCHIVED_LINE_MAX_BYTES } from '../../core/archive-port.ts';
import type { FileEntry } from '../../core/file-entry.ts';
import type { Reading } from '../follow/followed.ts';
import { queryRows } from '../store/query.ts';
import { ARCHIVED_SQL } from '../store/merged-rows.ts';
import { queryRowsInTurns } from '../store/rows-in-turns.ts';
import { LAST_COMMIT_SQL } from '../store/schema.ts';
import { FilePages } from './file-pages.ts';
import type { ArchiveSums } from './file-pages.ts';

interface FileRow {
  file_ix: number;
  source: string;
  root: string;
  path: string;
  project: string;
  generation: number;
  offset_bytes: number;
  size_bytes: number;
  lines: number;
  rejects: number;
  modified_ms: number;
  state: FileEntry['state'];
}

const FILES_SQL = `SELECT file_ix, source, root, path, project, generation, offset_bytes::DOUBLE AS offset_bytes, size_bytes::DOUBLE AS size_bytes, lines::DOUBLE AS lines, rejects::DOUBLE AS rejects,
  modified_ms::DOUBLE AS modified_ms, state FROM files_now ORDER BY file_ix`;

const PARTS_SQL = 'SELECT count(*)::DOUBLE AS parts, coalesce(sum(bytes), 0)::DOUBLE AS bytes, coalesce(sum(source_bytes), 0)::DOUBLE AS "sourceBytes" FROM archive_parts';
const NEVER_ARCHIVED_SQL = `SELECT file_ix, sum(byte_length + 1) FROM rejects WHERE reason = 'lost' OR byte_length > ${ARCHIVED_LINE_MAX_BYTES} GROUP BY file_ix`;

/** In a transaction. */
export async function readFilePages(connection: DuckDBConnection): Promise<Reading<FilePages>> {
  const pages = new FilePages();
  const [last] = await queryRows<{ seq: number; sessions: number }>(connection, `SELECT ${LAST_COMMIT_SQL} AS seq, (SELECT coalesce(max(session_ix), 0) FROM sessions) AS sessions`);
  for (const { file_ix: fileIx, offset_bytes: offset, size_bytes: size, modified_ms: modifiedMs, ...row } of await queryRowsInTurns<FileRow>(connection, FILES_SQL)) pages.set({ ...row, fileIx, offset, size, modifiedMs });
  for (const { file_ix, session_ix } of await queryRowsInTurns<{ file_ix: number; session_ix: number }>(connection, 'SELECT file_ix, session_ix FROM file_sessions')) pages.join(file_ix, session_ix);
  pages.addSession(last?.sessions ?? 0);
  const [sums] = await queryRows<ArchiveSums>(connection, PARTS_SQL);
  if (sums !== undefined) pages.addParts(sums);
  for (const { file_ix, bytes } of await bytesOf(connection, ARCHIVED_SQL)) pages.addArchived(file_ix, bytes);
  for (const { file_ix, bytes } of await bytesOf(connection, NEVER_ARCHIVED_SQL)) pages.addNeverArchived(file_ix, bytes);
  return { held: pages, seq: last?.seq ?? 0 };
}

/** `sql`: rows of a file and its bytes. */
function bytesOf(connection: DuckDBConnection, sql: string): Promise<{ file_ix: number; bytes: number }[]> {
  return queryRowsInTurns(connection, `SELECT file_ix, bytes::DOUBLE AS bytes FROM (${sql}) t(file_ix, bytes)`);
}
