// Files that were written lately, without a look at the others: the time from which on is asked for mostly grows.

export class RecentFiles {
  private readonly written = new Map<number, number>();
  private since = Number.NEGATIVE_INFINITY;

  /** `modifiedMs`: null for a file that is not there. */
  set(file: number, modifiedMs: number | null): void {
    if (modifiedMs === null || modifiedMs <= this.since) this.written.delete(file);
    else this.written.set(file, modifiedMs);
  }

  /** False where it is not known any more what was written after this time: a clock was set back. */
  knows(sinceMs: number): boolean {
    return sinceMs >= this.since;
  }

  /** Files written after this time. */
  after(sinceMs: number): Iterable<number> {
    this.since = sinceMs;
    for (const [file, modifiedMs] of this.written) if (modifiedMs <= sinceMs) this.written.delete(file);
    return this.written.keys();
  }
}
