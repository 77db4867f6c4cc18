// What a bench gives back: figures with their goals, and contests of several programs over the same data.

export interface Figure {
  name: string;
  value: number;
  unit: string;
  /** What it should be at most (or at least, for rates). */
  goal?: { atMost: number } | { atLeast: number };
  /** Not of ours: what something else takes, measured beside it. */
  reference?: boolean;
}

/** One program's share of a contest: medians over the rounds. */
export interface Contender {
  name: string;
  /** What the others are compared with. */
  ours?: boolean;
  wallMs: number;
  /** User and system time of all its threads. */
  cpuSeconds: number;
  /** Null where the system does not tell. */
  peakBytes: number | null;
}

export interface Contest {
  title: string;
  /** Of input, the same for all. */
  bytes: number;
  rounds: number;
  contenders: Contender[];
}

export interface BenchResult {
  bench: string;
  figures: Figure[];
  notes: string[];
  contests?: Contest[];
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Of bytes by time, of the clock's or the CPU's: `MB/s`, `MB per CPU s`. */
export function isRate({ unit }: Figure): boolean {
  return /^MB(\/| per )/.test(unit);
}

/** Null where there is no goal. */
export function meetsGoal({ value, goal }: Figure): boolean | null {
  if (goal === undefined) return null;
  return 'atMost' in goal ? value <= goal.atMost : value >= goal.atLeast;
}

export function goalOf({ goal }: Figure): string {
  return goal === undefined ? '' : 'atMost' in goal ? `≤ ${goal.atMost}` : `≥ ${goal.atLeast}`;
}

export function shown(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2);
}
