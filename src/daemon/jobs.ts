// Runs jobs one at a time, in the order they were asked for. Every job ends in exactly one of done,
// failed and cancelled, and is never changed after that. Nothing is written down: ids carry the run of
// the daemon they belong to, so that one from before a restart is told apart from one that never was.

import { randomBytes } from 'node:crypto';
import { systemClock, type Clock } from '../core/clock.ts';
import { decodeCursor, encodeCursor } from '../core/cursor.ts';
import { LakeError, messageOf } from '../core/errors.ts';
import type { Page } from '../core/items.ts';
import type { Job, JobError, JobPort, JobProgress, JobRequest, JobType } from '../core/jobs.ts';
import type { Logger } from '../core/logger.ts';
import type { PageRequest } from '../core/questions.ts';
import type { Service } from '../core/service.ts';
import { isoFromMs } from '../core/time.ts';

/** Jobs that are over and can still be asked for. */
export const FINISHED_JOBS_MAX = 1000;
/** Jobs that may wait for their turn: far more than anyone means to. */
export const QUEUED_JOBS_MAX = 100;

const LIST = 'jobs';
const ID = /^([0-9a-f]{8})-\d+$/;

/** What to do for each type. Ends soon after the signal aborts: by throwing, or with what it has done so far. */
export type JobHandlers = {
  [T in JobType]: (request: JobRequest<T>, signal: AbortSignal, onProgress: (progress: JobProgress) => void) => Promise<unknown>;
};

export interface JobsOptions {
  clock?: Clock;
  logger?: Logger;
}

interface Entry {
  number: number;
  request: JobRequest;
  abort: AbortController;
  /** Replaced, never changed. */
  job: Job;
}

export class Jobs implements JobPort, Service {
  readonly #handlers: JobHandlers;
  readonly #clock: Clock;
  readonly #logger: Logger | undefined;
  /** Names this run of the daemon. */
  readonly #run = randomBytes(4).toString('hex');
  /** In the order they were asked for. */
  readonly #entries = new Map<string, Entry>();
  readonly #queue: Entry[] = [];
  /** Ids of the jobs that are over, in the order they ended. */
  readonly #finished: string[] = [];
  #created = 0;
  #current: Entry | null = null;
  /** The job that runs, to its end; never rejects. */
  #turn: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(handlers: JobHandlers, { clock = systemClock, logger }: JobsOptions = {}) {
    this.#handlers = handlers;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** There is nothing to acquire: a job begins when it is its turn. */
  async start(): Promise<void> {}

  /** Cancels what waits and what runs, and waits for that. Jobs can still be looked at afterwards. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const entry of this.#queue.splice(0)) this.#finish(entry, { state: 'cancelled' });
    this.#current?.abort.abort();
    await this.#turn;
  }

  create(request: JobRequest): Job {
    if (this.#closed) throw new LakeError('unavailable', 'The daemon is shutting down and takes no more jobs.');
    if (this.#queue.length >= QUEUED_JOBS_MAX) {
      throw new LakeError('unavailable', `${QUEUED_JOBS_MAX} jobs are waiting already.`, { hint: 'Wait until some are done, or cancel some: DELETE /api/jobs/ID.' });
    }
    this.#created += 1;
    const job: Job = {
      id: `${this.#run}-${this.#created}`, type: request.type, state: 'queued', progress: null,
      created_at: this.#now(), finished_at: null, result: null, error: null,
    };
    const entry: Entry = { number: this.#created, request, abort: new AbortController(), job };
    this.#entries.set(job.id, entry);
    this.#queue.push(entry);
    this.#advance();
    return job;
  }

  list({ limit, cursor }: PageRequest): Page<Job> {
    const before = cursor === undefined ? Number.POSITIVE_INFINITY : this.#position(cursor);
    const left = [...this.#entries.values()].filter(({ number }) => number < before).reverse();
    const shown = left.slice(0, limit);
    const last = shown.at(-1);
    const hasMore = left.length > shown.length;
    return {
      items: shown.map(({ job }) => job),
      has_more: hasMore,
      next_cursor: hasMore && last !== undefined ? encodeCursor(LIST, [this.#run, last.number]) : null,
    };
  }

  get(id: string): Job {
    return this.#entry(id).job;
  }

  cancel(id: string): Job {
    const entry = this.#entry(id);
    const at = this.#queue.indexOf(entry);
    if (at === -1) {
      entry.abort.abort();
    } else {
      this.#queue.splice(at, 1);
      this.#finish(entry, { state: 'cancelled' });
    }
    return entry.job;
  }

  #advance(): void {
    if (this.#current !== null) return;
    const next = this.#queue.shift();
    if (next === undefined) return;
    this.#current = next;
    this.#turn = this.#perform(next).then(() => {
      this.#current = null;
      this.#advance();
    });
  }

  async #perform(entry: Entry): Promise<void> {
    const { request, abort: { signal } } = entry;
    this.#change(entry, { state: 'running' });
    try {
      const result = await callHandler(this.#handlers, request, signal, (progress) => {
        if (entry.job.state === 'running') this.#change(entry, { progress });
      });
      this.#finish(entry, { state: signal.aborted ? 'cancelled' : 'done', result: result ?? null });
    } catch (error) {
      const fields = { err: error, job: entry.job.id, type: request.type };
      if (signal.aborted) this.#logger?.debug(fields, 'a cancelled job ended');
      else this.#logger?.error(fields, 'a job failed');
      this.#finish(entry, signal.aborted ? { state: 'cancelled' } : { state: 'failed', error: jobError(error) });
    }
  }

  #change(entry: Entry, change: Partial<Job>): void {
    entry.job = { ...entry.job, ...change };
  }

  #finish(entry: Entry, change: Partial<Job>): void {
    this.#change(entry, { ...change, finished_at: this.#now() });
    this.#finished.push(entry.job.id);
    const tooMany = Math.max(0, this.#finished.length - FINISHED_JOBS_MAX);
    for (const id of this.#finished.splice(0, tooMany)) this.#entries.delete(id);
  }

  #now(): string {
    return isoFromMs(this.#clock.now());
  }

  #entry(id: string): Entry {
    const entry = this.#entries.get(id);
    if (entry !== undefined) return entry;
    const run = ID.exec(id)?.[1];
    throw new LakeError('not_found', `There is no job ${id}.`, {
      hint: run === undefined || run === this.#run
        ? `Of the jobs that are over, the last ${FINISHED_JOBS_MAX} can be asked for; GET /api/jobs lists them.`
        : 'It is of an earlier run of the daemon: jobs do not survive a restart. Ask for a new one with POST /api/jobs.',
    });
  }

  /** The number before which a page begins. */
  #position(cursor: string): number {
    const [run, number] = decodeCursor(LIST, cursor);
    if (run === this.#run) return Number(number);
    throw new LakeError('invalid_cursor', 'The cursor is of an earlier run of the daemon.', {
      parameter: 'cursor', hint: 'Jobs do not survive a restart: leave the cursor out to begin again.',
    });
  }
}

function callHandler<T extends JobType>(handlers: JobHandlers, request: JobRequest<T>, signal: AbortSignal, onProgress: (progress: JobProgress) => void): Promise<unknown> {
  return handlers[request.type](request, signal, onProgress);
}

/** The message even of an error nobody foresaw: of a job there is nothing else to go by. */
function jobError(error: unknown): JobError {
  const { code, hint } = error instanceof LakeError ? error : { code: 'internal', hint: undefined } as const;
  return { code, message: messageOf(error), hint: hint ?? null };
}
