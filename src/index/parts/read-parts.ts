// Reads the manifest of the archive.

import type { DuckDBConnection } from '@duckdb/node-api';
import { queryRowsInTurns } from '../store/rows-in-turns.ts';
import { PartTable } from './part-table.ts';
import type { PartFacts } from './part-table.ts';

const PARTS_SQL = `SELECT part_id AS id, path, source, month, row_count::DOUBLE AS rows, bytes::DOUBLE AS bytes, source_bytes::DOUBLE AS "sourceBytes", sessions, sha256, created_ms::DOUBLE AS "createdMs"
  FROM archive_parts ORDER BY created_ms, part_id`;

/** In the order in which they are listed. */
export function readParts(connection: DuckDBConnection): Promise<PartFacts[]> {
  return queryRowsInTurns<PartFacts>(connection, PARTS_SQL);
}

/** In a transaction. */
export async function readPartTable(connection: DuckDBConnection): Promise<PartTable> {
  const [parts, segments] = [await readParts(connection), await queryRowsInTurns<{ part_id: string; file_ix: number }>(connection, 'SELECT part_id, file_ix FROM archive_segments')];
  const files = new Map<string, number[]>(parts.map(({ id }) => [id, []]));
  for (const { part_id, file_ix } of segments) files.get(part_id)?.push(file_ix);
  const table = new PartTable();
  for (const part of parts) table.append(part, files.get(part.id) ?? []);
  return table;
}
