// Work that the daemon does aside: asks for a job and waits until it is over.

import { setTimeout as sleep } from 'node:timers/promises';
import { LakeError } from '../core/errors.ts';
import type { ApiClient } from './api-client.ts';
import { messageIn, namedError } from './problem.ts';

const FIRST_WAIT_MS = 50;
const MAX_WAIT_MS = 1000;

export interface Job {
  id: string;
  type: string;
  state: string;
  progress: { done: number; total: number; unit: string } | null;
  created_at: string;
  /** Null until it is over. */
  finished_at: string | null;
  result: unknown;
  error: unknown;
}

/** What was done in this process, told as a daemon's job is. */
export type OwnJob = Omit<Job, 'id' | 'created_at'> & { id: null; created_at: string | null };

/** Returns once the job is over, well or not. */
export async function runJob(client: ApiClient, request: { type: string } & Record<string, unknown>, onProgress: (job: Job) => void): Promise<Job> {
  let job = await client.post<Job>('/api/jobs', request);
  for (let waitMs = FIRST_WAIT_MS; job.finished_at === null; waitMs = Math.min(MAX_WAIT_MS, waitMs * 1.5)) {
    await sleep(waitMs);
    job = await client.get<Job>(`/api/jobs/${encodeURIComponent(job.id)}`);
    onProgress(job);
  }
  return job;
}

/** What went wrong with a job that is over; null where nothing did. */
export function jobFailure(job: Job | OwnJob): LakeError | null {
  if (job.error !== null && job.error !== undefined) {
    const { code } = typeof job.error === 'object' ? (job.error as { code?: unknown }) : {};
    return namedError(code, `The job ${job.type} failed: ${messageIn(job.error)}`);
  }
  return ['failed', 'cancelled', 'canceled'].includes(job.state) ? new LakeError('internal', `The job ${job.type} was ${job.state}.`) : null;
}
