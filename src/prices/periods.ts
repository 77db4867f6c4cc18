// Prices that hold from a day on, or at a time of the day, as periods that do not overlap.

import type { PricePeriod } from '../core/price-book.ts';
import { DAY_MS } from '../core/time/time.ts';

/** A price and when it holds; of several that hold the last counts, where none does the first. */
export interface Dated<T> {
  /** `YYYY-MM-DD`, UTC. */
  from?: string;
  /** `HH:MM:SSZ`, each day; may pass midnight. */
  dayFrom?: string;
  dayUntil?: string;
  price: T;
}

/** `read`: what a source's price says. */
export function periodsOf<T>(list: readonly Dated<T>[], read: (price: T) => Pick<PricePeriod, 'rates' | 'tiers'>): PricePeriod[] {
  const dates = cuts(0, Number.POSITIVE_INFINITY, list.map((entry) => (entry.from === undefined ? 0 : Date.parse(entry.from))));
  const times = cuts(0, DAY_MS, list.flatMap((entry) => [msOfDay(entry.dayFrom ?? '00:00:00Z'), msOfDay(entry.dayUntil ?? '00:00:00Z')]));
  return dates.flatMap(([fromMs, untilMs]) => times.map(([dayFromMs, dayUntilMs]) => {
    const { rates, tiers } = read(activeAt(list, fromMs, dayFromMs));
    return { fromMs, untilMs, dayFromMs, dayUntilMs, rates, tiers };
  }));
}

/** Neighbouring pairs of the sorted cuts, from the first to the last. */
function cuts(first: number, last: number, between: readonly number[]): [number, number][] {
  const sorted = [...new Set([first, ...between, last])].toSorted((a, b) => a - b);
  return sorted.slice(1).map((until, i) => [sorted[i] as number, until]);
}

function activeAt<T>(list: readonly Dated<T>[], ms: number, ofDay: number): T {
  const active = list.findLast((entry) => (entry.from === undefined || ms >= Date.parse(entry.from)) && holdsAt(entry, ofDay)) ?? list[0];
  if (active === undefined) throw new Error('A price needs at least one entry.');
  return active.price;
}

function holdsAt(entry: Dated<unknown>, ofDay: number): boolean {
  if (entry.dayFrom === undefined || entry.dayUntil === undefined) return true;
  const [from, until] = [msOfDay(entry.dayFrom), msOfDay(entry.dayUntil)];
  return until < from ? ofDay >= from || ofDay < until : ofDay >= from && ofDay < until;
}

function msOfDay(time: string): number {
  return Date.parse(`1970-01-01T${time}`);
}
