// A query process as the daemon holds it: started when needed, used for one query at a time, killed where a
// query is to end before its time.

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { LakeError } from '../../core/errors.ts';
import { SQL_JOB } from '../../core/answers/jobs.ts';
import { SQL_LIMITS } from '../../core/answers/sql.ts';
import type { SqlEnd, SqlRows } from '../../core/answers/sql.ts';
import { workerUrl } from '../../core/worker-url.ts';
import type { FromQuery, QueryMessage } from './query-messages.ts';

/** Of everything that the process allocates; the engine's own limit does not count every text it makes. */
const DATA_KIB = 1024 * 1024;
const HEAP_MIB = 192;
const LESS = 'Ask for less: a filter on ts, fewer rows or columns, or sums instead of rows.';

export type OnRows = (rows: SqlRows) => void | Promise<void>;

interface Running {
  onRows: OnRows;
  resolve: (end: SqlEnd) => void;
  reject: (error: Error) => void;
}

export class QueryProcess {
  private readonly child: ChildProcess;
  private running: Running | null = null;
  private ended = false;

  constructor() {
    const args = [`--max-old-space-size=${HEAP_MIB}`, fileURLToPath(workerUrl(import.meta.url, 'index/sql/query-worker'))];
    // The limit is inherited; where a system has none, the engine's own is left.
    const [command, ...rest] = process.platform === 'win32' ? [process.execPath, ...args] : ['/bin/sh', '-c', `ulimit -d ${DATA_KIB} 2>/dev/null; exec "$0" "$@"`, process.execPath, ...args];
    // Without the daemon's environment, which may hold its token.
    this.child = spawn(command, rest, { env: {}, stdio: ['ignore', 'ignore', 'ignore', 'ipc'], serialization: 'advanced' });
    this.child.on('message', (message: FromQuery) => void this.hear(message));
    this.child.on('error', (error) => this.lost(new LakeError('internal', 'The process for queries cannot be started.', { cause: error })));
    this.child.on('exit', () => this.lost(stopped('It needed more memory than a query may use.', LESS)));
  }

  get isAlive(): boolean {
    return !this.ended;
  }

  /** Rejects with what is wrong with the statement, or `query_stopped`. */
  async run(message: QueryMessage, timeoutMs: number, onRows: OnRows, signal?: AbortSignal): Promise<SqlEnd> {
    const timer = setTimeout(() => this.kill(stopped(`It took longer than ${timeoutMs} ms.`, `${LESS} timeout_ms may be up to ${SQL_LIMITS.timeoutMaxMs}, of a job up to ${SQL_JOB.timeoutMaxMs}.`)), timeoutMs);
    const abort = (): void => this.kill(new LakeError('unavailable', 'The query was given up.'));
    signal?.addEventListener('abort', abort);
    try {
      return await new Promise<SqlEnd>((resolve, reject) => {
        this.running = { onRows, resolve, reject };
        if (signal?.aborted === true) abort();
        else this.child.send(message);
      });
    } finally {
      this.running = null;
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    }
  }

  kill(reason: LakeError = new LakeError('unavailable', 'The daemon is shutting down.')): void {
    this.lost(reason);
    this.child.kill('SIGKILL');
  }

  private async hear(message: FromQuery): Promise<void> {
    const { running } = this;
    if (running === null) return;
    switch (message.kind) {
      case 'ready':
        return;
      case 'rows':
        try {
          await running.onRows(message);
          if (!this.ended) this.child.send({ kind: 'more' });
        } catch (error) {
          running.reject(error as Error);
          this.kill();
        }
        return;
      case 'end':
        return running.resolve({ columns: message.columns, rows: message.rows, truncated: message.truncated, elapsedMs: message.elapsedMs });
      case 'refused': {
        const { position } = message;
        const where = position === null ? '.' : ` (line ${position.line}, column ${position.column}).`;
        return running.reject(new LakeError('invalid_parameter', message.message.replace(/\.$/, '') + where, { parameter: 'sql', ...(position === null ? {} : { position }) }));
      }
      case 'failed':
        // Whatever state the engine is in now, the next query gets another.
        return this.kill(/^Out of Memory/i.test(message.message) ? stopped('It needed more memory than a query may use.', LESS) : new LakeError('internal', 'The query failed inside.', { cause: new Error(message.message) }));
    }
  }

  private lost(reason: Error): void {
    this.ended = true;
    this.running?.reject(reason);
    this.running = null;
  }
}

function stopped(why: string, hint: string): LakeError {
  return new LakeError('query_stopped', `The query was stopped. ${why}`, { parameter: 'sql', hint });
}
