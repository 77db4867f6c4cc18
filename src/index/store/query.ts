// Rows of a statement, as objects or as they come.

import type { DuckDBConnection, DuckDBDataChunk, DuckDBMaterializedResult, DuckDBValue } from '@duckdb/node-api';

type Row = Record<string, DuckDBValue>;

/** Rows as plain objects. Cast 64-bit integers to DOUBLE in the query to get numbers. */
export async function queryRows<T extends object = Row>(connection: DuckDBConnection, sql: string, values: DuckDBValue[] = []): Promise<T[]> {
  // With values, were they none, a statement is first prepared on this thread.
  const result = await connection.run(sql, values.length === 0 ? undefined : values);
  const names = result.deduplicatedColumnNames();
  const rows: Row[] = [];
  for (const chunk of chunksOf(result)) chunk.appendToRowObjects(names, rows);
  return rows as T[];
}

/** Rows as columns, without values. */
export async function queryChunks(connection: DuckDBConnection, sql: string): Promise<DuckDBDataChunk[]> {
  return [...chunksOf(await connection.run(sql))];
}

/** Fetched one by one, each would be a turn of another thread, and one more to hear that there is none. */
function* chunksOf(result: DuckDBMaterializedResult): Generator<DuckDBDataChunk> {
  for (let i = 0; i < result.chunkCount; i++) yield result.getChunk(i);
}
