// What a part says of itself beside its rows, in the Parquet file's key-value metadata: whose bytes it
// holds and how to go on after them. So the parts alone are enough to make the manifest, and the index,
// anew. Parts made before there was this are described from their rows.

import type { DuckDBConnection } from '@duckdb/node-api';
import type { Sidecar } from '../core/sidecar.ts';
import { literal } from './scratch.ts';

const KEY = 'sessionlake';

/** A piece of one file, whole lines, as it lies in a part. */
export interface DescribedSegment {
  /** The file's name in the index the part was made with: the rows' `file_id`. */
  fileId: string;
  project: string;
  /** Null where the part does not say. */
  root: string | null;
  path: string;
  generation: number;
  /** When the file was made, in milliseconds. */
  birthMs: number;
  from: number;
  to: number;
  /** Lines of the file before `from`. */
  linesBefore: number;
  lines: number;
  /** The adapter's state at `from`, as JSON; null where the part does not say. */
  stateBefore: string | null;
  /** The session its first line names. */
  session: string | null;
}

export interface PartDescription {
  segments: readonly DescribedSegment[];
  /** What was read of the small documents beside the logs, which go with them. */
  sidecars: readonly Sidecar[];
}

/** For `COPY … TO`, after its other options. */
export function metadataOption({ segments, sidecars }: PartDescription): string {
  return `KV_METADATA {${KEY}: ${literal(JSON.stringify({ version: 1, segments, sidecars }))}}`;
}

export async function describePart(connection: DuckDBConnection, path: string): Promise<PartDescription> {
  const reader = await connection.runAndReadAll(`SELECT decode(value) FROM parquet_kv_metadata(${literal(path)}) WHERE decode(key) = '${KEY}'`);
  const text = reader.getRows()[0]?.[0];
  if (typeof text !== 'string') return { segments: await describeRows(connection, path), sidecars: [] };
  const { segments, sidecars = [] } = JSON.parse(text) as { segments: DescribedSegment[]; sidecars?: Sidecar[] };
  return { segments, sidecars };
}

interface RowsOfFile {
  file_id: string;
  project: string;
  path: string;
  generation: number;
  birth_ms: number | null;
  from_byte: number;
  to_byte: number;
  lines_before: number;
  lines: number;
  session: string | null;
  bytes: number;
}

/** A part holds one piece of a file at most, so its rows follow upon one another. */
async function describeRows(connection: DuckDBConnection, path: string): Promise<DescribedSegment[]> {
  const reader = await connection.runAndReadAll(
    `SELECT file_id, any_value(project) AS project, any_value(file) AS path, any_value(generation) AS generation, epoch_ms(min(ts))::DOUBLE AS birth_ms,
      min(byte_offset)::DOUBLE AS from_byte, max(byte_offset + byte_length + 1)::DOUBLE AS to_byte, (min(line) - 1)::DOUBLE AS lines_before, count(*)::DOUBLE AS lines,
      min_by(session_id, byte_offset) AS session, sum(byte_length + 1)::DOUBLE AS bytes
    FROM read_parquet(${literal(path)}, hive_partitioning = false) GROUP BY file_id ORDER BY file_id`,
  );
  return (reader.getRowObjects() as unknown as RowsOfFile[]).map((row) => {
    if (row.bytes !== row.to_byte - row.from_byte) throw new Error(`the rows of ${row.path} do not follow upon one another`);
    return {
      fileId: row.file_id, project: row.project, root: null, path: row.path, generation: row.generation, birthMs: row.birth_ms ?? 0,
      from: row.from_byte, to: row.to_byte, linesBefore: row.lines_before, lines: row.lines, stateBefore: null, session: row.session,
    };
  });
}
