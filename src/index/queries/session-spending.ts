// What the model calls of a session used and cost, as its views show it.

import type { SessionSpending } from '../../core/answers/session-views.ts';
import type { Spending } from '../spending/spending.ts';

/** `own`: of the main thread; `all`: with all subagents. */
export function sessionSpending(own: Spending, all: Spending): SessionSpending {
  return {
    calls: own.calls,
    calls_rollup: all.calls,
    usage: own.usage,
    usage_rollup: all.usage,
    cost_usd: own.costUsd,
    cost_rollup_usd: all.costUsd,
    unpriced_calls: all.unpriced,
  };
}
