// The one way to the index. While a commit runs the next one gathers, so commits are single lines when
// idle and megabytes under load. What was read in bulk gathers longer, and is handed over while the commit
// before it is still being made durable: a commit costs milliseconds, however few its rows. Bounded in
// bytes: whoever brings more waits. A commit that fails throws away what was queued behind it, because
// that was read from offsets that do not hold; until those were read back nothing more is taken.

import type { CommitOp, CommitSink } from '../core/commit-op.ts';
import { messageOf } from '../core/errors.ts';
import { DiskSpace } from './disk-space.ts';
import type { DiskSpaceOptions } from './disk-space.ts';

/** Memory of what may wait, where nothing else is said; half of it goes into one commit. */
export const QUEUE_MAX_BYTES = 8 * 1024 * 1024;
const COMMIT_SHARE = 1 / 2;
/** What a scanned line takes until it is stored, its text apart. */
const ROW_BYTES = 250;
/** The first commit of what was read in bulk is this part of a whole one, each further one twice as much: something is to be seen soon. */
const FIRST_SHARE = 1 / 64;
/** So long what was read in bulk waits for more of it. */
const GATHER_MS = 60;
const RETRY_MS = 2000;

interface QueueOptions extends DiskSpaceOptions {
  sink: CommitSink;
  /** Called at once when a commit failed: nothing that was read so far counts. */
  onFailure: () => void;
  /** Called a little later: everything is to be read from the saved offsets. Tried again where it rejects. */
  onReload: () => Promise<void>;
  retryMs?: number;
  maxBytes?: number;
}

interface Waiting {
  op: CommitOp;
  bytes: number;
}

export class CommitQueue {
  private readonly options: QueueOptions;
  private readonly disk: DiskSpace;
  private readonly retryMs: number;
  private readonly maxBytes: number;
  /** As much is worth a commit of its own. */
  private enough: number;
  private waiting: Waiting[] = [];
  private bytes = 0;
  private running = false;
  private failed = false;
  /** Grows when what was queued is thrown away. */
  private era = 0;
  private closing = false;
  private space: (() => void)[] = [];
  private rest: (() => void)[] = [];
  private wake: (() => void) | null = null;
  /** Nobody is about to bring more. */
  private complete = false;
  private nudge: () => void = () => undefined;
  private underway: Promise<void> | null = null;

  constructor(options: QueueOptions) {
    this.options = options;
    this.disk = new DiskSpace(options);
    this.retryMs = options.retryMs ?? RETRY_MS;
    this.maxBytes = options.maxBytes ?? QUEUE_MAX_BYTES;
    this.enough = this.maxBytes * COMMIT_SHARE * FIRST_SHARE;
  }

  get idle(): boolean {
    return !this.running && this.waiting.length === 0;
  }

  /** Memory of what waits, the commit under way apart. */
  get waitingBytes(): number {
    return this.bytes;
  }

  /** Resolves once there is room for more. After a failure what is pushed is thrown away until all is read back. */
  async push(ops: readonly CommitOp[]): Promise<void> {
    if (this.failed) return;
    this.complete = false;
    for (const op of ops) {
      const bytes = op.kind === 'segment' ? op.bytes.length + op.scan.rows * ROW_BYTES : 0;
      this.waiting.push({ op, bytes });
      this.bytes += bytes;
    }
    if (!this.running) void this.run();
    else this.nudge();
    while (this.bytes > this.maxBytes && !this.closing) await new Promise<void>((resolve) => this.space.push(resolve));
  }

  /** Resolves when everything pushed so far is durable or thrown away. */
  async settled(): Promise<void> {
    while (!this.idle) await new Promise<void>((resolve) => this.rest.push(resolve));
  }

  /** Nothing more is under way: what waits is not to wait for more. */
  flush(): void {
    this.complete = true;
    this.nudge();
  }

  /** From now on nobody waits: not for room, not for disk space, not to try again. */
  hurry(): void {
    this.closing = true;
    this.wake?.();
    this.nudge();
    release(this.space);
  }

  /** Commits what is queued. What cannot be committed now is left to the next start. */
  async close(): Promise<void> {
    this.hurry();
    await this.settled();
  }

  private async run(): Promise<void> {
    this.running = true;
    while (this.waiting.length > 0 || this.underway !== null) {
      if (this.waiting.length === 0) await Promise.race([this.underway, this.nudged()]);
      else {
        if (this.isBulk()) await this.gather();
        else await this.underway;
        if (await this.disk.isEnough()) await this.handOver();
        else if (this.closing) this.discard();
        else await this.pause();
        release(this.space);
      }
    }
    this.running = false;
    release(this.rest);
  }

  /** Resolves when no other commit is under way: of a third nobody could say what it follows. */
  private async handOver(): Promise<void> {
    const commit = this.commitNext();
    await this.underway;
    this.underway = commit;
    void commit.then(() => {
      if (this.underway === commit) this.underway = null;
    });
  }

  /** Something that waits was read in a worker, and nothing here, where it may have been appended just now. */
  private isBulk(): boolean {
    return this.waiting.some(({ op }) => isReadAway(op)) && this.waiting.every(({ op }) => op.kind !== 'segment' || isReadAway(op));
  }

  private isGathered(): boolean {
    return this.complete || this.closing || this.failed || this.bytes >= this.enough || !this.isBulk();
  }

  private async gather(): Promise<void> {
    const until = performance.now() + GATHER_MS;
    for (let left = GATHER_MS; left > 0 && !this.isGathered(); left = until - performance.now()) await this.nudged(left);
    this.enough = Math.min(this.enough * 2, this.maxBytes * COMMIT_SHARE);
  }

  /** When more is brought, or nobody is going to bring more; at the latest after a time. */
  private nudged(ms?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === undefined ? null : setTimeout(resolve, ms);
      this.nudge = () => {
        if (timer !== null) clearTimeout(timer);
        resolve();
      };
    });
  }

  private async commitNext(): Promise<void> {
    const batch = this.take();
    if (batch.length === 0) return;
    const { era } = this;
    try {
      await this.options.sink.commit(batch.map((item) => item.op));
      this.options.problems.clear('commit_failed');
    } catch (error) {
      // It fell with the one before it, which sees to everything.
      if (era !== this.era) return;
      this.options.logger.error({ err: error }, 'a commit failed');
      this.options.problems.raise('commit_failed', messageOf(error), { hint: 'The lines are read again from the saved offsets; if this stays, look at the disk and the log.' });
      this.discard();
      await this.readBack();
    }
  }

  /** What was queued comes after something that is not stored: stored now, it would leave a hole. */
  private discard(): void {
    this.failed = true;
    this.era += 1;
    this.waiting = [];
    this.bytes = 0;
    this.options.onFailure();
    release(this.space);
  }

  private async readBack(): Promise<void> {
    while (!this.closing) {
      await this.pause();
      if (this.closing) return;
      try {
        this.failed = false;
        await this.options.onReload();
        return;
      } catch (error) {
        this.discard();
        this.options.logger.error({ err: error }, 'reading the saved offsets failed');
      }
    }
  }

  private take(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const item of this.waiting) {
      if (count > 0 && bytes + item.bytes > this.maxBytes * COMMIT_SHARE) break;
      bytes += item.bytes;
      count += 1;
    }
    this.bytes -= bytes;
    return this.waiting.splice(0, count);
  }

  private async pause(): Promise<void> {
    if (this.closing) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.retryMs);
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

function isReadAway(op: CommitOp): boolean {
  return op.kind === 'segment' && op.bytes.length === 0;
}
