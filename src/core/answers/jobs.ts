// Work that the daemon does aside, as JSON, and the face through which it is asked for. Every job may be
// begun again from its beginning: what it has done by then is kept where it was done.

import type { ErrorCode } from '../errors.ts';
import type { Page } from './page.ts';
import type { PageRequest } from './questions.ts';
import type { Content, RecordFilter } from './record.ts';
import type { SqlColumn } from './sql.ts';

/** What each type of job is asked with. */
interface JobParameters {
  /** `all`: does not wait until sessions are quiet. */
  archive_run: { all: boolean };
  archive_verify: object;
  archive_compact: object;
  repair: object;
  export: {
    format: 'ndjson' | 'jsonl' | 'csv' | 'parquet' | 'markdown';
    filter: RecordFilter;
    /** Lake offsets; `upto` null: the top when it begins. */
    after: string;
    upto: string | null;
    content: Content;
    duplicates: boolean;
    /** Below the folder of exports. */
    path: string;
  };
  sql: {
    sql: string;
    format: 'ndjson' | 'csv' | 'parquet';
    /** Rows at most. */
    limit: number;
    timeoutMs: number;
    /** Below the folder of exports. */
    path: string;
  };
  reconcile: object;
}

export type JobType = keyof JobParameters;
export const JOB_TYPES = ['archive_run', 'archive_verify', 'archive_compact', 'reconcile', 'repair', 'export', 'sql'] as const satisfies readonly JobType[];

export type JobRequest<T extends JobType = JobType> = { [P in T]: { type: P } & JobParameters[P] }[T];

export const JOB_STATES = ['queued', 'running', 'done', 'failed', 'cancelled'] as const;
type JobState = (typeof JOB_STATES)[number];

export interface JobProgress {
  done: number;
  total: number;
  /** Of what: `bytes`, `parts`, … */
  unit: string;
}

export interface JobError {
  code: ErrorCode;
  message: string;
  hint: string | null;
}

export interface Job {
  id: string;
  type: JobType;
  state: JobState;
  /** Null until something is known. */
  progress: JobProgress | null;
  created_at: string;
  /** Null until it is over. */
  finished_at: string | null;
  /** Of a job that is done; of a cancelled one what it had done by then, where it says so. */
  result: unknown;
  /** Of a failed job. */
  error: JobError | null;
}

/** Of a job `export`. */
export interface ExportJobResult {
  /** Absolute. */
  path: string;
  /** Records, or lines of the source for jsonl. */
  rows: number;
  bytes: number;
  /** Of the whole file. */
  sha256: string;
  /** It is of the records with offsets in (from, to] of this epoch. */
  from: string;
  to: string;
  epoch: string;
}

/** Limits of a query into a file. */
export const SQL_JOB = { formats: ['ndjson', 'csv', 'parquet'], rows: 1_000_000, rowsMax: 100_000_000, timeoutMs: 600_000, timeoutMaxMs: 3_600_000 } as const;

/** Of a job `sql`. */
export interface SqlJobResult {
  /** Absolute. */
  path: string;
  rows: number;
  bytes: number;
  sha256: string;
  columns: SqlColumn[];
  /** Why rows are missing: more than `limit`, or more than 4 GiB of them. */
  truncated: 'rows' | 'bytes' | null;
}

/** Jobs as they are at the moment of asking; what is returned does not change later. */
export interface JobPort {
  /** Throws `unavailable` where too many are waiting, or the daemon is stopping. */
  create(request: JobRequest): Job;
  /** The newest first. Throws `invalid_cursor`. */
  list(page: PageRequest): Page<Job>;
  /** Throws `not_found`. */
  get(id: string): Job;
  /**
   * A queued job is cancelled at once; a running one is told to stop and is `running` until it has.
   * One that is over stays as it is. Throws `not_found`.
   */
  cancel(id: string): Job;
}
