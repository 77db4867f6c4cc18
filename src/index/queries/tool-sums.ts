// Tool calls, from the sums kept at commit, in one plain statement.

import type { SessionFilter } from '../../core/questions.ts';
import { QUARTER_HOUR_MS } from '../rates.ts';
import { sessionScope } from './sessions.ts';
import type { SessionParts } from './sessions.ts';
import { isAligned } from './usage-source.ts';

/** Whether these sums can answer: they are kept by quarter hour, and without the model. */
export function hasToolSums(filter: SessionFilter): boolean {
  return isAligned(filter) && filter.model === undefined;
}

/** By number of a tool, or by quarter hour, -1 for no time. Groups without calls are left out. */
export async function toolSums(parts: SessionParts, column: 'tool_ix' | 'bucket', filter: SessionFilter): Promise<Map<number, number>> {
  const { sinceMs, untilMs } = filter;
  const where = await sessionScope(parts, filter);
  if (sinceMs !== undefined) where.add(`bucket >= ${sinceMs / QUARTER_HOUR_MS}`);
  if (untilMs !== undefined) where.add(`bucket < ${untilMs / QUARTER_HOUR_MS} AND bucket >= 0`);
  const rows = await parts.readers.rows<{ key: number; calls: number }>(`SELECT ${column} AS key, sum(calls)::DOUBLE AS calls FROM tool_deltas WHERE ${where.sql} GROUP BY ${column}`, where.values);
  return new Map(rows.filter(({ calls }) => calls !== 0).map(({ key, calls }) => [key, calls]));
}
