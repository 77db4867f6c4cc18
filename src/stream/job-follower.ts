// Follows jobs for one client: those that are open at first, then each change. A client that does not read is
// told the latest of each job once it does: how a job stood in between is nothing anybody needs.

import type { Job } from '../core/answers/jobs.ts';
import { jobMessage, jobsMessage } from './server-messages.ts';

/** The jobs of the daemon, as they change. */
export interface JobFeed {
  /** Those that wait or run, in the order in which they were asked for. */
  open(): Job[];
  /** Throws `not_found`. */
  get(id: string): Job;
  /** Returns how to end it. */
  listen(listener: (job: Job) => void): () => void;
}

export interface JobOutlet {
  readonly full: boolean;
  send(message: string): void;
  drained(): Promise<void>;
}

export class JobFollower {
  readonly #id: string;
  readonly #job: string | undefined;
  readonly #jobs: JobFeed;
  readonly #outlet: JobOutlet;
  readonly #held = new Map<string, Job>();
  #stop: (() => void) | undefined;

  /** `job`: follows this one alone. */
  constructor(id: string, job: string | undefined, jobs: JobFeed, outlet: JobOutlet) {
    this.#id = id;
    this.#job = job;
    this.#jobs = jobs;
    this.#outlet = outlet;
  }

  /** Throws `not_found` where there is no such job. */
  start(): void {
    const items = this.#job === undefined ? this.#jobs.open() : [this.#jobs.get(this.#job)];
    this.#outlet.send(jobsMessage(this.#id, items));
    this.#stop = this.#jobs.listen((job) => this.#changed(job));
  }

  end(): void {
    this.#stop?.();
    this.#stop = undefined;
    this.#held.clear();
  }

  #changed(job: Job): void {
    if (this.#job !== undefined && job.id !== this.#job) return;
    if (this.#held.size > 0 || this.#outlet.full) this.#hold(job);
    else this.#outlet.send(jobMessage(this.#id, job));
  }

  #hold(job: Job): void {
    const isWaiting = this.#held.size > 0;
    this.#held.set(job.id, job);
    if (!isWaiting) void this.#outlet.drained().then(() => this.#release());
  }

  #release(): void {
    if (this.#stop === undefined) return;
    const jobs = [...this.#held.values()];
    this.#held.clear();
    for (const job of jobs) this.#changed(job);
  }
}
