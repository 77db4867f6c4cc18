// The one way to the index. While a commit runs the next one gathers, so commits are single lines when
// idle and megabytes under load. Bounded in bytes: whoever brings more waits. A commit that fails
// throws away what was queued behind it, because that was read from offsets that do not hold.

import { statfs } from 'node:fs/promises';
import type { CommitOp, CommitSink } from '../core/commit-op.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Problems } from './problems.ts';

/** Source bytes in one commit, and waiting. */
const COMMIT_MAX_BYTES = 8 * 1024 * 1024;
const QUEUE_MAX_BYTES = 24 * 1024 * 1024;
const DISK_CHECK_MS = 2000;
const RETRY_MS = 2000;

interface QueueOptions {
  sink: CommitSink;
  dataDir: string;
  minFreeBytes: number;
  problems: Problems;
  logger: Logger;
  /** Called after a commit failed and the queue was emptied: everything is to be read from the saved offsets. */
  onFailure: () => Promise<void>;
}

interface Waiting {
  op: CommitOp;
  bytes: number;
}

export class CommitQueue {
  private readonly options: QueueOptions;
  private waiting: Waiting[] = [];
  private bytes = 0;
  private running = false;
  private closed = false;
  private checkedDiskAt = 0;
  private space: (() => void)[] = [];
  private rest: (() => void)[] = [];
  private wake: (() => void) | null = null;

  constructor(options: QueueOptions) {
    this.options = options;
  }

  get idle(): boolean {
    return !this.running && this.waiting.length === 0;
  }

  /** Resolves once there is room for more. */
  async push(ops: readonly CommitOp[]): Promise<void> {
    for (const op of ops) {
      const bytes = op.kind === 'segment' ? op.scan.bytes : 0;
      this.waiting.push({ op, bytes });
      this.bytes += bytes;
    }
    if (!this.running) void this.run();
    while (this.bytes > QUEUE_MAX_BYTES && !this.closed) await new Promise<void>((resolve) => this.space.push(resolve));
  }

  /** Resolves when everything pushed so far is durable or thrown away. */
  async settled(): Promise<void> {
    while (!this.idle) await new Promise<void>((resolve) => this.rest.push(resolve));
  }

  /** Commits what is queued, then takes no more. Gives up waiting for disk space. */
  async close(): Promise<void> {
    this.closed = true;
    this.wake?.();
    await this.settled();
  }

  private async run(): Promise<void> {
    this.running = true;
    while (this.waiting.length > 0) {
      if (!(await this.hasDiskSpace())) {
        if (this.closed) this.waiting = [];
        else await this.pause(RETRY_MS);
        continue;
      }
      await this.commitNext();
      release(this.space);
    }
    this.running = false;
    release(this.space);
    release(this.rest);
  }

  private async commitNext(): Promise<void> {
    const batch = this.take();
    try {
      await this.options.sink.commit(batch.map((item) => item.op));
      this.options.problems.clear('commit_failed');
    } catch (error) {
      this.options.logger.error({ err: error }, 'a commit failed');
      this.options.problems.raise('commit_failed', messageOf(error), { hint: 'The lines are read again from the saved offsets; if this stays, look at the disk and the log.' });
      this.waiting = [];
      this.bytes = 0;
      if (this.closed) return;
      await this.pause(RETRY_MS);
      await this.options.onFailure().catch((failure: unknown) => this.options.logger.error({ err: failure }, 'reading the saved offsets failed'));
    }
  }

  private take(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const item of this.waiting) {
      if (count > 0 && bytes + item.bytes > COMMIT_MAX_BYTES) break;
      bytes += item.bytes;
      count += 1;
    }
    this.bytes -= bytes;
    return this.waiting.splice(0, count);
  }

  private async hasDiskSpace(): Promise<boolean> {
    const now = performance.now();
    if (now - this.checkedDiskAt < DISK_CHECK_MS) return true;
    const { dataDir, minFreeBytes, problems } = this.options;
    const stats = await statfs(dataDir).catch(() => null);
    const free = stats === null ? Number.POSITIVE_INFINITY : stats.bavail * stats.bsize;
    if (free < minFreeBytes) {
      problems.raise('disk_full', `Only ${Math.floor(free / 1048576)} MiB are free under ${dataDir}; indexing pauses below ${Math.floor(minFreeBytes / 1048576)} MiB.`, {
        hint: 'Free some space or lower --min-free-bytes; indexing goes on by itself from the saved offsets.',
      });
      return false;
    }
    problems.clear('disk_full');
    this.checkedDiskAt = now;
    return true;
  }

  private async pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = null;
  }
}

function release(waiters: (() => void)[]): void {
  for (const resolve of waiters.splice(0)) resolve();
}
