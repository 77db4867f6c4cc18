// Connections that only read: a bounded number, each used by one question at a time, all of the one
// instance. Made when first needed; after a fatal error the dead ones are dropped.

import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import pLimit from 'p-limit';
import { isFatal, queryRows } from './database.ts';
import type { Database } from './database.ts';

const MAX_CONNECTIONS = 4;

export class Readers {
  private readonly database: Database;
  private readonly limit = pLimit(MAX_CONNECTIONS);
  private readonly idle: DuckDBConnection[] = [];
  private readonly settle: () => Promise<void>;
  private closed = false;

  /** `settle` is awaited before every question: what is committed is in the tables then. */
  constructor(database: Database, settle: () => Promise<void> = async () => undefined) {
    this.database = database;
    this.settle = settle;
  }

  /** Questions waiting for a connection. */
  get waiting(): number {
    return this.limit.pendingCount;
  }

  rows<T extends object>(sql: string, values: DuckDBValue[] = []): Promise<T[]> {
    return this.use((connection) => queryRows<T>(connection, sql, values));
  }

  use<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    return this.limit(async () => {
      await this.settle();
      const connection = this.idle.pop() ?? (await this.database.connect());
      try {
        const result = await inTransaction(connection, work);
        this.giveBack(connection);
        return result;
      } catch (error) {
        if (isFatal(error)) this.drop(connection);
        else this.giveBack(connection);
        throw error;
      }
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    this.limit.clearQueue();
    while (this.limit.activeCount > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    for (const connection of this.idle.splice(0)) connection.closeSync();
  }

  private giveBack(connection: DuckDBConnection): void {
    if (this.closed) connection.closeSync();
    else this.idle.push(connection);
  }

  private drop(connection: DuckDBConnection): void {
    try {
      connection.closeSync();
    } catch {
      // The instance beneath it is gone already.
    }
    for (const other of this.idle.splice(0)) this.drop(other);
  }
}

/**
 * A statement is planned with the tables' statistics and run afterwards. Outside a transaction rows that are
 * committed in between are seen by the run and not by the plan, which then fails or answers wrongly.
 */
async function inTransaction<T>(connection: DuckDBConnection, work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  await connection.run('BEGIN');
  try {
    const result = await work(connection);
    await connection.run('COMMIT');
    return result;
  } catch (error) {
    await connection.run('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
