// Runs jobs one at a time, in the order they were asked for. Every job ends in exactly one of done,
// failed and cancelled, and is never changed after that. With a store they outlive the daemon: what waited
// waits on, and what ran is begun again, because every job can be; one that the daemon died over twice is not.

import { randomBytes } from 'node:crypto';
import { systemClock, type Clock } from '../core/clock.ts';
import { decodeCursor, encodeCursor } from '../core/cursor.ts';
import { LakeError, messageOf } from '../core/errors.ts';
import type { Job, JobError, JobPort, JobProgress, JobRequest, JobType } from '../core/jobs.ts';
import type { Logger } from '../core/logger.ts';
import type { Page } from '../core/page.ts';
import type { PageRequest } from '../core/questions.ts';
import type { Service } from '../core/service.ts';
import type { JobStore } from './job-log.ts';
import { isoFromMs } from '../core/time.ts';

/** Jobs that are over and can still be asked for. */
export const FINISHED_JOBS_MAX = 1000;
/** Jobs that may wait for their turn: far more than anyone means to. */
export const QUEUED_JOBS_MAX = 100;

/** A job that the daemon died over this often may be why it died. */
const ATTEMPTS_MAX = 2;
/** Progress is told to listeners at most this often. */
const TELL_EVERY_MS = 250;

const LIST = 'jobs';

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

interface Entry {
  number: number;
  request: JobRequest;
  attempts: number;
  abort: AbortController;
  /** Somebody asked for its end, other than the daemon that stops. */
  cancelled: boolean;
  toldMs: number;
  /** Replaced, never changed. */
  job: Job;
}

export class Jobs implements JobPort, Service {
  readonly #handlers: Partial<JobHandlers>;
  readonly #clock: Clock;
  readonly #logger: Logger | undefined;
  /** Names this run of the daemon. */
  readonly #run = randomBytes(4).toString('hex');
  /** In the order they were asked for. */
  readonly #entries = new Map<string, Entry>();
  readonly #queue: Entry[] = [];
  /** Ids of the jobs that are over, in the order they ended. */
  readonly #finished: string[] = [];
  readonly #store: JobStore | undefined;
  readonly #listeners = new Set<(job: Job) => void>();
  #waiting: boolean;
  #created = 0;
  #current: Entry | null = null;
  /** The job that runs, to its end; never rejects. */
  #turn: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(handlers: Partial<JobHandlers>, { clock = systemClock, logger, store, waits = false }: JobsOptions = {}) {
    this.#handlers = handlers;
    this.#clock = clock;
    this.#logger = logger;
    this.#store = store;
    this.#waiting = waits;
  }

  /** Finds the jobs of earlier runs. */
  async start(): Promise<void> {
    for (const { number, request, attempts, job } of this.#store?.load() ?? []) {
      this.#created = Math.max(this.#created, number);
      const entry: Entry = { number, request, attempts, job, abort: new AbortController(), cancelled: false, toldMs: 0 };
      this.#entries.set(job.id, entry);
      if (job.finished_at !== null) this.#finished.push(job.id);
      else if (job.state === 'queued') this.#queue.push(entry);
      else if (attempts >= ATTEMPTS_MAX || !(request.type in this.#handlers)) this.#finish(entry, { state: 'failed', error: INTERRUPTED });
      else {
        this.#change(entry, { state: 'queued', progress: null });
        this.#queue.push(entry);
      }
    }
    this.#forgetOldest();
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
    this.#created += 1;
    const job: Job = {
      id: `${this.#run}-${this.#created}`, type: request.type, state: 'queued', progress: null,
      created_at: this.#now(), finished_at: null, result: null, error: null,
    };
    const entry: Entry = { number: this.#created, request, attempts: 0, abort: new AbortController(), job, cancelled: false, toldMs: 0 };
    this.#keep(entry);
    this.#entries.set(job.id, entry);
    this.#queue.push(entry);
    this.#tell(entry);
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
      next_cursor: hasMore && last !== undefined ? encodeCursor(LIST, [last.number]) : null,
    };
  }

  get(id: string): Job {
    return this.#entry(id).job;
  }

  cancel(id: string): Job {
    const entry = this.#entry(id);
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

  async #perform(entry: Entry): Promise<void> {
    const { request, abort: { signal } } = entry;
    entry.attempts += 1;
    this.#change(entry, { state: 'running' });
    try {
      const result = await performWith(this.#handlers, request, signal, (progress) => {
        if (entry.job.state === 'running') this.#progress(entry, progress);
      });
      if (this.#isPutOff(entry)) this.#putOff(entry);
      else this.#finish(entry, { state: signal.aborted ? 'cancelled' : 'done', result: result ?? null });
    } catch (error) {
      const fields = { err: error, job: entry.job.id, type: request.type };
      if (signal.aborted) this.#logger?.debug(fields, 'a cancelled job ended');
      else this.#logger?.error(fields, 'a job failed');
      if (this.#isPutOff(entry)) this.#putOff(entry);
      else this.#finish(entry, signal.aborted ? { state: 'cancelled' } : { state: 'failed', error: jobError(error) });
    }
  }

  /** The daemon stops, and nobody cancelled the job. */
  #isPutOff({ abort, cancelled }: Entry): boolean {
    return this.#store !== undefined && abort.signal.aborted && !cancelled;
  }

  /** The next start begins it again; this one did not die over it. */
  #putOff(entry: Entry): void {
    entry.attempts -= 1;
    this.#change(entry, { state: 'queued', progress: null });
  }

  #progress(entry: Entry, progress: JobProgress): void {
    entry.job = { ...entry.job, progress };
    const nowMs = performance.now();
    if (nowMs - entry.toldMs < TELL_EVERY_MS) return;
    entry.toldMs = nowMs;
    this.#tell(entry);
  }

  #change(entry: Entry, change: Partial<Job>): void {
    entry.job = { ...entry.job, ...change };
    try {
      this.#keep(entry);
    } catch (error) {
      this.#logger?.warn({ err: error, job: entry.job.id }, 'a job cannot be written down; a restart would find it as it was before');
    }
    this.#tell(entry);
  }

  #keep({ number, request, attempts, job }: Entry): void {
    this.#store?.save({ number, request, attempts, job });
  }

  #tell({ job }: Entry): void {
    for (const listener of this.#listeners) listener(job);
  }

  #finish(entry: Entry, change: Partial<Job>): void {
    this.#change(entry, { ...change, finished_at: this.#now() });
    this.#finished.push(entry.job.id);
    this.#forgetOldest();
  }

  #forgetOldest(): void {
    const tooMany = Math.max(0, this.#finished.length - FINISHED_JOBS_MAX);
    for (const id of this.#finished.splice(0, tooMany)) {
      this.#entries.delete(id);
      this.#store?.forget(id);
    }
  }

  #now(): string {
    return isoFromMs(this.#clock.now());
  }

  #entry(id: string): Entry {
    const entry = this.#entries.get(id);
    if (entry !== undefined) return entry;
    throw new LakeError('not_found', `There is no job ${id}.`, { hint: `Of the jobs that are over, the last ${FINISHED_JOBS_MAX} can be asked for; GET /api/jobs lists them.` });
  }

  /** The number before which a page begins. */
  #position(cursor: string): number {
    return Number(decodeCursor(LIST, cursor)[0]);
  }
}

const INTERRUPTED: JobError = {
  code: 'interrupted', message: 'The daemon ended while the job ran, more than once; it is not begun again.', hint: 'Ask for it again with POST /api/jobs.',
};

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
