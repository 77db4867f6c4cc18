// The committed feed: what the index made durable, handed on in commit order. Everything that
// follows the lake (live subscribers, the archiver, forwarders) listens here.
// Invariant: nothing is published before it is committed, and `top` moves before anybody hears of it.
// Listeners are called synchronously, because a commit's line bytes live only that long.

import type { CommitEvent, CommitListener } from '../core/feed-record.ts';
import type { Logger } from '../core/logger.ts';

export class Feed {
  #top: number;
  readonly #listeners = new Set<CommitListener>();
  readonly #logger: Logger;

  /** `top`: the highest committed lake offset at start. */
  constructor(top: number, logger: Logger) {
    this.#top = top;
    this.#logger = logger;
  }

  /** The highest lake offset that was published. */
  get top(): number {
    return this.#top;
  }

  publish(event: CommitEvent): void {
    this.#top = event.top;
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        // One broken follower must not cost the others their records, nor the writer its commit.
        this.#logger.error({ err: error, top: event.top }, 'A listener of the feed failed');
      }
    }
  }

  /** Returns what ends the listening. */
  listen(listener: CommitListener): () => void {
    // Wrapped, so that the same function may listen twice and leave once.
    const own: CommitListener = (event) => listener(event);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }
}
