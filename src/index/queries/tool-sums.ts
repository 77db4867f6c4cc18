// Tool calls, from what is known of sessions.

import { isEverywhere, sessionMatcher } from '../book/session-filter.ts';
import { quartersOf } from '../book/usage-groups.ts';
import type { SessionFilter } from '../../core/answers/questions.ts';
import type { SessionParts } from './sessions.ts';
import { isAligned } from './usage-source.ts';

/** Whether these sums can answer: they are kept by quarter hour, and without the model. */
export function hasToolSums(filter: SessionFilter): boolean {
  return isAligned(filter) && filter.model === undefined;
}

/** By number of a tool, or by quarter hour, -1 for no time. Groups without calls are left out. */
export async function toolSums(parts: SessionParts, column: 'tool' | 'bucket', filter: SessionFilter): Promise<Map<number, number>> {
  const { sinceMs: _since, untilMs: _until, ...places } = filter;
  const { from, until } = quartersOf(filter);
  const sums = new Map<number, number>();
  const add = (tool: number, bucket: number, calls: number): void => {
    if (bucket < from || (until !== null && (bucket >= until || bucket < 0))) return;
    const key = column === 'tool' ? tool : bucket;
    sums.set(key, (sums.get(key) ?? 0) + calls);
  };
  const { tools, sessions } = await parts.book.current();
  if (isEverywhere(filter) && column === 'bucket') for (const [bucket, calls] of tools.byBucket) add(-1, bucket, calls);
  else if (isEverywhere(filter)) {
    const { quarters, quarterCalls } = tools;
    for (let row = 0; row < quarters.length; row++) add(quarters.kind[row] as number, quarters.bucket[row] as number, quarterCalls[row] as number);
  } else {
    const matches = sessionMatcher(places, parts);
    for (const session of sessions) {
      if (!tools.isWithin(session.ix, from, until) || !matches(session)) continue;
      for (let row = tools.first(session.ix); row !== -1; row = tools.next[row] as number) add(tools.tool[row] as number, tools.bucket[row] as number, tools.calls[row] as number);
    }
  }
  return new Map([...sums].filter(([, calls]) => calls !== 0));
}
