// Connections that only read: a bounded number, each used by one question at a time, all of the one
// instance. What waits for one is bounded too, heavy questions get at most a part of them, and a statement
// that takes too long is ended. After a fatal error, which all of them die of, the index is opened again.

import type { DuckDBConnection, DuckDBDataChunk, DuckDBValue } from '@duckdb/node-api';
import pLimit from 'p-limit';
import { LakeError } from '../../core/errors.ts';
import type { Operations } from '../../core/operations.ts';
import { isFatal } from './database.ts';
import { queryChunks, queryRows } from './query.ts';
import type { Database } from './database.ts';
import { damageIn } from './damage.ts';
import { QueryLog } from './query-log.ts';
import type { Ask, Readers, Work } from './readers.ts';

const MAX_CONNECTIONS = 4;
/** Of these, for heavy questions. */
const MAX_HEAVY = 2;
const MAX_WAITING = 2000;
/** No question takes so long but one that went wrong. */
const STATEMENT_MAX_MS = 30_000;

export interface ReaderPoolOptions {
  /** Awaited before every question: what is committed is in the tables then. */
  settle?: () => Promise<void>;
  /** Opens the index again where it is dead. Never rejects. */
  revive?: () => Promise<void>;
  operations?: Operations;
  log?: QueryLog;
  /** Told of a part of the index that cannot be read, as often as it is asked for. */
  onDamage?: (error: LakeError) => void;
  /** With every use of a connection. */
  onUse?: () => void;
  statementMaxMs?: number;
}

export interface PoolState {
  connections: number;
  busy: number;
  idle: number;
  waiting: number;
}

export class ReaderPool implements Readers {
  readonly log: QueryLog;
  private readonly database: Database;
  private readonly limit = pLimit(MAX_CONNECTIONS);
  private readonly heavyLimit = pLimit(MAX_HEAVY);
  private readonly aheadLimit = pLimit(1);
  private readonly idle: DuckDBConnection[] = [];
  /** Of the database, when the idle ones were opened. */
  private openings = 1;
  private readonly settle: () => Promise<void>;
  private readonly revive: () => Promise<void>;
  private readonly operations: Operations | undefined;
  private readonly statementMaxMs: number;
  private readonly onUse: (() => void) | undefined;
  private readonly onDamage: ((error: LakeError) => void) | undefined;
  private closed = false;

  constructor(database: Database, { settle = async () => undefined, revive = async () => undefined, operations, log = new QueryLog(), onUse, onDamage, statementMaxMs = STATEMENT_MAX_MS }: ReaderPoolOptions = {}) {
    this.database = database;
    this.settle = settle;
    this.revive = revive;
    this.operations = operations;
    this.log = log;
    this.onUse = onUse;
    this.onDamage = onDamage;
    this.statementMaxMs = statementMaxMs;
  }

  get state(): PoolState {
    const { limit, heavyLimit, idle } = this;
    return { connections: MAX_CONNECTIONS, busy: limit.activeCount, idle: idle.length, waiting: limit.pendingCount + heavyLimit.pendingCount };
  }

  /** Opens the connections, so that the first questions do not wait for it. */
  async warmUp(): Promise<void> {
    const opened = Array.from({ length: MAX_CONNECTIONS }, () => this.database.connect());
    for (const connection of await Promise.all(opened)) this.giveBack(connection);
  }

  asStored(): Readers {
    const settle = async (): Promise<void> => undefined;
    return {
      rows: <T extends object>(sql: string, values?: DuckDBValue[]) => this.oneStatement<T>(sql, values, settle),
      chunks: (sql) => this.allChunks(sql, settle),
      use: (work) => this.use(work, settle),
      ahead: (work) => this.ahead(work),
      asStored: () => this.asStored(),
    };
  }

  rows<T extends object>(sql: string, values: DuckDBValue[] = []): Promise<T[]> {
    return this.oneStatement<T>(sql, values, () => this.settle());
  }

  chunks(sql: string): Promise<DuckDBDataChunk[]> {
    return this.allChunks(sql, () => this.settle());
  }

  use<T>(work: Work<T>, settle = () => this.settle(), statements: 'one' | 'any' = 'any'): Promise<T> {
    if (this.state.waiting >= MAX_WAITING) return Promise.reject(new LakeError('unavailable', `${MAX_WAITING} questions wait already.`, { hint: 'Try again in a moment.' }));
    const asked = performance.now();
    const take = (): Promise<T> => this.limit(() => this.run(work, asked, settle, statements));
    return this.operations?.current()?.heavy === true ? this.heavyLimit(take) : take();
  }

