// The sums of usage that are held in memory, of the sessions that a filter lets through: by quarter hour where these
// are all, otherwise the rows of each of them.

import type { SessionFilter } from '../../core/answers/questions.ts';
import type { SessionBook } from '../book/session-book.ts';
import { isEverywhere, sessionMatcher } from '../book/session-filter.ts';
import type { FilterParts } from '../book/session-filter.ts';
import type { Summed } from '../book/sum-columns.ts';

/** Time and model of the filter are not looked at. */
export function eachUsageRow(parts: FilterParts, { sessions, usage, levels }: SessionBook, { model: _model, sinceMs: _since, untilMs: _until, ...places }: SessionFilter, use: (sums: Summed, row: number, bucket: number, model: number) => void): void {
  if (isEverywhere(places)) {
    const { quarters, byQuarter } = levels;
    for (let row = 0; row < quarters.length; row++) use(byQuarter, row, quarters.bucket[row] as number, quarters.kind[row] as number);
    return;
  }
  const matches = sessionMatcher(places, parts);
  for (const facts of sessions) {
    if (!matches(facts)) continue;
    for (let row = usage.first(facts.ix); row !== -1; row = usage.next[row] as number) use(usage, row, usage.bucket[row] as number, usage.model[row] as number);
  }
}
