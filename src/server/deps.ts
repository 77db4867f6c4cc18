// What the server is given. Everything it answers comes through here: it opens no file and no
// database, and knows the other rooms only by these faces.

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Registry } from 'prom-client';
import type { LakeStatus } from '../core/items.ts';
import type { JobPort } from '../core/jobs.ts';
import type { Logger } from '../core/logger.ts';
import type { Questions } from '../core/questions.ts';
import type { Content, RecordQuery } from '../core/record.ts';

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
  /** Grows whenever an answer may have changed although `questions.top()` has not. */
  revision(): number;
  /** Null: no token is asked for. */
  token: string | null;
  version: string;
  logger: Logger;
  registry: Registry;
  live: LivePort;
  export: ExportStreams;
  /** Absent where nothing runs jobs: there is nothing at /api/jobs then. */
  jobs?: JobPort;
  /** Host headers that are answered, with port, in lower case; asked at every request. */
  hosts(): readonly string[];
  /** Requests a minute from one client; 0: no limit. */
  rateLimitPerMinute: number;
}