  ahead<T>(work: Work<T>): Promise<T> {
    const asked = performance.now();
    return this.aheadLimit(() => this.run(work, asked, () => this.settle(), 'any'));
  }

  async close(): Promise<void> {
    this.closed = true;
    this.aheadLimit.clearQueue();
    this.heavyLimit.clearQueue();
    this.limit.clearQueue();
    while (this.limit.activeCount + this.aheadLimit.activeCount > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    this.closeIdle();
  }

  /** Without values a statement is not prepared: it is planned and run in one transaction of its own, which saves two turns. */
  private oneStatement<T extends object>(sql: string, values: DuckDBValue[] = [], settle: () => Promise<void>): Promise<T[]> {
    return this.use((_connection, ask) => ask<T>(sql, values), settle, values.length === 0 ? 'one' : 'any');
  }

  private allChunks(sql: string, settle: () => Promise<void>): Promise<DuckDBDataChunk[]> {
    return this.use((connection) => this.measured(connection, sql, [], () => queryChunks(connection, sql)), settle, 'one');
  }

  private async run<T>(work: Work<T>, asked: number, settle: () => Promise<void>, statements: 'one' | 'any'): Promise<T> {
    await settle();
    this.onUse?.();
    if (!this.database.isOpen) await this.revive();
    const connection = await this.connect();
    this.log.waited(performance.now() - asked);
    try {
      const ask = (): Promise<T> => work(connection, this.asker(connection));
      const result = await this.inTime(connection, () => (statements === 'one' ? ask() : inTransaction(connection, ask)));
      this.giveBack(connection);
      return result;
    } catch (error) {
      if (isFatal(error)) await this.bury(connection);
      else this.giveBack(connection);
      const damage = damageIn(error, this.database.path);
      if (damage === null) throw error;
      this.onDamage?.(damage);
      throw damage;
    }
  }

  private async connect(): Promise<DuckDBConnection> {
    if (this.openings !== this.database.openings) this.closeIdle();
    return this.idle.pop() ?? this.database.connect();
  }

  private asker(connection: DuckDBConnection): Ask {
    return <T extends object>(sql: string, values: DuckDBValue[] = []) => this.measured(connection, sql, values, () => queryRows<T>(connection, sql, values));
  }

  private async measured<T>(connection: DuckDBConnection, sql: string, values: DuckDBValue[], run: () => Promise<T>): Promise<T> {
    const name = this.operations?.current()?.name ?? null;
    const started = performance.now();
    try {
      return await run();
    } finally {
      await this.log.statement({ name, sql, values, ms: performance.now() - started }, connection);
    }
  }

  private async inTime<T>(connection: DuckDBConnection, work: () => Promise<T>): Promise<T> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      connection.interrupt();
    }, this.statementMaxMs);
    try {
      return await work();
    } catch (error) {
      if (!late) throw error;
      throw new LakeError('unavailable', `The question took longer than ${this.statementMaxMs / 1000} s and was ended.`, { hint: 'Ask for less at once: a filter, a shorter time, a smaller limit.', cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  private giveBack(connection: DuckDBConnection): void {
    if (this.closed || this.idle.length >= MAX_CONNECTIONS) closeDead(connection);
    else this.idle.push(connection);
  }

  private async bury(connection: DuckDBConnection): Promise<void> {
    closeDead(connection);
    this.closeIdle();
    await this.revive();
  }

  /** They may be of an instance that is gone. */
  private closeIdle(): void {
    this.openings = this.database.openings;
    for (const connection of this.idle.splice(0)) closeDead(connection);
  }
}

function closeDead(connection: DuckDBConnection): void {
  try {
    connection.closeSync();
  } catch {
    // The instance beneath it is gone already.
  }
}

/**
 * A statement that is prepared is planned with the tables' statistics in one transaction and run in another one. Without
 * one around both, rows that are committed in between are seen by the run and not by the plan, which then fails or answers
 * wrongly.
 */
async function inTransaction<T>(connection: DuckDBConnection, work: () => Promise<T>): Promise<T> {
  await connection.run('BEGIN');
  try {
    const result = await work();
    await connection.run('COMMIT');
    return result;
  } catch (error) {
    await connection.run('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
