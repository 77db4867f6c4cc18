// Counts what is asked of the database: an answer takes as many statements for a thousand rows as for one.

import { DuckDBConnection } from '@duckdb/node-api';
import { vi } from 'vitest';

const FRAME = new Set(['BEGIN', 'COMMIT', 'ROLLBACK']);

/** The statements that were run meanwhile, without those that begin and end transactions. */
export async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const run = vi.spyOn(DuckDBConnection.prototype, 'run');
  const stream = vi.spyOn(DuckDBConnection.prototype, 'stream');
  try {
    await work();
    return [...run.mock.calls, ...stream.mock.calls].map(([sql]) => sql).filter((sql) => !FRAME.has(sql));
  } finally {
    run.mockRestore();
    stream.mockRestore();
  }
}
