// The index against itself: every byte of a file up to its offset is in one indexed or rejected line. One pass
// over narrow columns.

import type { DuckDBConnection } from '@duckdb/node-api';
import { FLAG } from '../../core/scan-batch.ts';
import { queryRows } from '../store/query.ts';

const LINE_BYTES = `byte_length + CASE WHEN flags & ${FLAG.glued} = 0 THEN 1 ELSE 0 END`;

export interface FileAccount {
  file_ix: number;
  path: string;
  offset_bytes: number;
  lines: number;
  /** Bytes and lines that the rows account for. */
  bytes_found: number;
  lines_found: number;
}

/** Files of which bytes or lines are missing, or are there twice. */
export async function unaccountedFiles(connection: DuckDBConnection): Promise<FileAccount[]> {
  return queryRows<FileAccount>(
    connection,
    `WITH found AS (
      SELECT file_ix, sum(bytes)::DOUBLE AS bytes_found, max(last_line)::DOUBLE AS lines_found, bool_or(mixed) AS mixed FROM (
        SELECT file_ix, sum(${LINE_BYTES}) AS bytes, max(line) AS last_line, bool_or(flags & ${FLAG.glued} <> 0) AS mixed FROM records GROUP BY file_ix
        UNION ALL SELECT file_ix, sum(byte_length + 1), max(CASE WHEN reason = 'lost' THEN 0 ELSE line END), bool_or(reason = 'lost') FROM rejects GROUP BY file_ix
      ) GROUP BY file_ix
    )
    SELECT f.file_ix, f.root || '/' || f.path AS path, f.offset_bytes::DOUBLE AS offset_bytes, f.lines::DOUBLE AS lines, coalesce(bytes_found, 0) AS bytes_found, coalesce(lines_found, 0) AS lines_found
    FROM files_now f LEFT JOIN found USING (file_ix)
    -- Records that share a line may have a rejected piece among them, which has no newline of its own.
    WHERE (coalesce(bytes_found, 0) <> f.offset_bytes OR coalesce(lines_found, 0) <> f.lines) AND NOT coalesce(mixed, false) ORDER BY f.file_ix`,
  );
}
