// Runs jobs one at a time, in the order they were asked for. Every job ends in exactly one of done,
// failed and cancelled, and is never changed after that. With a store they outlive the daemon: what waited
// waits on, and what ran is begun again, because every job can be; one that the daemon died over twice is not.

import { systemClock, type Clock } from '../core/time/clock.ts';
import { LakeError, messageOf } from '../core/errors.ts';
import type { Job, JobError, JobPort, JobProgress, JobRequest, JobType } from '../core/answers/jobs.ts';
import type { Logger } from '../core/logger.ts';
import type { Page } from '../core/answers/page.ts';
import type { PageRequest } from '../core/answers/questions.ts';
import type { Service } from '../core/service.ts';
import { isoFromMs } from '../core/time/time.ts';
import type { JobStore } from './job-log.ts';
import { JobTable } from './job-table.ts';
import type { JobEntry } from './job-table.ts';

/** Jobs that may wait for their turn: far more than anyone means to. */
export const QUEUED_JOBS_MAX = 100;

/** A job that the daemon died over this often may be why it died. */
const ATTEMPTS_MAX = 2;
/** Progress is told to listeners at most this often. */
const TELL_EVERY_MS = 250;

/** What to do for each type. Ends soon after the signal aborts: by throwing, or with what it has done so far. */
export type JobHandlers = {
  [T in JobType]: (request: JobRequest<T>, signal: AbortSignal, onProgress: (progress: JobProgress) => void) => Promise<unknown>;
};

export interface JobsOptions {
  clock?: Clock;
  logger?: Logger;
  /** Where jobs outlive the daemon; without it they end with it. */
  store?: JobStore;
  /** Nothing runs before `begin`. */
  waits?: boolean;
}

