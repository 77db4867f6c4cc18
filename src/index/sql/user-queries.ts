// Users' SQL: a few processes, each with one query at a time, over one copy of the lake. Processes and copy
// go when nobody has asked for a while.

import { LakeError } from '../../core/errors.ts';
import type { SqlEnd, SqlPort, SqlRequest } from '../../core/answers/sql.ts';
import { QueryProcess } from './query-process.ts';
import type { OnRows } from './query-process.ts';
import type { SqlSource } from './sql-source.ts';
import { QueryTurns } from './query-turns.ts';

const PROCESSES = 2;
const WAITING_MAX = 32;
const IDLE_MS = 120_000;

export interface UserQueryParts {
  source: () => Promise<SqlSource>;
  views: (source: SqlSource) => Promise<readonly string[]>;
  /** Deletes what `source` made. */
  clear: () => Promise<void>;
}

export class UserQueries implements SqlPort {
  private readonly parts: UserQueryParts;
  private readonly turns = new QueryTurns(PROCESSES);
  private readonly processes = new Set<QueryProcess>();
  private readonly idle: QueryProcess[] = [];
  private idleTimer: NodeJS.Timeout | null = null;
  private readonly closing = new AbortController();

  constructor(parts: UserQueryParts) {
    this.parts = parts;
  }

  run(request: SqlRequest, onRows: OnRows, signal?: AbortSignal): Promise<SqlEnd> {
    if (this.isClosed) throw this.givenUp();
    if (this.turns.waiting >= WAITING_MAX) throw new LakeError('unavailable', `${WAITING_MAX} queries are waiting.`, { hint: 'Try again when some have ended.' });
    const either = AbortSignal.any([this.closing.signal, ...(signal === undefined ? [] : [signal])]);
    return this.turns.take(() => this.ask(request, onRows, signal), either, () => this.givenUp()).finally(() => this.rest());
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.end();
  }

  private get isClosed(): boolean {
    return this.closing.signal.aborted;
  }

  private givenUp(): LakeError {
    return new LakeError('unavailable', this.isClosed ? 'The daemon is shutting down.' : 'The query was given up.');
  }

  private async ask({ sql, form, limit, maxBytes, timeoutMs }: SqlRequest, onRows: OnRows, signal?: AbortSignal): Promise<SqlEnd> {
    if (this.idleTimer !== null) clearTimeout(this.idleTimer);
    // It starts while the copy is made.
    const process = this.ready() ?? this.started();
    try {
      const source = await this.parts.source();
      const end = await process.run({ kind: 'query', files: source.files, views: await this.parts.views(source), sql, form, limit, maxBytes }, timeoutMs, onRows, signal);
      // What very long texts left in its memory is not held against the next query.
      if (end.truncated === 'bytes') process.kill();
      return end;
    } finally {
      if (process.isAlive && !this.isClosed) this.idle.push(process);
      else this.drop(process);
    }
  }

  private ready(): QueryProcess | undefined {
    for (let process = this.idle.pop(); process !== undefined; process = this.idle.pop()) {
      if (process.isAlive) return process;
      this.processes.delete(process);
    }
    return undefined;
  }

  private started(): QueryProcess {
    const process = new QueryProcess();
    this.processes.add(process);
    return process;
  }

  private drop(process: QueryProcess): void {
    this.processes.delete(process);
    if (process.isAlive) process.kill();
  }

  private rest(): void {
    if (this.idleTimer !== null) clearTimeout(this.idleTimer);
    if (this.isClosed || !this.turns.isIdle) return;
    this.idleTimer = setTimeout(() => void this.end().catch(() => undefined), IDLE_MS);
    this.idleTimer.unref();
  }

  private async end(): Promise<void> {
    if (this.idleTimer !== null) clearTimeout(this.idleTimer);
    this.idle.length = 0;
    for (const process of this.processes) this.drop(process);
    await this.parts.clear();
  }
}
