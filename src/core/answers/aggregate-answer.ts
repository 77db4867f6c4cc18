// What calls add up to, as a whole and by groups, as JSON.

import type { Grouping } from './grouping.ts';
import type { Usage } from './record.ts';

export interface AggregateItem extends Usage {
  calls: number;
  /** Null where there were calls and none has a known price; null for tools, which have none. */
  cost_usd: number | null;
  /** Of the calls, those without a known price: the cost leaves them out. */
  unpriced_calls: number;
}

export interface ModelUsage extends AggregateItem {
  model: string | null;
}

/** An item of a grouping, under whose name its key stands. */
export type GroupItem = AggregateItem & { breakdown?: ModelUsage[] } & Partial<Record<Grouping, string | null>>;

export interface AggregateAnswer {
  items: GroupItem[];
  totals: AggregateItem & { breakdown?: ModelUsage[] };
  /** Where the prices are from. */
  prices: { source: string; date: string };
}
