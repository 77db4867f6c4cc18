// Sessions change their status by time alone: from active to idle to completed. This knows when, for the
// few that are not quiet yet, so that answers with a status are good until then and no longer.

/** A session whose files were written within this time is active. */
export const ACTIVE_MS = 5 * 60_000;

export class StatusClock {
  private readonly idleMs: number;
  /** When the files of each session that is not completed yet were last written. */
  private readonly written = new Map<number, number>();
  private changed = 0;
  /** No status changes before this; it may be told too early, never too late. */
  private nextAt = Number.POSITIVE_INFINITY;

  /** Quiet for `idleMs`, a session is completed. */
  constructor(idleMs: number) {
    this.idleMs = idleMs;
  }

  clear(): void {
    this.written.clear();
    this.nextAt = Number.POSITIVE_INFINITY;
  }

  touched(session: number, writtenMs: number): void {
    if (writtenMs <= (this.written.get(session) ?? -1)) return;
    this.written.set(session, writtenMs);
    this.nextAt = Math.min(this.nextAt, writtenMs + Math.min(ACTIVE_MS, this.idleMs));
  }

  /** Grows when the status of some session may have changed by time. */
  changes(nowMs: number): number {
    if (nowMs < this.nextAt) return this.changed;
    this.changed += 1;
    this.nextAt = Number.POSITIVE_INFINITY;
    for (const [session, writtenMs] of this.written) {
      const next = [writtenMs + ACTIVE_MS, writtenMs + this.idleMs].filter((at) => at > nowMs);
      if (next.length === 0) this.written.delete(session);
      this.nextAt = Math.min(this.nextAt, ...next);
    }
    return this.changed;
  }

  /** 0 while it is active, then 1, then 2. */
  phase(session: number, nowMs: number): number {
    const writtenMs = this.written.get(session);
    if (writtenMs === undefined) return 2;
    return Number(nowMs >= writtenMs + ACTIVE_MS) + Number(nowMs >= writtenMs + this.idleMs);
  }
}
