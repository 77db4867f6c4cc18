// The conversion workers: none until there is work, none again soon after it. A worker is never
// terminated while a query of its own is in flight, which would abort the whole process: a job that
// was begun is waited for.

import type { Piscina } from 'piscina';
import { untilFailure } from '../core/worker-failure.ts';
import { workerUrl } from '../core/worker-url.ts';
import type { ConvertJob, ConvertResult } from './convert-job.ts';
import type { MergeJob, MergeResult } from './merge-job.ts';

/** Long enough to keep a warm worker through a pass, short enough that idling costs no memory. */
const WORKER_IDLE_MS = 5000;

export class ConvertPool {
  private readonly threads: number;
  private readonly running = new Set<Promise<unknown>>();
  private pool: Promise<Piscina> | undefined;

  constructor(threads: number) {
    this.threads = Math.max(1, threads);
  }

  /** Cannot be aborted once begun. */
  run(job: ConvertJob): Promise<ConvertResult> {
    return this.track(this.workers().then((pool) => pool.run(job) as Promise<ConvertResult>));
  }

  /** Cannot be aborted once begun. */
  merge(job: MergeJob): Promise<MergeResult> {
    return this.track(this.workers().then((pool) => pool.run(job, { name: 'merge' }) as Promise<MergeResult>));
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.running);
    await (await this.pool)?.destroy();
    this.pool = undefined;
  }

  private async track<T>(result: Promise<T>): Promise<T> {
    this.running.add(result);
    try {
      return await result;
    } finally {
      this.running.delete(result);
    }
  }

  /** Loaded with the first job: most starts have nothing to archive. */
  private workers(): Promise<Piscina> {
    this.pool ??= untilFailure(import('piscina').then(({ Piscina: Pool }) => new Pool({
      filename: workerUrl(import.meta.url, 'archive/convert-worker'),
      minThreads: 0,
      maxThreads: this.threads,
      idleTimeout: WORKER_IDLE_MS,
    })), () => (this.pool = undefined));
    return this.pool;
  }
}
