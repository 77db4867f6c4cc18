// What the server is given. Everything it answers comes through here: it opens no file and no
// database, and knows the other rooms only by these faces.

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Registry } from 'prom-client';
import type { ExplainedQuery, LogPage, PartsPerformance, SystemStats } from '../core/answers/diagnostics.ts';
import type { JobPort } from '../core/answers/jobs.ts';
import type { LakeStatus } from '../core/answers/lake-status.ts';
import type { Logger } from '../core/logger.ts';
import type { ValueNames } from '../core/answers/measures.ts';
import type { Operations } from '../core/operations.ts';
import type { Questions } from '../core/answers/questions.ts';
import type { ReconcileAnswer } from '../core/answers/reconcile.ts';
import type { Content, RecordQuery } from '../core/answers/record.ts';
import type { SqlPort } from '../core/answers/sql.ts';
import type { Versions } from '../core/answers/versions.ts';

export interface Health {
  status: 'ok' | 'degraded' | 'starting';
  checks: Record<string, unknown>;
}

/** Who takes over the sockets of `/ws`. */
export interface LivePort {
  /** `authenticated`: the token came with the request; otherwise the first message must bring it. */
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer, authenticated: boolean): void;
  /** Says goodbye to every client; resolves when their sockets are closed. */
  close(): Promise<void>;
}

export interface JsonlExport {
  chunks: AsyncIterable<Uint8Array>;
  /** Read after the last chunk. */
  trailers(): { rows: number; sha256: string };
}

/** Bytes of bulk exports. Iterables hold a bounded number of bytes and throw when their signal aborts. */
export interface ExportStreams {
  ndjson(query: RecordQuery, content: Content, signal: AbortSignal): AsyncIterable<Uint8Array>;
  jsonl(query: RecordQuery, signal: AbortSignal): JsonlExport;
  csv(query: RecordQuery, content: Content, signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** The filter names exactly one session. */
  markdown(query: RecordQuery, signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** Absent where Parquet cannot be written: asking for it is a 400. */
  parquet?(query: RecordQuery, content: Content, signal: AbortSignal): Promise<{ chunks: AsyncIterable<Uint8Array> }>;
}

export interface ServerDeps {
  questions: Questions;
  status(): Promise<LakeStatus>;
  health(): Promise<Health>;
  versions: Versions;
  /** Where what works on a request finds out for which it does. */
  operations: Operations;
  /** Told of every request. */
  stirred?(): void;
  /** How the parts behind the server do. */
  performance(): Promise<PartsPerformance>;
  /** Of each question asked so far, its statements, run again and explained. Heavy. */
  explainQueries(): Promise<ExplainedQuery[]>;
  /** Computed at most every two seconds. */
  systemStats(): SystemStats;
  /** The last log lines, the oldest first: at most `tail`, and only those after number `after`. */
  logs(tail: number, after: number): LogPage;
  /** What records of configured sources have beside their fields; absent: nothing. */
  values?: ValueNames;
  /** Null: no token is asked for. */
  token: string | null;
  version: string;
  logger: Logger;
  registry: Registry;
  live: LivePort;
  export: ExportStreams;
  /** Absent where nothing runs users' SQL: there is nothing at /api/sql then. */
  sql?: SqlPort;
  /** Absent where nothing runs jobs: there is nothing at /api/jobs then. */
  jobs?: JobPort;
  /** What differs between index, files and archive; computed at most every 60 s. */
  reconcile?(): Promise<ReconcileAnswer>;
  /** Host headers that are answered, with port, in lower case; asked at every request. */
  hosts(): readonly string[];
  /** Requests a minute from one client; 0: no limit. */
  rateLimitPerMinute: number;
}
