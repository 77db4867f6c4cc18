// Blocks of usage, as JSON; how they are cut is in `usage-blocks.ts`.

import type { AggregateItem } from './aggregate-answer.ts';
import type { BlockProjection, BurnRate } from './usage-blocks.ts';

export interface BlockItem extends AggregateItem {
  started_at: string;
  /** Exclusive. */
  ends_at: string;
  active: boolean;
  models: string[];
  /** These are told of the block that runs now. */
  first_call_at: string | null;
  last_call_at: string | null;
  burn_rate: BurnRate | null;
  projection: BlockProjection | null;
}

export interface BlocksAnswer {
  items: BlockItem[];
  prices: { source: string; date: string };
}
