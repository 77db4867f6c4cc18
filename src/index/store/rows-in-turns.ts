// Rows of a large result as objects, a column of some thousand values at a time: as one piece they hold the
// thread for longer than others should wait.

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DuckDBConnection } from '@duckdb/node-api';

const SLICE_MS = 4;

export async function queryRowsInTurns<T extends object>(connection: DuckDBConnection, sql: string): Promise<T[]> {
  const result = await connection.run(sql);
  const names = result.columnNames();
  const rows: T[] = [];
  let sliceEnd = performance.now() + SLICE_MS;
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    const some = Array.from({ length: chunk.rowCount }, (): Record<string, unknown> => ({}));
    for (const [column, name] of names.entries()) {
      for (const [row, value] of chunk.getColumnValues(column).entries()) (some[row] as Record<string, unknown>)[name] = value;
      if (performance.now() < sliceEnd) continue;
      await nextTurn();
      sliceEnd = performance.now() + SLICE_MS;
    }
    rows.push(...(some as T[]));
  }
  return rows;
}