export class Jobs implements JobPort, Service {
  readonly #handlers: Partial<JobHandlers>;
  readonly #clock: Clock;
  readonly #logger: Logger | undefined;
  readonly #table: JobTable;
  readonly #queue: JobEntry[] = [];
  readonly #store: JobStore | undefined;
  readonly #listeners = new Set<(job: Job) => void>();
  #waiting: boolean;
  #current: JobEntry | null = null;
  /** The job that runs, to its end; never rejects. */
  #turn: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(handlers: Partial<JobHandlers>, { clock = systemClock, logger, store, waits = false }: JobsOptions = {}) {
    this.#handlers = handlers;
    this.#clock = clock;
    this.#logger = logger;
    this.#store = store;
    this.#table = new JobTable(store);
    this.#waiting = waits;
  }

  /** Finds the jobs of earlier runs. */
  async start(): Promise<void> {
    for (const entry of this.#table.load()) {
      const { attempts, job, request } = entry;
      if (job.finished_at !== null) continue;
      if (job.state === 'queued') this.#queue.push(entry);
      else if (attempts >= ATTEMPTS_MAX || !(request.type in this.#handlers)) this.#finish(entry, { state: 'failed', error: INTERRUPTED });
      else {
        this.#change(entry, { state: 'queued', progress: null });
        this.#queue.push(entry);
      }
    }
    this.#advance();
  }

  /** From now on jobs run. */
  begin(): void {
    this.#waiting = false;
    this.#advance();
  }

  /** Without a store, cancels what waits and what runs; else the next start goes on with them. Waits for what runs. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const entry of this.#queue.splice(0)) if (this.#store === undefined) this.#finish(entry, { state: 'cancelled' });
    this.#current?.abort.abort();
    await this.#turn;
    this.#store?.close();
  }

  /** Calls with each job that changed, at most a few times a second where it is only its progress. Returns how to end it. */
  listen(listener: (job: Job) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Jobs that wait or run, in the order in which they were asked for. */
  open(): Job[] {
    return [...(this.#current === null ? [] : [this.#current]), ...this.#queue].map(({ job }) => job);
  }

  create(request: JobRequest): Job {
    if (this.#handlers[request.type] === undefined) throw new LakeError('unreachable', `A job of type ${request.type} needs the index for itself.`, { hint: 'The command for it does without a daemon what it needs.' });
    if (this.#closed) throw new LakeError('unavailable', 'The daemon is shutting down and takes no more jobs.');
    if (this.#queue.length >= QUEUED_JOBS_MAX) {
      throw new LakeError('unavailable', `${QUEUED_JOBS_MAX} jobs are waiting already.`, { hint: 'Wait until some are done, or cancel some: DELETE /api/jobs/ID.' });
    }
    const entry = this.#table.add(request, this.#now());
    const { job } = entry;
    this.#queue.push(entry);
    this.#tell(entry);
    this.#advance();
    return job;
  }

  list(request: PageRequest): Page<Job> {
    return this.#table.page(request);
  }

  get(id: string): Job {
    return this.#table.get(id).job;
  }

  cancel(id: string): Job {
    const entry = this.#table.get(id);
    const at = this.#queue.indexOf(entry);
    entry.cancelled = true;
    if (at === -1) {
      entry.abort.abort();
    } else {
      this.#queue.splice(at, 1);
      this.#finish(entry, { state: 'cancelled' });
    }
    return entry.job;
  }

  #advance(): void {
    if (this.#current !== null || this.#waiting || this.#closed) return;
    const next = this.#queue.shift();
    if (next === undefined) return;
    this.#current = next;
    this.#turn = this.#perform(next).then(() => {
      this.#current = null;
      this.#advance();
    });
  }

  async #perform(entry: JobEntry): Promise<void> {
    const { request, abort: { signal } } = entry;
    entry.attempts += 1;
    this.#change(entry, { state: 'running' });
    try {
      const result = await performWith(this.#handlers, request, signal, (progress) => {
        if (entry.job.state === 'running') this.#progress(entry, progress);
      });
      if (this.#isPutOff(entry)) this.#putOff(entry);
      else if (signal.aborted) this.#finish(entry, { state: 'cancelled', result: result ?? null });
      else this.#finish(entry, { state: 'done', progress: wholeOf(entry.job.progress), result: result ?? null });
    } catch (error) {
      const fields = { err: error, job: entry.job.id, type: request.type };
      if (signal.aborted) this.#logger?.debug(fields, 'a cancelled job ended');
      else this.#logger?.error(fields, 'a job failed');
      if (this.#isPutOff(entry)) this.#putOff(entry);
      else this.#finish(entry, signal.aborted ? { state: 'cancelled' } : { state: 'failed', error: jobError(error) });
    }
  }

  /** The daemon stops, and nobody cancelled the job. */
  #isPutOff({ abort, cancelled }: JobEntry): boolean {
    return this.#store !== undefined && abort.signal.aborted && !cancelled;
  }

  /** The next start begins it again; this one did not die over it. */
  #putOff(entry: JobEntry): void {
    entry.attempts -= 1;
    this.#change(entry, { state: 'queued', progress: null });
  }

  #progress(entry: JobEntry, progress: JobProgress): void {
    entry.job = { ...entry.job, progress };
    const nowMs = performance.now();
    if (nowMs - entry.toldMs < TELL_EVERY_MS) return;
    entry.toldMs = nowMs;
    this.#tell(entry);
  }

  #change(entry: JobEntry, change: Partial<Job>): void {
    entry.job = { ...entry.job, ...change };
    try {
      this.#table.save(entry);
    } catch (error) {
      this.#logger?.warn({ err: error, job: entry.job.id }, 'a job cannot be written down; a restart would find it as it was before');
    }
    this.#tell(entry);
  }

  #tell({ job }: JobEntry): void {
    for (const listener of this.#listeners) listener(job);
  }

  #finish(entry: JobEntry, change: Partial<Job>): void {
    this.#change(entry, { ...change, finished_at: this.#now() });
    this.#table.finished(entry);
  }

  #now(): string {
    return isoFromMs(this.#clock.now());
  }
}

const INTERRUPTED: JobError = {
  code: 'interrupted', message: 'The daemon ended while the job ran, more than once; it is not begun again.', hint: 'Ask for it again with POST /api/jobs.',
};

/** Steps that turned out not to be needed are done as well. */
function wholeOf(progress: JobProgress | null): JobProgress | null {
  return progress === null ? null : { ...progress, done: progress.total };
}

/** Does a job at once. */
export function performWith<T extends JobType>(handlers: Partial<JobHandlers>, request: JobRequest<T>, signal: AbortSignal, onProgress: (progress: JobProgress) => void = () => undefined): Promise<unknown> {
  const handler = handlers[request.type] as JobHandlers[T] | undefined;
  if (handler === undefined) throw new LakeError('unreachable', `Nothing here does jobs of type ${request.type}.`);
  return handler(request, signal, onProgress);
}

/** The message even of an error nobody foresaw: of a job there is nothing else to go by. */
function jobError(error: unknown): JobError {
  const { code, hint } = error instanceof LakeError ? error : { code: 'internal', hint: undefined } as const;
  return { code, message: messageOf(error), hint: hint ?? null };
}
