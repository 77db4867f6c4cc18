// Which files a background pass leaves alone for now: those that could not be archived are tried again
// after a minute, then after twice as long, up to a quarter of an hour, so that a broken one costs next to nothing.

const FIRST_DELAY_MS = 60_000;
const MAX_DELAY_MS = 900_000;

export class RetryLater {
  private readonly waits = new Map<number, { delayMs: number; untilMs: number; reason: string }>();

  /** Why one of them could not be archived; null where there is none. */
  get reason(): string | null {
    return this.waits.values().next().value?.reason ?? null;
  }

  isDue(fileIx: number, nowMs: number): boolean {
    const wait = this.waits.get(fileIx);
    // A clock that was set back must not postpone anything for longer than its delay.
    return wait === undefined || nowMs >= wait.untilMs || nowMs < wait.untilMs - wait.delayMs;
  }

  /** True the first time, when it is worth telling. */
  failed(fileIx: number, nowMs: number, reason: string): boolean {
    const before = this.waits.get(fileIx);
    const delayMs = before === undefined ? FIRST_DELAY_MS : Math.min(before.delayMs * 2, MAX_DELAY_MS);
    this.waits.set(fileIx, { delayMs, untilMs: nowMs + delayMs, reason });
    return before === undefined;
  }

  succeeded(fileIx: number): void {
    this.waits.delete(fileIx);
  }

  /** Forgets the files that have nothing to archive any more. */
  keepOnly(files: ReadonlySet<number>): void {
    for (const fileIx of this.waits.keys()) if (!files.has(fileIx)) this.waits.delete(fileIx);
  }
}
