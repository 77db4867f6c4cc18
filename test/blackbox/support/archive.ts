// Archiving through the contract, and source files that go away.

import { rmSync } from 'node:fs';
import type { Daemon } from '../../support/daemon.ts';
import { until } from '../../support/daemon.ts';

export interface Job {
  id: string;
  state: string;
  result: unknown;
  error: { message: string } | null;
}

/** Everything that is indexed becomes Parquet. */
export async function archiveAll(daemon: Daemon): Promise<void> {
  await runJob(daemon, { type: 'archive_run', all: true });
}

/** A job that is to be done. */
export async function runJob(daemon: Daemon, request: Record<string, unknown>): Promise<Job> {
  const job = await endOfJob(daemon, request);
  if (job.state !== 'done') throw new Error(`the job ended as ${job.state}: ${job.error?.message ?? ''}`);
  return job;
}

/** A job at its end, however it ended. */
export async function endOfJob(daemon: Daemon, request: Record<string, unknown>): Promise<Job> {
  const response = await daemon.fetch('/api/jobs', { method: 'POST', body: JSON.stringify(request), headers: { 'content-type': 'application/json' } });
  if (response.status !== 202) throw new Error(`POST /api/jobs: ${response.status} ${await response.text()}`);
  let job = (await response.json()) as Job;
  await until(async () => {
    job = await daemon.get<Job & Record<string, unknown>>(`/api/jobs/${job.id}`);
    return job.state !== 'queued' && job.state !== 'running';
  }, 60_000);
  return job;
}

/** Deletes source files and waits until the daemon knows. */
export async function removeSources(daemon: Daemon, paths: readonly string[]): Promise<void> {
  for (const path of paths) rmSync(path, { force: true });
  const wanted = new Set(paths);
  await until(async () => {
    const gone = await daemon.all<{ path: string }>('/api/files?state=gone&limit=1000');
    return gone.filter((file) => wanted.has(file.path)).length === wanted.size;
  }, 60_000);
}
