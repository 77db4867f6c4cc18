// Windows of five hours, from the sums by quarter hour; the times of the first and the last call of the
// one that runs now from the calls themselves.

import { grouped } from '../../core/grouped.ts';
import type { BlockItem, BlocksAnswer } from '../../core/items.ts';
import type { BlocksRequest } from '../../core/questions.ts';
import { isoFromMs } from '../../core/time.ts';
import { blocksOf, burnRate, projection, type Block } from '../../core/usage-blocks.ts';
import { QUARTER_HOUR_MS } from '../rates.ts';
import { modelNames, sessionScope } from './sessions.ts';
import type { SessionParts } from './sessions.ts';
import { costSumsSql, countedCallsSql, longCallsSql, spendSql } from './spend.ts';
import type { CostSums } from './spend.ts';
import { totalOf } from './totals.ts';
import { usageSumsSql } from './usage.ts';
import type { UsageSums } from './usage.ts';

interface BucketRow extends UsageSums, CostSums {
  bucket: number;
  model_ix: number;
}

type Point = BucketRow & { atMs: number };

export async function usageBlocks(parts: SessionParts, { filter, activeOnly }: BlocksRequest): Promise<BlocksAnswer> {
  const { sinceMs = 0, untilMs = Number.POSITIVE_INFINITY, ...places } = filter;
  const book = await parts.rates.book();
  const now = parts.now();
  // Where a block begins depends on all that was before it.
  const blocks = blocksOf(await readPoints(parts, places)).filter((block) => block.endMs > sinceMs && block.startMs < untilMs);
  const items: BlockItem[] = [];
  for (const block of blocks) {
    const active = now >= block.startMs && now < block.endMs;
    if (active || !activeOnly) items.push(active ? await activeItem(block, parts, places, now) : blockItem(block, parts));
  }
  return { items, prices: { source: book.source, date: book.date } };
}

async function readPoints(parts: SessionParts, places: BlocksRequest['filter']): Promise<Point[]> {
  const rates = await parts.rates.current();
  const scope = sessionScope(parts, places);
  const chosen = (source: string): string => `(SELECT * FROM ${source} JOIN chosen USING (session_ix))`;
  const spend = spendSql({ rates, keys: ['bucket', 'model_ix'], usage: chosen('usage_deltas'), calls: chosen(longCallsSql(rates, 'true')), where: 'bucket >= 0' });
  const rows = await parts.readers.rows<BucketRow>(
    `WITH chosen AS (SELECT session_ix FROM sessions WHERE ${scope.sql})
    SELECT * FROM (SELECT bucket::DOUBLE AS bucket, model_ix, ${usageSumsSql()}, ${costSumsSql()} FROM ${spend} GROUP BY ALL) WHERE calls <> 0`,
    scope.values,
  );
  return rows.map((row) => Object.assign(row, { atMs: row.bucket * QUARTER_HOUR_MS }));
}

async function activeItem(block: Block<Point>, parts: SessionParts, places: BlocksRequest['filter'], now: number): Promise<BlockItem> {
  const item = blockItem(block, parts);
  const scope = sessionScope(parts, places);
  const [times] = await parts.readers.rows<{ first_ms: number | null; last_ms: number | null }>(
    `SELECT min(at_ms)::DOUBLE AS first_ms, max(at_ms)::DOUBLE AS last_ms FROM ${countedCallsSql(`best_ms >= ${block.startMs}`)}
    WHERE at_ms >= ${block.startMs} AND at_ms < ${block.endMs} AND session_ix IN (SELECT session_ix FROM sessions WHERE ${scope.sql})`,
    scope.values,
  );
  if (times === undefined || times.first_ms === null || times.last_ms === null) return item;
  const tokens = item.input_tokens + item.output_tokens + item.cache_creation_input_tokens + item.cache_read_input_tokens;
  const spend = { tokens, costUsd: item.cost_usd, firstMs: times.first_ms, lastMs: times.last_ms };
  const rate = burnRate(spend);
  return {
    ...item, active: true, first_call_at: isoFromMs(times.first_ms), last_call_at: isoFromMs(times.last_ms),
    burn_rate: rate, projection: rate === null ? null : projection(spend, rate, block.endMs, now),
  };
}

function blockItem(block: Block<Point>, parts: SessionParts): BlockItem {
  const models = [...grouped(block.points, (point) => point.model_ix).keys()].filter((ix) => ix !== 0);
  return {
    started_at: isoFromMs(block.startMs), ends_at: isoFromMs(block.endMs), active: false, models: modelNames(models, parts.names), ...totalOf(block.points),
    first_call_at: null, last_call_at: null, burn_rate: null, projection: null,
  };
}
