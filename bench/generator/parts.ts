// A large lake is written in parts that do not know of each other, so that several threads can write
// at once. How many there are follows from the options alone, never from the machine: the same
// options give the same bytes everywhere.

import type { LakeOptions } from './options.ts';
import { isSingle } from './shapes.ts';
import { addTotals, noCalls, type Truth } from './truth.ts';

const PART_BYTES = 32e6;
const PART_SESSIONS = 500;

/** The options of each part. Shapes of one session are one part, whatever the size. */
export function partsOf<Options extends LakeOptions>(options: Options): Options[] {
  const { targetBytes, sessions, shape = 'mixed' } = options;
  const wanted = targetBytes === undefined ? (sessions ?? 0) / PART_SESSIONS : targetBytes / PART_BYTES;
  const count = isSingle(shape) ? 1 : Math.max(1, Math.floor(wanted));
  if (count === 1) return [options];
  return Array.from({ length: count }, (_, index) => {
    const part: Options = { ...options, part: { index, count } };
    if (targetBytes !== undefined) part.targetBytes = share(targetBytes, index, count);
    if (sessions !== undefined) part.sessions = share(sessions, index, count);
    return part;
  });
}

function share(whole: number, index: number, count: number): number {
  return Math.floor((whole * (index + 1)) / count) - Math.floor((whole * index) / count);
}

/** The truth about all parts together. */
export function joinTruths(truths: readonly Truth[], options: Truth['options']): Truth {
  const [first, ...rest] = truths;
  if (first === undefined) throw new Error('a lake has at least one part');
  const whole: Truth = { ...structuredClone(first), options };
  for (const truth of rest) {
    for (const key of ['log_files', 'meta_files', 'bytes', 'lines', 'records', 'blank_lines', 'duplicates'] as const) whole[key] += truth[key];
    whole.rejects.total += truth.rejects.total;
    for (const [into, from] of [
      [whole.rejects.by_reason, truth.rejects.by_reason], [whole.tails, truth.tails], [whole.usage_lines, truth.usage_lines],
      [whole.records_by_type, truth.records_by_type], [whole.oddities, truth.oddities],
    ] as [Record<string, number>, Record<string, number>][]) addCounts(into, from);
    addTotals(whole.totals, truth.totals, truth.totals.calls);
    for (const [model, totals] of Object.entries(truth.by_model)) addTotals((whole.by_model[model] ??= noCalls()), totals, totals.calls);
    whole.sessions.push(...truth.sessions);
    whole.agents.push(...truth.agents);
  }
  return whole;
}

function addCounts(into: Record<string, number>, from: Readonly<Record<string, number>>): void {
  for (const [key, count] of Object.entries(from)) into[key] = (into[key] ?? 0) + count;
}
