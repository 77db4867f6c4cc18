// What stands in the way right now, for /api/status and /health. A problem that goes away is removed by
// whoever raised it; repeats keep the time of the first.

import type { Clock } from '../core/time/clock.ts';
import type { Problem } from '../core/answers/problem.ts';
import { isoFromMs } from '../core/time/time.ts';

/** Of one kind: many harmless ones must not keep a serious one out. */
const MAX_OF_A_CODE = 100;

export class Problems {
  private readonly problems = new Map<string, Problem>();
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  raise(code: string, message: string, options: { hint?: string; path?: string } = {}): void {
    const key = `${code}\n${options.path ?? ''}`;
    const since = this.problems.get(key)?.since ?? isoFromMs(this.clock.now());
    if (!this.problems.has(key) && this.list().filter((problem) => problem.code === code).length >= MAX_OF_A_CODE) return;
    this.problems.set(key, { code, message, hint: options.hint ?? null, path: options.path ?? null, since });
  }

  clear(code: string, path = ''): void {
    this.problems.delete(`${code}\n${path}`);
  }

  /** Removes those of a code whose path is not among these. `before`: those there were when these were looked for; what was raised since stays. */
  keepOnly(code: string, paths: readonly string[], before: readonly Problem[] = this.list()): void {
    const kept = new Set(paths);
    for (const problem of before) if (problem.code === code && !kept.has(problem.path ?? '')) this.clear(code, problem.path ?? '');
  }

  list(): Problem[] {
    return [...this.problems.values()];
  }
}
