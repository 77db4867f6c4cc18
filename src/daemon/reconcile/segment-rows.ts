// What the manifest says of the lines in parts.

import type { DuckDBConnection } from '@duckdb/node-api';
import { queryRows } from '../../index/store/query.ts';

export interface Overlap {
  file_ix: number;
  part_id: string;
  from_byte: number;
  /** The part with the bytes before, and where it ends. */
  before_id: string;
  before_to: number;
}

export interface SegmentSums {
  /** Lines that are listed for files, by part. */
  lines: ReadonlyMap<string, number>;
  overlaps: readonly Overlap[];
}

export async function readSegmentSums(connection: DuckDBConnection): Promise<SegmentSums> {
  const listed = 'archive_segments SEMI JOIN files USING (file_ix)';
  const lines = await queryRows<{ part_id: string; lines: number }>(connection, `SELECT part_id, sum(lines)::DOUBLE AS lines FROM ${listed} GROUP BY part_id`);
  const overlaps = await queryRows<Overlap>(
    connection,
    `SELECT file_ix, part_id, from_byte::DOUBLE AS from_byte, before_id, before_to::DOUBLE AS before_to
    FROM (SELECT *, lag(part_id) OVER before AS before_id, lag(to_byte) OVER before AS before_to FROM ${listed} WINDOW before AS (PARTITION BY file_ix ORDER BY from_byte))
    WHERE before_to > from_byte ORDER BY file_ix, from_byte`,
  );
  return { lines: new Map(lines.map((row) => [row.part_id, row.lines])), overlaps };
}
