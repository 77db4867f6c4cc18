// Scans segments: small ones at once on this thread, large ones in workers that are started when
// needed and let go when idle.

import type { Piscina } from 'piscina';
import type { FileEntry } from '../core/file-entry.ts';
import { untilFailure } from '../core/worker-failure.ts';
import { workerUrl } from '../core/worker-url.ts';
import type { AdapterOptions } from '../sources/adapter.ts';
import { scanSegment } from '../sources/scan.ts';
import type { ScanInput } from '../sources/scan.ts';
import type { ReadJob, ReadSegment, ScannedSegment } from './scan-worker.ts';

/** What is scanned within a millisecond or two is not worth a trip to a worker. */
export const INLINE_MAX_BYTES = 256 * 1024;
const IDLE_MS = 2000;

export class Scanner {
  private readonly threads: number;
  private pool: Promise<Piscina> | null = null;

  constructor(threads: number) {
    this.threads = threads;
  }

  async scan(inputs: readonly ScanInput[]): Promise<ScannedSegment[]> {
    const bytes = inputs.reduce((sum, input) => sum + input.bytes.length, 0);
    const workers = bytes <= INLINE_MAX_BYTES ? null : await this.workers();
    if (workers === null) return inputs.map((input) => ({ batch: scanSegment(input), bytes: input.bytes }));
    const transferList = [...new Set(inputs.map((input) => input.bytes.buffer as ArrayBuffer))];
    return (await workers.run(inputs, { transferList })) as ScannedSegment[];
  }

  /** Reads and scans in a worker. Null is what is to be read by the caller. */
  async read(jobs: readonly ReadJob[]): Promise<(ReadSegment | null)[]> {
    const workers = await this.workers();
    const { pool } = this;
    try {
      if (workers !== null) return (await workers.run(jobs, { name: 'readSegments' })) as (ReadSegment | null)[];
    } catch (error) {
      // As long as the workers are still there it was the job that failed.
      if (this.pool === pool) throw error;
    }
    return jobs.map(() => null);
  }

  async close(): Promise<void> {
    await (await this.pool)?.close();
    this.pool = null;
  }

  /** Null where there can be none, as without free descriptors: this thread does their work then. */
  private workers(): Promise<Piscina | null> {
    return this.loaded().catch(() => null);
  }

  /** With the first large segment: a start where nothing changed does without. */
  private loaded(): Promise<Piscina> {
    this.pool ??= untilFailure(import('piscina').then(({ Piscina: Pool }) => new Pool({
      filename: workerUrl(import.meta.url, 'ingest/scan-worker'),
      minThreads: 0,
      maxThreads: this.threads,
      idleTimeout: IDLE_MS,
      // The next pack is there when one is done, whatever the main thread is at.
      concurrentTasksPerWorker: 3,
      resourceLimits: { maxYoungGenerationSizeMb: 16 },
    })), () => (this.pool = null));
    return this.pool;
  }
}

/** What a scan has to know of the file before it. */
export function scanInputOf(entry: FileEntry, options: AdapterOptions, lineMaxBytes: number): Omit<ScanInput, 'bytes'> {
  return { source: entry.source, options, firstByte: entry.offset, linesBefore: entry.lines, path: { root: entry.root, path: entry.path }, state: entry.adapterState, lineMaxBytes };
}
