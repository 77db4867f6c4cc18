// Turns for a few at a time, in the order in which they were asked for. Who gives up before its turn is told so at
// once, and is not counted among those who wait.

import pLimit from 'p-limit';
import type { LimitFunction } from 'p-limit';

export class QueryTurns {
  private readonly limit: LimitFunction;
  private waitingCount = 0;
  private runningCount = 0;

  constructor(atOnce: number) {
    this.limit = pLimit(atOnce);
  }

  get waiting(): number {
    return this.waitingCount;
  }

  get isIdle(): boolean {
    return this.runningCount + this.waitingCount === 0;
  }

  /** Rejects with what `givenUp` makes where the signal is aborted before the turn; during it, that is the work's to notice. */
  take<T>(work: () => Promise<T>, signal: AbortSignal, givenUp: () => Error): Promise<T> {
    if (signal.aborted) return Promise.reject(givenUp());
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.waitingCount -= 1;
        signal.removeEventListener('abort', giveUp);
      };
      const giveUp = (): void => {
        leave();
        reject(givenUp());
      };
      this.waitingCount += 1;
      signal.addEventListener('abort', giveUp);
      void this.limit(async () => {
        if (signal.aborted) return;
        leave();
        this.runningCount += 1;
        await work().finally(() => (this.runningCount -= 1)).then(resolve, reject);
      });
    });
  }
}
