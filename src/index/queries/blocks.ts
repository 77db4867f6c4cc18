// Windows of five hours, from the sums by quarter hour: which there are, then what each holds. The times of
// the first and the last call of the one that runs now are from the calls themselves.

import type { BlockItem, BlocksAnswer } from '../../core/block-item.ts';
import type { BlocksRequest } from '../../core/questions.ts';
import { isoFromMs } from '../../core/time.ts';
import { blocksOf, burnRate, projection, type Block } from '../../core/usage-blocks.ts';
import type { SessionFacts } from '../book/session-facts.ts';
import { sessionMatcher } from '../book/session-filter.ts';
import type { UsageTable } from '../book/usage-table.ts';
import type { Conditions } from '../conditions.ts';
import { QUARTER_HOUR_MS } from '../rates.ts';
import { callSpan } from './call-span.ts';
import { modelNames, sessionScope } from './sessions.ts';
import type { SessionParts } from './sessions.ts';
import type { CostSums } from './spend.ts';
import { Spending } from './spending.ts';
import { totalOf } from './totals.ts';
import type { UsageSums } from './usage.ts';

interface BlockRow extends UsageSums, CostSums {
  model_ix: number;
}

type Span = Pick<Block<unknown>, 'startMs' | 'endMs'>;

export async function usageBlocks(parts: SessionParts, { filter, activeOnly }: BlocksRequest): Promise<BlocksAnswer> {
  const { sinceMs = 0, untilMs = Number.POSITIVE_INFINITY, ...places } = filter;
  const { source, date } = await parts.rates.book();
  const now = parts.now();
  const runs = ({ startMs, endMs }: Span): boolean => now >= startMs && now < endMs;
  const book = await parts.book.current();
  const sessions = [...book.sessions].filter(sessionMatcher(places, parts));
  // Where a block begins depends on all that was before it.
  const spans = blocksOf(quartersWithCalls(book.usage, sessions)).filter((block) => block.endMs > sinceMs && block.startMs < untilMs && (runs(block) || !activeOnly));
  const [oldest] = spans;
  const quarters = oldest === undefined ? [] : quarterHours(book.usage, sessions, oldest.startMs / QUARTER_HOUR_MS);
  const items: BlockItem[] = [];
  let next = 0;
  for (const span of spans) {
    while ((quarters[next]?.bucket ?? Number.POSITIVE_INFINITY) * QUARTER_HOUR_MS < span.startMs) next += 1;
    const first = next;
    while ((quarters[next]?.bucket ?? Number.POSITIVE_INFINITY) * QUARTER_HOUR_MS < span.endMs) next += 1;
    const item = blockItem(span, rowsOf(quarters.slice(first, next)), parts);
    items.push(runs(span) ? await activeItem(parts, item, span, await sessionScope(parts, places), now) : item);
  }
  return { items, prices: { source, date } };
}

interface Moment {
  atMs: number;
}

function quartersWithCalls(usage: UsageTable, sessions: readonly SessionFacts[]): Moment[] {
  const calls = new Map<number, number>();
  for (const { ix } of sessions) {
    for (let row = usage.first(ix); row !== -1; row = usage.next[row] as number) {
      const bucket = usage.bucket[row] as number;
      if (bucket >= 0) calls.set(bucket, (calls.get(bucket) ?? 0) + (usage.calls[row] as number));
    }
  }
  return [...calls].filter(([, some]) => some !== 0).map(([bucket]) => ({ atMs: bucket * QUARTER_HOUR_MS }));
}

interface QuarterHour {
  bucket: number;
  /** By model. */
  spends: Map<number, Spending>;
}

/** In order of time, from one on. */
function quarterHours(usage: UsageTable, sessions: readonly SessionFacts[], from: number): QuarterHour[] {
  const quarters = new Map<number, QuarterHour>();
  for (const { ix } of sessions) {
    for (let at = usage.first(ix); at !== -1; at = usage.next[at] as number) {
      if ((usage.bucket[at] as number) < from) continue;
      const row = usage.rowAt(at);
      let quarter = quarters.get(row.bucket);
      if (quarter === undefined) quarters.set(row.bucket, (quarter = { bucket: row.bucket, spends: new Map() }));
      let spend = quarter.spends.get(row.model);
      if (spend === undefined) quarter.spends.set(row.model, (spend = new Spending()));
      spend.add(row);
    }
  }
  return [...quarters.values()].toSorted((a, b) => a.bucket - b.bucket);
}

/** A row for each model with calls in them. */
function rowsOf(quarters: readonly QuarterHour[]): BlockRow[] {
  const models = new Map<number, Spending>();
  for (const { spends } of quarters) for (const [model, spend] of spends) models.set(model, (models.get(model) ?? new Spending()).add(spend));
  const rows = [...models].filter(([, { calls }]) => calls !== 0);
  return rows.map(([model_ix, { calls, cost, unpriced, input, output, cacheCreation, cacheRead }]) => ({ model_ix, calls, cost, unpriced, input, output, cache_creation: cacheCreation, cache_read: cacheRead }));
}

async function activeItem({ readers }: SessionParts, item: BlockItem, { endMs, points }: Block<Moment>, scope: Conditions, now: number): Promise<BlockItem> {
  const [first, last] = [points[0], points.at(-1)];
  const times = first === undefined || last === undefined ? null : await callSpan(readers, scope, first.atMs / QUARTER_HOUR_MS, last.atMs / QUARTER_HOUR_MS);
  if (times === null) return { ...item, active: true };
  const tokens = item.input_tokens + item.output_tokens + item.cache_creation_input_tokens + item.cache_read_input_tokens;
  const spend = { tokens, costUsd: item.cost_usd, ...times };
  const rate = burnRate(spend);
  return {
    ...item, active: true, first_call_at: isoFromMs(times.firstMs), last_call_at: isoFromMs(times.lastMs),
    burn_rate: rate, projection: rate === null ? null : projection(spend, rate, endMs, now),
  };
}

function blockItem({ startMs, endMs }: Span, rows: readonly BlockRow[], parts: SessionParts): BlockItem {
  const models = rows.map((row) => row.model_ix).filter((ix) => ix !== 0);
  return {
    started_at: isoFromMs(startMs), ends_at: isoFromMs(endMs), active: false, models: modelNames(models, parts.names), ...totalOf(rows),
    first_call_at: null, last_call_at: null, burn_rate: null, projection: null,
  };
}
