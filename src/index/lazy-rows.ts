// The rows of an answer as objects that are made one by one, when they are asked for. Until then they are
// DuckDB's columns: a window of a thousand rows that waits for a slow reader costs little, and the
// objects die young instead of being carried into the old heap of the process.

import type { DuckDBDataChunk, DuckDBValue } from '@duckdb/node-api';
import type { OffsetWindow } from './offset-windows.ts';
import type { Readers } from './readers.ts';

export class LazyRows<Row extends { lake_offset: number }> implements Iterable<Row>, OffsetWindow {
  readonly length: number;
  private readonly names: readonly string[];
  private readonly chunks: readonly DuckDBDataChunk[];

  private constructor(names: readonly string[], chunks: readonly DuckDBDataChunk[]) {
    this.names = names;
    this.chunks = chunks;
    this.length = chunks.reduce((rows, chunk) => rows + chunk.rowCount, 0);
  }

  static read<Row extends { lake_offset: number }>(readers: Readers, sql: string, values: DuckDBValue[]): Promise<LazyRows<Row>> {
    return readers.use(async (connection) => {
      const result = await connection.run(sql, values);
      return new LazyRows<Row>(result.columnNames(), await result.fetchAllChunks());
    });
  }

  get lastOffset(): number {
    const chunk = this.chunks.at(-1) as DuckDBDataChunk;
    return this.row(chunk, chunk.rowCount - 1).lake_offset;
  }

  *[Symbol.iterator](): Iterator<Row> {
    for (const chunk of this.chunks) {
      const rows = chunk.rowCount;
      for (let at = 0; at < rows; at++) yield this.row(chunk, at);
    }
  }

  private row(chunk: DuckDBDataChunk, at: number): Row {
    const row: Record<string, DuckDBValue> = {};
    this.names.forEach((name, column) => (row[name] = chunk.getColumnVector(column).getItem(at)));
    return row as Row;
  }
}
