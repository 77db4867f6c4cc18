// A pause after work: something is done once when nothing happened for a while, and not again before
// something happened.

export class Lull {
  private readonly quietMs: number;
  private readonly work: () => void;
  private timer: NodeJS.Timeout | null = null;
  private closed = false;

  constructor(quietMs: number, work: () => void) {
    this.quietMs = quietMs;
    this.work = work;
  }

  /** Something happened. Cheap: called with every commit. */
  stir(): void {
    if (this.closed) return;
    if (this.timer !== null) {
      this.timer.refresh();
      return;
    }
    this.timer = setTimeout(() => {
      this.timer = null;
      this.work();
    }, this.quietMs);
    this.timer.unref();
  }

  close(): void {
    this.closed = true;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }
}
