// Results as text: rows of cells, aligned on a terminal.

import { goalOf, meetsGoal, shown } from './figures.ts';
import type { BenchResult, Contest, Contender } from './figures.ts';

export const CONTEST_HEAD = ['', 'wall s', 'MB/s', 'CPU s', 'peak MB', 'ours / it, wall', 'ours / it, CPU'] as const;

/** A row a contender; the ratios say how much of the other's time ours takes. */
export function contestRows(contest: Contest): string[][] {
  const ours = contest.contenders.find((contender) => contender.ours === true);
  const ratio = (one: Contender, of: (contender: Contender) => number): string => (ours === undefined || one === ours ? '' : `${shown(of(ours) / of(one))}×`);
  return contest.contenders.map((one) => [
    one.name, shown(one.wallMs / 1000), shown(contest.bytes / 1e3 / one.wallMs), shown(one.cpuSeconds),
    one.peakBytes === null ? '' : shown(one.peakBytes / 1e6), ratio(one, ({ wallMs }) => wallMs), ratio(one, ({ cpuSeconds }) => cpuSeconds),
  ]);
}

export function contestTitle({ title, bytes, rounds }: Contest): string {
  return `${title}: ${shown(bytes / 1e6)} MB${rounds > 1 ? `, medians of ${rounds} rounds in turn` : ''}`;
}

export function figureRows(result: BenchResult): string[][] {
  return result.figures.map((figure) => {
    const met = meetsGoal(figure);
    return [figure.name, shown(figure.value), figure.unit, goalOf(figure), met === null ? '' : met ? 'met' : 'NOT MET'];
  });
}

export function tableOf(result: BenchResult): string {
  const lines = [result.bench];
  for (const contest of result.contests ?? []) lines.push(`  ${contestTitle(contest)}`, ...aligned([[...CONTEST_HEAD], ...contestRows(contest)], [0]), '');
  lines.push(...aligned(figureRows(result), [0, 2, 3, 4]), ...result.notes.map((note) => `  ${note}`));
  return lines.join('\n');
}

/** `left`: the columns that begin at the left; numbers end at the right. */
export function aligned(rows: readonly string[][], left: readonly number[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => `  ${row.map((cell, column) => (left.includes(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ')}`.trimEnd());
}
