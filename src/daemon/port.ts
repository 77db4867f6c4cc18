// What src/daemon.ts offers the command line. Types alone, so that a command that needs no daemon loads
// nothing of it: the module itself comes by src/cli/load-daemon.ts.

import type { FastifyInstance } from 'fastify';
import type { JobRequest } from '../core/answers/jobs.ts';
import type { Problem } from '../core/answers/problem.ts';
import type { Settings } from '../core/settings/settings.ts';

/** Bytes and files of an index that is catching up. Called as often as the daemon likes. */
export interface IndexProgress {
  bytesDone: number;
  /** Of `bytesDone`, what was indexed before. */
  bytesBefore: number;
  bytesTotal: number;
  filesDone: number;
  filesTotal: number;
  /** Since it began to look. */
  elapsedMs: number;
}

export interface ProgressSink {
  update(progress: IndexProgress): void;
  /** Caught up: the bar goes away. May be called more than once. */
  finish(): void;
}

/** What the daemon serves, told once its port accepts. */
export interface Serving {
  url: string;
  pid: number;
  dataDir: string;
  roots: readonly { source: string; path: string; exists: boolean }[];
  /** No agent's logs were found, so the sample shipped with the product is served. */
  sample: boolean;
}

/** What an archive run wrote. */
export interface ArchiveRunResult {
  parts: number;
  rows: number;
  sessions: number;
  bytes: number;
  source_bytes: number;
}

/** What a compaction made. */
export interface ArchiveCompactResult {
  /** Parts that became fewer. */
  merged: number;
  /** Parts that were made of them. */
  parts: number;
  rows: number;
  bytes_before: number;
  bytes_after: number;
  skipped: { part: string; reason: string }[];
}

/** JSON of `start --once --json`. */
export interface RunSummary {
  files: number;
  sessions: number;
  lines: number;
  rejects: number;
  bytes_total: number;
  bytes_indexed: number;
  /** False where a signal ended it before everything was indexed. */
  caught_up: boolean;
  duration_ms: number;
  archive: ArchiveRunResult | null;
  problems: Problem[];
}

export interface ServeOptions {
  progress: ProgressSink | null;
  onServing: (serving: Serving) => void;
}

export interface OnceOptions {
  /** Archive what is due before returning. */
  archive: boolean;
  progress: ProgressSink | null;
}

/** What an import wrote. JSON of `import --json`. */
export interface ImportResult {
  /** The source that its sessions have. */
  source: string;
  /** Conversations' heads and messages in the file. */
  items: number;
  /** Those that were new or had changed. */
  imported: number;
  bytes: number;
}

export interface ImportOptions {
  /** Bytes of the file, one reading of it or two. */
  onProgress: (bytesDone: number, bytesTotal: number) => void;
}

export interface Embedded {
  /** The daemon's application over the index opened read-only; answers any host, asks for no token. */
  app: FastifyInstance;
  close(): Promise<void>;
}

export interface DaemonModule {
  /** Returns when a signal stopped it; handles signals itself. */
  runDaemon(settings: Settings, options: ServeOptions): Promise<void>;
  /** Indexes all there is, or until a signal stops it. */
  runOnce(settings: Settings, options: OnceOptions): Promise<RunSummary>;
  /** Throws `already_running` while a daemon holds the data directory. */
  openEmbedded(settings: Settings): Promise<Embedded>;
  /**
   * Takes over what somebody downloaded about themselves; the daemon, or the next one, indexes it.
   * Throws `unsupported` for a file of no known kind, `already_running` beside another import.
   */
  importFile(settings: Settings, path: string, options: ImportOptions): Promise<ImportResult>;
  /** Without a daemon: does a job here, and gives its result. Throws `already_running` while a daemon holds the data directory. */
  performJob(settings: Settings, request: JobRequest): Promise<unknown>;
}
