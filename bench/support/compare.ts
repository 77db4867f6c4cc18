// What changed between two runs: each figure's ratio now : before, and whether that is more than noise.

import { isRate, shown } from './figures.ts';
import type { Figure } from './figures.ts';
import type { NamedResult, Results } from './results.ts';
import { aligned } from './table.ts';

export interface Change {
  name: string;
  before: number;
  now: number;
  unit: string;
  /** now / before. */
  ratio: number;
  verdict: 'same' | 'better' | 'worse';
}

export const DEFAULT_MARGIN = 1.15;

/** Figures that both runs have, in the order of the run at hand. A ratio within `margin` either way is the same. */
export function changesSince(before: Results, now: Results, margin: number): Change[] {
  const earlier = new Map(before.results.flatMap(figuresOf).map((figure) => [figure.name, figure]));
  return now.results.flatMap(figuresOf).flatMap((figure) => {
    const known = earlier.get(figure.name);
    if (known === undefined || known.unit !== figure.unit) return [];
    const ratio = figure.value / known.value;
    const factor = moreIsBetter(figure) ? ratio : 1 / ratio;
    const verdict = !Number.isFinite(factor) || (factor <= margin && factor >= 1 / margin) ? 'same' : factor > 1 ? 'better' : 'worse';
    return [{ name: figure.name, before: known.value, now: figure.value, unit: figure.unit, ratio, verdict }];
  });
}

export function changesTable(before: Results, now: Results, margin: number): string {
  const changes = changesSince(before, now, margin);
  const rows = changes.map((change) => [change.name, shown(change.before), shown(change.now), change.unit, Number.isFinite(change.ratio) ? `${shown(change.ratio)}×` : '', change.verdict === 'same' ? '' : change.verdict.toUpperCase()]);
  const warnings = [
    ...(before.machine === now.machine ? [] : [`  Another machine: ${before.machine}. Only ratios to a reference of the same run travel.`]),
    ...(before.quick === now.quick ? [] : ['  One of the two runs is a quick one: sizes differ.']),
  ];
  return [`Since ${before.date}, beyond a factor of ${margin}:`, ...warnings, ...aligned([['', 'before', 'now', '', 'ratio', ''], ...rows], [0, 3, 5])].join('\n');
}

/** A bench's own figures and, of its contests, each contender's rate and CPU. */
function figuresOf(result: NamedResult): Figure[] {
  const contests = (result.contests ?? []).flatMap((contest) => contest.contenders.flatMap((one): Figure[] => [
    { name: `${contest.title}: ${one.name}, wall`, value: contest.bytes / 1e3 / one.wallMs, unit: 'MB/s' },
    { name: `${contest.title}: ${one.name}, CPU`, value: one.cpuSeconds / (contest.bytes / 1e9), unit: 's/GB' },
  ]));
  return [...contests, ...result.figures].map((figure) => Object.assign({}, figure, { name: `${result.name} · ${figure.name}` }));
}

function moreIsBetter(figure: Figure): boolean {
  return figure.goal === undefined ? isRate(figure) : 'atLeast' in figure.goal;
}
