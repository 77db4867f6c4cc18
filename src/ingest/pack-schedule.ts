// Which files are read next. Those written while the daemon watches come first; the rest newest first.
// A bounded number of packs is under way, one more where something live is waiting; a file is in one
// pack at a time. What is live is read at once after a pause, and under load some milliseconds' worth
// together: a pack costs about as much for one line as for ten.

import { INLINE_MAX_BYTES } from './scanner.ts';
import type { TrackedFile } from './tracked-file.ts';

/** One pack: enough for a worker to be worth its trip, few enough to stay small in memory. */
const PACK_MAX_FILES = 64;
const PACK_MAX_BYTES = 4 * 1024 * 1024;

interface ScheduleOptions {
  maxActive: number;
  /** `small`: no more than is read here at once. */
  run: (files: readonly TrackedFile[], small: boolean) => Promise<void>;
  /** Nothing is waiting and nothing is under way. */
  onEmpty: () => void;
  /** From the beginning of one live pack to that of the next, milliseconds. */
  gatherMs: () => number;
}

export class PackSchedule {
  private readonly options: ScheduleOptions;
  private live = new Set<TrackedFile>();
  private backlog: TrackedFile[] = [];
  private readonly queued = new Set<TrackedFile>();
  private readonly active = new Set<TrackedFile>();
  private sorted = true;
  private running = 0;
  private stopped = false;
  private pumping = false;
  /** Where much is waiting the first pack is read at once on this thread, while a worker is being started for those that follow: something is to be seen soon. */
  private isFirst = true;
  private liveNotBefore = 0;
  private gathering: NodeJS.Timeout | null = null;
  private readonly onStopped: (() => void)[] = [];

  constructor(options: ScheduleOptions) {
    this.options = options;
  }

  get empty(): boolean {
    return this.running === 0 && this.live.size === 0 && this.queued.size === 0;
  }

  add(file: TrackedFile, live: boolean, now: number): void {
    if (this.stopped) return;
    file.dirtySince ??= now;
    if (live) {
      this.live.add(file);
    } else if (!this.queued.has(file) && !this.live.has(file)) {
      this.queued.add(file);
      const newest = this.backlog.at(-1);
      if (newest !== undefined && newest.modifiedMs > file.modifiedMs) this.sorted = false;
      this.backlog.push(file);
    }
    this.pumpSoon();
  }

  oldestDirty(): number | null {
    let oldest: number | null = null;
    for (const files of [this.live, this.queued, this.active]) {
      for (const file of files) if (file.dirtySince !== null && (oldest === null || file.dirtySince < oldest)) oldest = file.dirtySince;
    }
    return oldest;
  }

  clear(): void {
    this.live.clear();
    this.queued.clear();
    this.backlog = [];
  }

  /** Takes no more; resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.clear();
    if (this.gathering !== null) clearTimeout(this.gathering);
    if (this.running > 0) await new Promise<void>((resolve) => this.onStopped.push(resolve));
  }

  /** In a microtask, so that what is noticed together is read together. */
  private pumpSoon(): void {
    if (this.pumping) return;
    this.pumping = true;
    queueMicrotask(() => {
      this.pumping = false;
      this.pump();
    });
  }

  private pump(): void {
    for (;;) {
      if (this.stopped || this.running > this.options.maxActive) return;
      const files = this.takeLive();
      const small = files.length === 0 && this.isFirst && this.queued.size >= PACK_MAX_FILES;
      if (files.length === 0 && this.running < this.options.maxActive) files.push(...this.takeBacklog(small));
      if (files.length === 0) return;
      this.isFirst = false;
      void this.runPack(files, small);
    }
  }

  private async runPack(files: readonly TrackedFile[], small: boolean): Promise<void> {
    this.running += 1;
    for (const file of files) {
      this.active.add(file);
      file.busy = true;
    }
    try {
      await this.options.run(files, small);
    } finally {
      for (const file of files) {
        this.active.delete(file);
        file.busy = false;
        if (!this.live.has(file) && !this.queued.has(file)) file.dirtySince = null;
      }
      this.running -= 1;
      this.pump();
      if (this.running === 0 && this.stopped) for (const resolve of this.onStopped.splice(0)) resolve();
      if (this.empty) this.options.onEmpty();
    }
  }

  private takeLive(): TrackedFile[] {
    const files: TrackedFile[] = [];
    if (this.live.size === 0 || this.isGathering()) return files;
    for (const file of this.live) {
      if (files.length === PACK_MAX_FILES) break;
      if (!file.busy) files.push(file);
    }
    for (const file of files) {
      this.live.delete(file);
      this.queued.delete(file);
    }
    if (files.length > 0) this.liveNotBefore = performance.now() + this.options.gatherMs();
    return files;
  }

  /** The last live pack began just now: the next one begins by itself in a moment. */
  private isGathering(): boolean {
    const waitMs = this.liveNotBefore - performance.now();
    if (waitMs <= 0) return false;
    this.gathering ??= setTimeout(() => {
      this.gathering = null;
      this.pump();
    }, waitMs);
    return true;
  }

  private takeBacklog(small: boolean): TrackedFile[] {
    if (!this.sorted) {
      this.backlog.sort((a, b) => a.modifiedMs - b.modifiedMs);
      this.sorted = true;
    }
    const files: TrackedFile[] = [];
    let bytes = 0;
    for (let at = this.backlog.length - 1; at >= 0 && files.length < PACK_MAX_FILES && bytes < PACK_MAX_BYTES; at--) {
      const file = this.backlog[at] as TrackedFile;
      if (file.busy) continue;
      const unread = Math.min(PACK_MAX_BYTES, Math.max(0, file.size - file.offset));
      if (small && files.length > 0 && bytes + unread > INLINE_MAX_BYTES) break;
      this.backlog.splice(at, 1);
      if (!this.queued.delete(file)) continue;
      files.push(file);
      bytes += unread;
    }
    return files;
  }
}
