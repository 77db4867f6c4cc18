// Usage with its cost, as SQL. Cost comes from the same sums as tokens: tokens times the price of their
// model and day. A price that rises above a threshold is a matter of single calls: those few pay the
// difference on top, from their own rows.

import { paysSql, QUARTER_HOUR_MS, type RateTable } from './rates.ts';

const TOKENS = ['input', 'output', 'cache_creation', 'cache_read', 'cache_creation_1h', 'web_searches'] as const;
const SUMS = ['calls', ...TOKENS] as const;

/** Sums of money: picodollars, and calls without a price. */
export interface CostSums {
  cost: bigint | null;
  unpriced: number | null;
}

export interface SpendQuery {
  rates: RateTable;
  /** Columns to group by, of the rows of `usage`. */
  keys: readonly string[];
  /** What to read: a table with the columns of `usage_deltas` and the keys. */
  usage: string;
  /** The same of single calls: `countedCallsSql`. Not read where no price has a threshold. */
  calls: string;
  /** Condition on the rows of both. */
  where: string;
}

/**
 * Rows with the keys, `calls`, the tokens, `cost` (HUGEINT picodollars) and `unpriced` (calls). Several rows may
 * share their keys, one a rate, each summed: a call that moved to another session leaves rows in `usage_deltas` that say +1 and -1.
 */
export function spendSql({ rates, keys, usage, calls, where }: SpendQuery): string {
  const by = [...keys, 'rate_ix'].join(', ');
  const sums = SUMS.map((name) => `sum(${name}) AS ${name}`).join(', ');
  const cost = 'input * r_input + output * r_output + (cache_creation - cache_creation_1h) * r_cache_write + cache_creation_1h * r_cache_write_1h + cache_read * r_cache_read + web_searches * r_web_search';
  const base = `SELECT ${[...keys, ...SUMS].join(', ')}, ${cost} AS cost, CASE WHEN rate_ix IS NULL THEN calls ELSE 0 END AS unpriced
    FROM (SELECT ${by}, ${sums} FROM (SELECT u.*, r.rate_ix FROM ${usage} u LEFT JOIN ${rates.base} r ON ${paysSql('u', 'r')}) WHERE ${where} GROUP BY ${by})
      LEFT JOIN (SELECT * EXCLUDE (model_ix, tier_ix) FROM ${rates.base}) USING (rate_ix)`;
  if (rates.mayPayExtra === null) return `(${base})`;
  const inputTotal = 'u.input + u.cache_creation + u.cache_read';
  const extra = `SELECT ${[...keys, ...SUMS.map(() => '0')].join(', ')}, ${cost}, 0
    FROM (SELECT ${by}, ${sums} FROM (SELECT u.*, r.rate_ix FROM ${calls} u JOIN ${rates.extra} r ON ${paysSql('u', 'r')} AND ${inputTotal} > r.above AND ${inputTotal} <= r.upto) WHERE ${where} GROUP BY ${by})
      JOIN (SELECT * EXCLUDE (model_ix, tier_ix) FROM ${rates.extra}) USING (rate_ix)`;
  return `(${base} UNION ALL ${extra})`;
}

/**
 * One row a call that counts: the newest state of each, without replays in sidechains, in the columns of `usage_deltas`
 * and with `at_ms`. `among`: a condition that the rows of `calls`, or of a table like it, in question fulfil. Most messages have one row
 * alone; only the others are looked at closely.
 */
export function countedCallsSql(among = 'true', table = 'calls'): string {
  const from = among === 'true' ? table : `(SELECT * FROM ${table} WHERE message IN (SELECT message FROM ${table} WHERE ${among}))`;
  return `(
    WITH some_calls AS ${among === 'true' ? 'NOT MATERIALIZED' : 'MATERIALIZED'} (SELECT * FROM ${from}),
      told_again AS MATERIALIZED (SELECT message FROM some_calls GROUP BY message HAVING count(*) > 1)
    SELECT session_ix, agent_ix, model_ix, best_ms AS at_ms, CASE WHEN best_ms < 0 THEN -1 ELSE best_ms // ${QUARTER_HOUR_MS} END AS bucket, 1 AS calls, tier_ix, ${TOKENS.join(', ')} FROM (
      SELECT * FROM some_calls ANTI JOIN told_again USING (message)
      UNION ALL SELECT * EXCLUDE (on_main) FROM (
        SELECT *, bool_or(NOT sidechain) OVER (PARTITION BY message) AS on_main FROM (
          SELECT * FROM some_calls SEMI JOIN told_again USING (message) QUALIFY row_number() OVER (PARTITION BY message, request ORDER BY seq DESC) = 1
        )
      ) WHERE NOT (sidechain AND on_main)
    )
  )`;
}

/** The calls above a threshold of their price. */
export function longCallsSql(rates: RateTable, scope: string): string {
  return countedCallsSql(rates.mayPayExtra === null ? 'false' : `${scope} AND ${rates.mayPayExtra}`);
}

/** `sum(cost), sum(unpriced)`, optionally only of rows where `condition` holds, named with a prefix. */
export function costSumsSql(prefix = '', condition = ''): string {
  const only = condition === '' ? '' : ` FILTER (${condition})`;
  return `sum(cost)${only}::HUGEINT AS ${prefix}cost, sum(unpriced)${only}::DOUBLE AS ${prefix}unpriced`;
}
