// The thread that looks at files: started when there is something to look at, ended soon after.

import type { Piscina } from 'piscina';
import { untilFailure } from '../../core/worker-failure.ts';
import { workerUrl } from '../../core/worker-url.ts';
import type { FileLook, FileReport } from './file-check.ts';

/** Between the steps of one check. */
const WORKER_IDLE_MS = 1000;

export class Looker {
  private pool: Promise<Piscina> | null = null;

  /** What is known is handed over. */
  async look(task: FileLook): Promise<FileReport> {
    const { known, roots, also, sound } = task;
    if (known.length + roots.length + also.length === 0) return { findings: [], sound, seen: new Map() };
    return (await (await this.worker()).run(task, { transferList: [...known, sound].map(({ buffer }) => buffer as ArrayBuffer) })) as FileReport;
  }

  /** SHA-256 of a file, in hex. */
  async hash(path: string): Promise<string> {
    return (await (await this.worker()).run(path, { name: 'hash' })) as string;
  }

  /** What is under way ends early. */
  async close(): Promise<void> {
    await (await this.pool)?.destroy();
    this.pool = null;
  }

  private worker(): Promise<Piscina> {
    this.pool ??= untilFailure(import('piscina').then(({ Piscina: Pool }) => new Pool({
      filename: workerUrl(import.meta.url, 'daemon/reconcile/look-worker'),
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: WORKER_IDLE_MS,
      resourceLimits: { maxYoungGenerationSizeMb: 8 },
    })), () => (this.pool = null));
    return this.pool;
  }
}
