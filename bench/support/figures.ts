// Figures and how they are shown.

export interface Figure {
  name: string;
  value: number;
  unit: string;
  /** What it should be at most (or at least, for rates). */
  goal?: { atMost: number } | { atLeast: number };
}

export interface BenchResult {
  bench: string;
  figures: Figure[];
  notes: string[];
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

function meetsGoal({ value, goal }: Figure): boolean | null {
  if (goal === undefined) return null;
  return 'atMost' in goal ? value <= goal.atMost : value >= goal.atLeast;
}

export function tableOf(result: BenchResult): string {
  const rows = result.figures.map((figure) => {
    const met = meetsGoal(figure);
    const goal = figure.goal === undefined ? '' : 'atMost' in figure.goal ? `≤ ${figure.goal.atMost}` : `≥ ${figure.goal.atLeast}`;
    return [figure.name, shown(figure.value), figure.unit, goal, met === null ? '' : met ? 'met' : 'NOT MET'];
  });
  const widths = [0, 1, 2, 3, 4].map((i) => Math.max(...rows.map((row) => (row[i] as string).length)));
  const lines = rows.map((row) => `  ${row.map((cell, i) => (i === 1 ? cell.padStart(widths[i] as number) : cell.padEnd(widths[i] as number))).join('  ')}`.trimEnd());
  return [`${result.bench}`, ...lines, ...result.notes.map((note) => `  ${note}`)].join('\n');
}

function shown(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2);
}
