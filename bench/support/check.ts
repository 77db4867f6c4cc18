// The short form: what each path costs in CPU, as a ratio to JSON.parse of the same lines in the same run,
// against the ratios kept in a file. A ratio above its allowed margin fails.

import { aligned } from './table.ts';

/** CPU seconds of one round. */
export type CpuWork = () => Promise<number>;

export interface Path {
  name: string;
  cpu: CpuWork;
}

export interface Baseline {
  /** What a ratio may rise by before it fails, as a factor. */
  margin: number;
  /** A path's CPU time : the reference's. */
  ratios: Record<string, number>;
}

export interface Verdict {
  name: string;
  ratio: number;
  /** Undefined where the file knows nothing of it yet. */
  allowed: number | undefined;
  held: boolean;
}

/**
 * The ratio of each path, in the order given. Rounds are in turn, and of each the least counts: what else runs on the
 * machine only ever adds.
 */
export async function measureRatios(paths: readonly Path[], reference: CpuWork, rounds: number): Promise<Map<string, number>> {
  const least = new Map<string, number>();
  let least0 = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    least0 = Math.min(least0, await reference());
    for (const { name, cpu } of paths) least.set(name, Math.min(least.get(name) ?? Number.POSITIVE_INFINITY, await cpu()));
  }
  return new Map([...least].map(([name, seconds]) => [name, seconds / least0]));
}

export function judge(ratios: ReadonlyMap<string, number>, { margin, ratios: known }: Baseline): Verdict[] {
  return [...ratios].map(([name, ratio]) => {
    const before = known[name];
    const allowed = before === undefined ? undefined : before * margin;
    return { name, ratio, allowed, held: allowed === undefined || ratio <= allowed };
  });
}

/** The smaller ratio of two tries: one that was disturbed does not count. */
export function betterOf(first: ReadonlyMap<string, number>, second: ReadonlyMap<string, number>): Map<string, number> {
  return new Map([...first].map(([name, ratio]) => [name, Math.min(ratio, second.get(name) ?? ratio)]));
}

export function worseOf(first: ReadonlyMap<string, number>, second: ReadonlyMap<string, number>): Map<string, number> {
  return new Map([...first].map(([name, ratio]) => [name, Math.max(ratio, second.get(name) ?? ratio)]));
}

export function verdictTable(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ name, ratio, allowed, held }) => [name, ratio.toFixed(2), allowed === undefined ? 'new' : `≤ ${allowed.toFixed(2)}`, held ? '' : 'FELL BEHIND']);
  return aligned([['CPU : JSON.parse of the same lines', 'now', 'allowed', ''], ...rows], [0, 3]).join('\n');
}
