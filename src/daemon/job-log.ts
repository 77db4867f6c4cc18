// The jobs on disk, so that a restart finds them: a file of lines, each a job as it stood after a change, the
// last one counting. A line is durable before anybody hears of the change. A line that a crash cut short says
// nothing; when the file has grown, it is written anew with the last line of each job.

import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Job, JobRequest } from '../core/answers/jobs.ts';
import { storageFailure } from '../core/storage-failure.ts';

export interface StoredJob {
  /** Jobs are numbered in the order in which they were asked for. */
  number: number;
  request: JobRequest;
  /** How often it was begun. */
  attempts: number;
  job: Job;
}

export interface JobStore {
  /** In the order in which they were asked for. */
  load(): StoredJob[];
  /** Throws `storage` where the folder cannot be written, else what the file system throws: then the change is not stored. */
  save(job: StoredJob): void;
  /** Nobody asks for it any more. */
  forget(id: string): void;
  close(): void;
}

/** Lines that no longer count before the file is written anew. */
const SUPERSEDED_MAX = 4000;

export class JobLog implements JobStore {
  private readonly path: string;
  private readonly latest = new Map<string, string>();
  private fd: number | null = null;
  private superseded = 0;

  constructor(path: string) {
    this.path = path;
  }

  load(): StoredJob[] {
    const text = existsSync(this.path) ? readFileSync(this.path, 'utf8') : '';
    const jobs = new Map<string, StoredJob>();
    for (const line of text.split('\n')) {
      const stored = parse(line);
      if (stored !== null) jobs.set(stored.job.id, stored);
    }
    for (const [id, stored] of jobs) this.latest.set(id, JSON.stringify(stored));
    return [...jobs.values()].toSorted((a, b) => a.number - b.number);
  }

  save(stored: StoredJob): void {
    const line = JSON.stringify(stored);
    try {
      if (this.fd === null || this.superseded > SUPERSEDED_MAX) this.rewrite();
      this.append(line);
    } catch (error) {
      // Half a line may be in it: the next one begins with a new file.
      this.close();
      throw storageFailure(error, dirname(this.path)) ?? error;
    }
    if (this.latest.has(stored.job.id)) this.superseded += 1;
    this.latest.set(stored.job.id, line);
  }

  forget(id: string): void {
    if (this.latest.delete(id)) this.superseded += 1;
  }

  close(): void {
    if (this.fd !== null) closeSync(this.fd);
    this.fd = null;
  }

  private append(line: string): void {
    const fd = this.fd as unknown as number;
    writeSync(fd, `${line}\n`);
    fsyncSync(fd);
  }

  private rewrite(): void {
    const aside = `${this.path}.tmp`;
    const fd = openSync(aside, 'w', 0o600);
    try {
      for (const line of this.latest.values()) writeSync(fd, `${line}\n`);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(aside, this.path);
    this.close();
    this.fd = openSync(this.path, 'a', 0o600);
    this.superseded = 0;
  }
}

function parse(line: string): StoredJob | null {
  try {
    const stored = JSON.parse(line) as Partial<StoredJob> | null;
    return stored !== null && stored.job !== undefined && stored.request !== undefined && typeof stored.number === 'number' ? (stored as StoredJob) : null;
  } catch {
    return null;
  }
}
