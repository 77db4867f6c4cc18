// Looking without being told, for what a hint missed: files written lately every two seconds, all
// folders and files at a long interval. The interval grows with what a sweep costs, so that a daemon
// over many quiet files stays idle; with nothing hot there is no short timer at all.

import { lstat } from 'node:fs/promises';
import type { Clock } from '../core/time/clock.ts';
import { differs } from './arrivals.ts';
import type { TrackedFile } from './tracked-file.ts';

const HOT_INTERVAL_MS = 2000;
/** A file stays hot this long after a change. */
const HOT_MS = 60_000;
const HURRIED_INTERVAL_MS = 2000;
/** Sweeps may cost this share of a core, where they are all there is and where events come too; */
const HURRIED_SHARE = 0.01;
const SWEEP_SHARE = 0.0004;
/** and are made so many times less often for it. */
const RARER_MAX = 20;

interface SweeperOptions {
  clock: Clock;
  intervalMs: number;
  /** Resolves to what it cost, in milliseconds of this thread. */
  full: () => Promise<number>;
  dirty: (file: TrackedFile) => void;
  retry: () => void;
}

export class Sweeper {
  private readonly options: SweeperOptions;
  private readonly hot = new Map<TrackedFile, number>();
  private fullTimer: NodeJS.Timeout | null = null;
  private hotTimer: NodeJS.Timeout | null = null;
  private retryTimer: NodeJS.Timeout | null = null;
  private nextRetry = Number.POSITIVE_INFINITY;
  private hurried = false;
  private started = false;

  constructor(options: SweeperOptions) {
    this.options = options;
  }

  /** `costMs`: of the sweep that was made just now, in milliseconds of this thread. */
  start(costMs: number): void {
    this.started = true;
    this.planFull(this.pauseAfter(costMs));
    this.planHot();
    // What failed before, while nothing was planned yet.
    this.options.retry();
  }

  stop(): void {
    this.started = false;
    if (this.fullTimer !== null) clearTimeout(this.fullTimer);
    if (this.hotTimer !== null) clearTimeout(this.hotTimer);
    if (this.retryTimer !== null) clearTimeout(this.retryTimer);
    this.fullTimer = null;
    this.hotTimer = null;
    this.retryTimer = null;
  }

  /** Watching failed: sweeping is all there is. */
  hurry(): void {
    if (this.hurried) return;
    this.hurried = true;
    if (this.started) this.planFull(HURRIED_INTERVAL_MS);
  }

  heat(file: TrackedFile): void {
    this.hot.set(file, this.options.clock.now());
    this.planHot();
  }

  /** Files that were heated are no longer those of the table. */
  forget(): void {
    this.hot.clear();
  }

  /** Something failed and is to be tried again from this time on. */
  retryAt(time: number): void {
    if (!this.started || (this.retryTimer !== null && this.nextRetry <= time)) return;
    if (this.retryTimer !== null) clearTimeout(this.retryTimer);
    this.nextRetry = time;
    this.retryTimer = setTimeout(() => {
      this.retryTimer = null;
      this.options.retry();
    }, Math.max(0, time - this.options.clock.now()));
  }

  private planFull(ms: number): void {
    if (this.fullTimer !== null) clearTimeout(this.fullTimer);
    this.fullTimer = setTimeout(() => void this.sweepAll(), ms);
  }

  private planHot(): void {
    if (!this.started || this.hotTimer !== null || this.hot.size === 0) return;
    this.hotTimer = setTimeout(() => void this.sweepHot(), HOT_INTERVAL_MS);
  }

  private async sweepAll(): Promise<void> {
    const costMs = await this.options.full().catch(() => 0);
    if (!this.started) return;
    this.options.retry();
    this.planFull(this.pauseAfter(costMs));
  }

  private pauseAfter(costMs: number): number {
    const [base, share] = this.hurried ? [HURRIED_INTERVAL_MS, HURRIED_SHARE] : [this.options.intervalMs, SWEEP_SHARE];
    return Math.max(base, Math.min(RARER_MAX * base, costMs / share));
  }

  private async sweepHot(): Promise<void> {
    const now = this.options.clock.now();
    for (const [file, since] of this.hot) {
      if (now - since > HOT_MS || file.state !== 'present') {
        this.hot.delete(file);
        continue;
      }
      const stats = await lstat(file.absolute).catch(() => null);
      if (stats !== null && (differs(file, stats) || stats.size !== file.size)) this.options.dirty(file);
    }
    this.hotTimer = null;
    this.planHot();
  }
}
