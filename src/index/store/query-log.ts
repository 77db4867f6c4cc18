// What statements take: durations by the question they are asked for, time spent waiting for a connection,
// and of the slow ones their text and plan in the log. The last statement of each name is kept, so that
// it can be explained when somebody asks.

import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { Durations } from '../../core/time/durations.ts';
import { messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { queryRows } from './query.ts';

const SLOW_MS = 500;
/** A plan costs something as well: one a minute for each name. */
const PLAN_EVERY_MS = 60_000;
const SQL_SHOWN = 4000;
/** Statements are told apart by so much of their beginning, numbers aside. */
const SQL_TOLD_APART = 300;
const NAMED_MAX = 500;

export interface Statement {
  /** Null outside of any question. */
  name: string | null;
  sql: string;
  values: DuckDBValue[];
  ms: number;
}

export interface QueryObserver {
  /** Seconds. */
  statement(name: string, seconds: number): void;
  wait(seconds: number): void;
}

export class QueryLog {
  readonly waits = new Durations();
  readonly statements = new Durations();
  observer: QueryObserver | null = null;
  private readonly logger: Logger | null;
  private readonly lastOfKind = new Map<string, Statement>();
  private readonly plannedAt = new Map<string, number>();

  constructor(logger: Logger | null = null) {
    this.logger = logger;
  }

  /** Of each question, the statements it was last answered with. */
  get named(): Statement[] {
    return [...this.lastOfKind.values()];
  }

  waited(ms: number): void {
    this.waits.add(ms);
    this.observer?.wait(ms / 1000);
  }

  /** Resolves when a slow one is written down, with the connection it ran on. */
  async statement(statement: Statement, connection: DuckDBConnection): Promise<void> {
    const { name, ms } = statement;
    this.statements.add(ms);
    this.observer?.statement(name ?? 'none', ms / 1000);
    if (name !== null) this.remember(name, statement);
    if (ms > SLOW_MS && this.logger !== null) await this.slow(statement, connection);
  }

  private remember(name: string, statement: Statement): void {
    const kind = `${name}\n${statement.sql.slice(0, SQL_TOLD_APART).replaceAll(/\d+/g, '')}`;
    if (this.lastOfKind.size < NAMED_MAX || this.lastOfKind.has(kind)) this.lastOfKind.set(kind, statement);
  }

  private async slow({ name, sql, values, ms }: Statement, connection: DuckDBConnection): Promise<void> {
    const key = name ?? '';
    const isDue = performance.now() - (this.plannedAt.get(key) ?? Number.NEGATIVE_INFINITY) > PLAN_EVERY_MS;
    if (isDue) this.plannedAt.set(key, performance.now());
    const plan = isDue ? await planOf(connection, sql, values) : null;
    this.logger?.warn({ query: name, ms: Math.round(ms), sql: sql.slice(0, SQL_SHOWN), plan }, 'a slow statement');
  }
}

/** As DuckDB draws it; an error's message where there is none, as after an error of the statement itself. */
async function planOf(connection: DuckDBConnection, sql: string, values: DuckDBValue[]): Promise<string> {
  try {
    const rows = await queryRows<{ explain_value: string }>(connection, `EXPLAIN ${sql}`, values);
    return rows.map((row) => row.explain_value).join('\n');
  } catch (error) {
    return messageOf(error);
  }
}
