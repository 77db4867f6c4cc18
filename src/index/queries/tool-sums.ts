// Tool calls, from what is known of sessions.

import { sessionMatcher } from '../book/session-filter.ts';
import type { SessionFilter } from '../../core/questions.ts';
import { QUARTER_HOUR_MS } from '../rates.ts';
import type { SessionParts } from './sessions.ts';
import { isAligned } from './usage-source.ts';

/** Whether these sums can answer: they are kept by quarter hour, and without the model. */
export function hasToolSums(filter: SessionFilter): boolean {
  return isAligned(filter) && filter.model === undefined;
}

/** By number of a tool, or by quarter hour, -1 for no time. Groups without calls are left out. */
export async function toolSums(parts: SessionParts, column: 'tool' | 'bucket', { sinceMs, untilMs, ...places }: SessionFilter): Promise<Map<number, number>> {
  const book = await parts.book.current();
  const { tools } = book;
  const from = sinceMs === undefined ? -1 : sinceMs / QUARTER_HOUR_MS;
  const until = untilMs === undefined ? null : untilMs / QUARTER_HOUR_MS;
  const matches = sessionMatcher(places, parts);
  const sums = new Map<number, number>();
  for (const session of book.sessions) {
    if (!matches(session)) continue;
    for (let row = tools.first(session.ix); row !== -1; row = tools.next[row] as number) {
      const bucket = tools.bucket[row] as number;
      if (bucket < from || (until !== null && (bucket >= until || bucket < 0))) continue;
      const key = tools[column][row] as number;
      sums.set(key, (sums.get(key) ?? 0) + (tools.calls[row] as number));
    }
  }
  return new Map([...sums].filter(([, calls]) => calls !== 0));
}
