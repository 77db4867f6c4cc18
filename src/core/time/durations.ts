// The last so many durations of something, and where among them most lie. Exact over what is held,
// bounded in memory, and as cheap to add to as an array.

const HELD = 1024;

export interface Percentiles {
  count: number;
  p50_ms: number;
  p95_ms: number;
  p99_ms: number;
  max_ms: number;
}

export class Durations {
  readonly #held = new Float64Array(HELD);
  #count = 0;

  /** Milliseconds. */
  add(ms: number): void {
    this.#held[this.#count % HELD] = ms;
    this.#count += 1;
  }

  /** Of all that were added; percentiles and maximum of those held. Zeros where there are none. */
  percentiles(): Percentiles {
    const sorted = this.#held.slice(0, Math.min(this.#count, HELD)).sort();
    const at = (share: number): number => rounded(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
    return { count: this.#count, p50_ms: at(0.5), p95_ms: at(0.95), p99_ms: at(0.99), max_ms: at(1) };
  }
}

/** To a microsecond. */
function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
