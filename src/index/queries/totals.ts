// Rows of sums, added up to what an answer shows.

import type { AggregateItem } from '../../core/aggregate-answer.ts';
import { shownCost } from '../../core/price-book.ts';
import type { CostSums } from './spend.ts';
import { usageOf } from './usage.ts';
import type { UsageSums } from './usage.ts';

export function totalOf(rows: readonly (UsageSums & CostSums)[]): AggregateItem {
  const sum = (name: keyof UsageSums | 'unpriced'): number => rows.reduce((total, row) => total + (row[name] ?? 0), 0);
  const [calls, unpriced] = [sum('calls'), sum('unpriced')];
  const usage = usageOf({ input: sum('input'), output: sum('output'), cache_creation: sum('cache_creation'), cache_read: sum('cache_read') });
  const cost = rows.reduce((total, row) => total + (row.cost ?? 0n), 0n);
  return { ...usage, calls, cost_usd: shownCost(cost, calls, unpriced), unpriced_calls: unpriced };
}
