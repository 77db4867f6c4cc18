// How long each route took to answer lately.

import { Durations, type Percentiles } from '../core/time/durations.ts';

export interface RouteTimes extends Percentiles {
  route: string;
  method: string;
  /** Answers with a status of 500 and above. */
  failed: number;
}

export class RouteClock {
  readonly #routes = new Map<string, { route: string; method: string; failed: number; durations: Durations }>();

  /** `route` as the document names it, so there are only so many. */
  add(route: string, method: string, status: number, ms: number): void {
    const key = `${method} ${route}`;
    let times = this.#routes.get(key);
    if (times === undefined) {
      times = { route, method, failed: 0, durations: new Durations() };
      this.#routes.set(key, times);
    }
    times.durations.add(ms);
    if (status >= 500) times.failed += 1;
  }

  list(): RouteTimes[] {
    const listed = [...this.#routes.values()].map(({ durations, ...route }): RouteTimes => Object.assign(durations.percentiles(), route));
    return listed.toSorted((a, b) => (a.route < b.route ? -1 : a.route > b.route ? 1 : 0));
  }
}
