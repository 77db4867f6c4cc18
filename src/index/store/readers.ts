// Who answers questions from the tables.

import type { DuckDBConnection, DuckDBDataChunk, DuckDBValue } from '@duckdb/node-api';

/** One statement, measured. */
export type Ask = <T extends object>(sql: string, values?: DuckDBValue[]) => Promise<T[]>;
/** On one connection, in one transaction: what the first statement saw the others see. */
export type Work<T> = (connection: DuckDBConnection, ask: Ask) => Promise<T>;

export interface Readers {
  /** One statement; otherwise as `use`. */
  rows<T extends object>(sql: string, values?: DuckDBValue[]): Promise<T[]>;
  /** One statement without values: all its rows, as columns. For few of them: they are in memory at once. */
  chunks(sql: string): Promise<DuckDBDataChunk[]>;
  /** Throws `unavailable` where too many wait already, or where it takes too long. */
  use<T>(work: Work<T>): Promise<T>;
  /** Waits for none of the other questions: for what many of them wait for themselves. One at a time. */
  ahead<T>(work: Work<T>): Promise<T>;
  /** For who knows himself what is committed and not in the tables yet: waits for none of it. */
  asStored(): Readers;
}
