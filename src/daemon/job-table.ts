// The jobs that can be asked for: those that wait or run, and the last that are over. With a store each is
// written down as it stands, so that the next start finds it.

import { randomBytes } from 'node:crypto';
import { decodeCursor, encodeCursor } from '../core/answers/cursor.ts';
import { LakeError } from '../core/errors.ts';
import type { Job, JobRequest } from '../core/answers/jobs.ts';
import type { Page } from '../core/answers/page.ts';
import type { PageRequest } from '../core/answers/questions.ts';
import type { JobStore, StoredJob } from './job-log.ts';

/** Jobs that are over and can still be asked for. */
export const FINISHED_JOBS_MAX = 1000;

const LIST = 'jobs';

export interface JobEntry extends StoredJob {
  abort: AbortController;
  /** Somebody asked for its end, other than the daemon that stops. */
  cancelled: boolean;
  toldMs: number;
  /** Replaced, never changed. */
  job: Job;
}

export class JobTable {
  readonly #store: JobStore | undefined;
  /** Names this run of the daemon. */
  readonly #run = randomBytes(4).toString('hex');
  /** In the order they were asked for. */
  readonly #entries = new Map<string, JobEntry>();
  /** Ids of the jobs that are over, in the order they ended. */
  readonly #finished: string[] = [];
  #created = 0;

  constructor(store: JobStore | undefined) {
    this.#store = store;
  }

  /** Takes in the jobs of earlier runs, one after the other. */
  *load(): Iterable<JobEntry> {
    for (const { number, request, attempts, job } of this.#store?.load() ?? []) {
      this.#created = Math.max(this.#created, number);
      const entry = newEntry({ number, request, attempts, job });
      this.#entries.set(job.id, entry);
      if (job.finished_at !== null) this.#finished.push(job.id);
      yield entry;
    }
    this.#forgetOldest();
  }

  /** Throws what the store throws: then there is no such job. */
  add(request: JobRequest, createdAt: string): JobEntry {
    this.#created += 1;
    const job: Job = { id: `${this.#run}-${this.#created}`, type: request.type, state: 'queued', progress: null, created_at: createdAt, finished_at: null, result: null, error: null };
    const entry = newEntry({ number: this.#created, request, attempts: 0, job });
    this.save(entry);
    this.#entries.set(job.id, entry);
    return entry;
  }

  /** Throws what the store throws. */
  save({ number, request, attempts, job }: JobEntry): void {
    this.#store?.save({ number, request, attempts, job });
  }

  /** It is over: after so many others have ended it is forgotten. */
  finished({ job }: JobEntry): void {
    this.#finished.push(job.id);
    this.#forgetOldest();
  }

  /** Throws `not_found`. */
  get(id: string): JobEntry {
    const entry = this.#entries.get(id);
    if (entry !== undefined) return entry;
    throw new LakeError('not_found', `There is no job ${id}.`, { hint: `Of the jobs that are over, the last ${FINISHED_JOBS_MAX} can be asked for; GET /api/jobs lists them.` });
  }

  /** The newest first. */
  page({ limit, cursor }: PageRequest): Page<Job> {
    const before = cursor === undefined ? Number.POSITIVE_INFINITY : Number(decodeCursor(LIST, cursor)[0]);
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

  #forgetOldest(): void {
    const tooMany = Math.max(0, this.#finished.length - FINISHED_JOBS_MAX);
    for (const id of this.#finished.splice(0, tooMany)) {
      this.#entries.delete(id);
      this.#store?.forget(id);
    }
  }
}

function newEntry(stored: StoredJob): JobEntry {
  return { ...stored, abort: new AbortController(), cancelled: false, toldMs: 0 };
}
