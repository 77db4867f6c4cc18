// When live events go out. A write to a socket costs about the same for one event as for twenty, so
// with many clients and many events they are gathered: sending may take a share of the time, and
// while it takes less, everything goes out at once. Above that, clients wait in line and what they
// are due grows meanwhile, until one write for many events fits into the share; nobody waits longer
// than the bound. So the delay is as long as the load asks for, and none for a few clients.
// Sends go in slices, so that a thousand clients do not hold up the rest of the process.

/** Something with gathered sends. */
export interface Gathered {
  flush(): void;
}

export interface PaceOptions {
  /** The share of the time that sending may take before sends are gathered. */
  share: number;
  /** The longest that a client waits in line, ms. */
  waitMaxMs: number;
}

interface Place {
  gathered: Gathered;
  since: number;
}

/** What sending left of its share in so many milliseconds may be used at once. */
const CREDIT_MS = 50;

const SLICE_MS = 2;

/** The clock is read once for so many. */
const CLIENTS_PER_LOOK = 16;

export class Pace {
  readonly #options: PaceOptions;
  #line: Place[] = [];
  #scheduled = false;
  #timer: NodeJS.Timeout | undefined;
  /** When the share allows to send again. */
  #allowedAt = Number.NEGATIVE_INFINITY;

  constructor(options: PaceOptions) {
    this.#options = options;
  }

  /** `gathered` is flushed once, at the end of this tick or when it is its turn. */
  enter(gathered: Gathered): void {
    const now = performance.now();
    this.#line.push({ gathered, since: now });
    if (this.#scheduled) return;
    this.#scheduled = true;
    if (this.#waitMs(now) > 0) this.#wait(now);
    else process.nextTick(this.#send);
  }

  /** Everybody in line has been flushed, or is not to be. */
  close(): void {
    clearTimeout(this.#timer);
    this.#line = [];
  }

  readonly #send = (): void => {
    const line = this.#line;
    const started = performance.now();
    let now = started;
    let next = 0;
    while (next < line.length && now - started < SLICE_MS) {
      const end = Math.min(next + CLIENTS_PER_LOOK, line.length);
      for (; next < end; next += 1) line[next]?.gathered.flush();
      now = performance.now();
    }
    line.splice(0, next);
    this.#allowedAt = Math.max(this.#allowedAt, started - CREDIT_MS) + (now - started) / this.#options.share;
    this.#scheduled = line.length > 0;
    if (this.#scheduled) this.#wait(now);
  };

  #wait(now: number): void {
    const ms = this.#waitMs(now);
    if (ms > 0) this.#timer = setTimeout(this.#send, ms);
    else setImmediate(this.#send);
  }

  /** Until the next in line is due. */
  #waitMs(now: number): number {
    const since = this.#line[0]?.since ?? now;
    return Math.min(this.#allowedAt, since + this.#options.waitMaxMs) - now;
  }
}
