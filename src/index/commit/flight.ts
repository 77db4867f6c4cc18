// A COMMIT that is under way, and the word on it: whoever asked for the commit waits for that, whatever
// comes of it.

import type { CommitRows } from './commit-rows.ts';

/** A commit on its way into the tables. `rows` is null where only what is committed already goes there. */
export interface Attempt {
  rows: CommitRows | null;
  /** The lake's top before it. */
  prev: number;
  seq: number;
}

export class Flight {
  readonly attempt: Attempt;
  /** Settles when it is known whether the commit is stored. */
  readonly durable: Promise<void>;
  private readonly done: Promise<{ error: unknown } | null>;
  private resolve: () => void = () => undefined;
  private reject: (error: unknown) => void = () => undefined;

  /** `onFailed`: somebody has to call `decide` then. */
  constructor(attempt: Attempt, commit: Promise<unknown>, onLanded: () => void, onFailed: () => void) {
    this.attempt = attempt;
    this.durable = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    // Nobody may be waiting for it.
    this.durable.catch(() => undefined);
    this.done = commit.then(
      () => {
        try {
          onLanded();
          this.resolve();
        } catch (error) {
          this.reject(error);
        }
        return null;
      },
      (error: unknown) => {
        onFailed();
        return { error };
      },
    );
  }

  /** Null where it landed. */
  outcome(): Promise<{ error: unknown } | null> {
    return this.done;
  }

  /** The word on a COMMIT that failed: stored after all, or what `judge` throws. */
  async decide(judge: () => Promise<void>): Promise<void> {
    try {
      await judge();
      this.resolve();
    } catch (error) {
      this.reject(error);
    }
  }
}
