// Windows of five hours, from the sums by quarter hour: which there are, then what each holds. The times of
// the first and the last call of the one that runs now are from the calls themselves.

import { grouped } from '../../core/grouped.ts';
import type { BlockItem, BlocksAnswer } from '../../core/items.ts';
import type { BlocksRequest } from '../../core/questions.ts';
import { isoFromMs } from '../../core/time.ts';
import { blocksOf, burnRate, projection, type Block } from '../../core/usage-blocks.ts';
import type { Conditions } from '../conditions.ts';
import { QUARTER_HOUR_MS } from '../rates.ts';
import type { RateTable } from '../rates.ts';
import type { Ask } from '../readers.ts';
import { modelNames, sessionScope } from './sessions.ts';
import type { SessionParts } from './sessions.ts';
import { costSumsSql, countedCallsSql, longCallsSql, spendSql } from './spend.ts';
import type { CostSums } from './spend.ts';
import { totalOf } from './totals.ts';
import { usageSumsSql } from './usage.ts';
import type { UsageSums } from './usage.ts';

interface BlockRow extends UsageSums, CostSums {
  block: number;
  model_ix: number;
}

type Span = Pick<Block<unknown>, 'startMs' | 'endMs'>;

export async function usageBlocks(parts: SessionParts, { filter, activeOnly }: BlocksRequest): Promise<BlocksAnswer> {
  const { sinceMs = 0, untilMs = Number.POSITIVE_INFINITY, ...places } = filter;
  const book = await parts.rates.book();
  const rates = await parts.rates.current();
  const scope = sessionScope(parts, places);
  const now = parts.now();
  const runs = ({ startMs, endMs }: Span): boolean => now >= startMs && now < endMs;
  const items = await parts.readers.use(async (_connection, ask) => {
    const all = blocksOf(await readMoments(ask, scope));
    const spans = all.filter((block) => block.endMs > sinceMs && block.startMs < untilMs && (runs(block) || !activeOnly));
    const rows = grouped(await readBlocks(ask, spans, scope, rates), (row) => row.block);
    const made: BlockItem[] = [];
    for (const [i, span] of spans.entries()) {
      const item = blockItem(span, rows.get(i) ?? [], parts);
      made.push(runs(span) ? await activeItem(ask, item, span, scope, now) : item);
    }
    return made;
  });
  return { items, prices: { source: book.source, date: book.date } };
}

/** Where a block begins depends on all that was before it. */
async function readMoments(ask: Ask, scope: Conditions): Promise<{ atMs: number }[]> {
  const rows = await ask<{ bucket: number }>(`SELECT bucket FROM ${chosen('usage_deltas', scope)} WHERE bucket >= 0 GROUP BY bucket HAVING sum(calls) <> 0`, scope.values);
  return rows.map(({ bucket }) => ({ atMs: bucket * QUARTER_HOUR_MS }));
}

async function readBlocks(ask: Ask, spans: readonly Span[], scope: Conditions, rates: RateTable): Promise<BlockRow[]> {
  const [first] = spans;
  if (first === undefined) return [];
  const values = spans.map(({ startMs, endMs }, i) => `(${i}, ${startMs / QUARTER_HOUR_MS}, ${endMs / QUARTER_HOUR_MS})`);
  const placed = (rows: string): string => `(SELECT r.*, s.block FROM ${rows} r ASOF JOIN spans s ON r.bucket >= s.from_bucket WHERE r.bucket < s.until_bucket)`;
  const spend = spendSql({ rates, keys: ['block', 'model_ix'], usage: placed('chosen'), calls: placed(`(SELECT * FROM ${longCallsSql(rates, `best_ms >= ${first.startMs}`)} WHERE session_ix IN (SELECT session_ix FROM chosen))`), where: 'true' });
  return ask<BlockRow>(
    `WITH chosen AS (SELECT * FROM ${chosen('usage_deltas', scope)} WHERE bucket >= ${first.startMs / QUARTER_HOUR_MS}), spans(block, from_bucket, until_bucket) AS (VALUES ${values.join(',')})
    SELECT * FROM (SELECT block, model_ix, ${usageSumsSql()}, ${costSumsSql()} FROM ${spend} GROUP BY ALL) WHERE calls <> 0`,
    scope.values,
  );
}

async function activeItem(ask: Ask, item: BlockItem, { startMs, endMs }: Span, scope: Conditions, now: number): Promise<BlockItem> {
  const [times] = await ask<{ first_ms: number | null; last_ms: number | null }>(
    `SELECT min(at_ms)::DOUBLE AS first_ms, max(at_ms)::DOUBLE AS last_ms FROM ${chosen(countedCallsSql(`best_ms >= ${startMs}`), scope)} WHERE at_ms >= ${startMs} AND at_ms < ${endMs}`,
    scope.values,
  );
  if (times === undefined || times.first_ms === null || times.last_ms === null) return { ...item, active: true };
  const tokens = item.input_tokens + item.output_tokens + item.cache_creation_input_tokens + item.cache_read_input_tokens;
  const spend = { tokens, costUsd: item.cost_usd, firstMs: times.first_ms, lastMs: times.last_ms };
  const rate = burnRate(spend);
  return {
    ...item, active: true, first_call_at: isoFromMs(times.first_ms), last_call_at: isoFromMs(times.last_ms),
    burn_rate: rate, projection: rate === null ? null : projection(spend, rate, endMs, now),
  };
}

function chosen(rows: string, scope: Conditions): string {
  return scope.sql === 'true' ? rows : `(SELECT * FROM ${rows} WHERE session_ix IN (SELECT session_ix FROM sessions WHERE ${scope.sql}))`;
}

function blockItem({ startMs, endMs }: Span, rows: readonly BlockRow[], parts: SessionParts): BlockItem {
  const models = rows.map((row) => row.model_ix).filter((ix) => ix !== 0);
  return {
    started_at: isoFromMs(startMs), ends_at: isoFromMs(endMs), active: false, models: modelNames(models, parts.names), ...totalOf(rows),
    first_call_at: null, last_call_at: null, burn_rate: null, projection: null,
  };
}
