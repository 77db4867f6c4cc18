// The rows of usage that are held in memory, of the sessions that a filter lets through.

import type { SessionFilter } from '../../core/questions.ts';
import type { SessionBook } from '../book/session-book.ts';
import { sessionMatcher } from '../book/session-filter.ts';
import type { FilterParts } from '../book/session-filter.ts';

/** Numbers of rows of the book's table. Time and model of the filter are not looked at. */
export function eachUsageRow(parts: FilterParts, { sessions, usage }: SessionBook, { model: _model, sinceMs: _since, untilMs: _until, ...places }: SessionFilter, use: (row: number) => void): void {
  if (Object.values(places).every((value) => value === undefined)) {
    for (let row = 0; row < usage.length; row++) use(row);
    return;
  }
  const matches = sessionMatcher(places, parts);
  for (const facts of sessions) {
    if (!matches(facts)) continue;
    for (let row = usage.first(facts.ix); row !== -1; row = usage.next[row] as number) use(row);
  }
}
