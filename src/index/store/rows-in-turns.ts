// Rows of a large result as objects, a column of some thousand values at a time: as one piece they hold the
// thread for longer than others should wait.

import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { Turns } from '../../core/time/turns.ts';

export async function queryRowsInTurns<T extends object>(connection: DuckDBConnection, sql: string, values: DuckDBValue[] = []): Promise<T[]> {
  const result = await connection.run(sql, values);
  const names = result.columnNames();
  const rows: T[] = [];
  const turns = new Turns();
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    const some = Array.from({ length: chunk.rowCount }, (): Record<string, unknown> => ({}));
    for (const [column, name] of names.entries()) {
      for (const [row, value] of chunk.getColumnValues(column).entries()) (some[row] as Record<string, unknown>)[name] = value;
      if (turns.isOver) await turns.next();
    }
    rows.push(...(some as T[]));
  }
  return rows;
}
