// Windows of five hours, from the sums by quarter hour: which there are, then what each holds. The times of
// the first and the last call of the one that runs now are from the calls themselves.

import type { BlockItem, BlocksAnswer } from '../../core/block-item.ts';
import type { BlocksRequest, SessionFilter } from '../../core/questions.ts';
import { isoFromMs } from '../../core/time.ts';
import { blocksOf, burnRate, projection, type Block } from '../../core/usage-blocks.ts';
import { sessionMatcher } from '../book/session-filter.ts';
import { GroupSums } from '../book/usage-groups.ts';
import { QUARTER_HOUR_MS } from '../rates.ts';
import { callSpan } from './call-span.ts';
import { modelNames, sessionScope } from './sessions.ts';
import type { SessionParts } from './sessions.ts';
import type { CostSums } from './spend.ts';
import { totalOf } from './totals.ts';
import { eachUsageRow } from './usage-rows.ts';
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
  const calls = new Map<number, number>();
  const { bucket, calls: callsOf } = book.usage;
  eachUsageRow(parts, book, places, (row) => calls.set(bucket[row] as number, (calls.get(bucket[row] as number) ?? 0) + (callsOf[row] as number)));
  // Where a block begins depends on all that was before it.
  const moments = [...calls].filter(([quarter, some]) => quarter >= 0 && some !== 0).map(([quarter]) => ({ atMs: quarter * QUARTER_HOUR_MS }));
  const blocks = blocksOf(moments).filter((block) => block.endMs > sinceMs && block.startMs < untilMs && (runs(block) || !activeOnly));
  const spends = blocks.map(() => new Map<number, GroupSums>());
  const blockOf = new Map(blocks.flatMap(({ points }, i) => points.map(({ atMs }) => [atMs / QUARTER_HOUR_MS, spends[i] as Map<number, GroupSums>])));
  eachUsageRow(parts, book, places, (row) => {
    const spend = blockOf.get(bucket[row] as number);
    const model = book.usage.model[row] as number;
    if (spend !== undefined) (spend.get(model) ?? added(spend, model)).add(book.usage, row);
  });
  const items: BlockItem[] = [];
  for (const [i, block] of blocks.entries()) {
    const item = blockItem(block, rowsOf(spends[i] as Map<number, GroupSums>), parts);
    items.push(runs(block) ? await activeItem(parts, item, block, places, now) : item);
  }
  return { items, prices: { source, date } };
}

function added(spend: Map<number, GroupSums>, model: number): GroupSums {
  const sums = new GroupSums();
  spend.set(model, sums);
  return sums;
}

/** A row for each model with calls. */
function rowsOf(models: ReadonlyMap<number, GroupSums>): BlockRow[] {
  return [...models].filter(([, { calls }]) => calls !== 0).map(([model_ix, sums]) => {
    const { calls, cost, unpriced, input, output, cacheCreation, cacheRead } = sums.spending();
    return { model_ix, calls, cost, unpriced, input, output, cache_creation: cacheCreation, cache_read: cacheRead };
  });
}

async function activeItem(parts: SessionParts, item: BlockItem, { endMs, points }: Block<{ atMs: number }>, places: SessionFilter, now: number): Promise<BlockItem> {
  const [first, last] = [points[0], points.at(-1)];
  const times = first === undefined || last === undefined ? null : await spanOf(parts, places, first.atMs / QUARTER_HOUR_MS, last.atMs / QUARTER_HOUR_MS);
  if (times === null) return { ...item, active: true };
  const tokens = item.input_tokens + item.output_tokens + item.cache_creation_input_tokens + item.cache_read_input_tokens;
  const spend = { tokens, costUsd: item.cost_usd, ...times };
  const rate = burnRate(spend);
  return {
    ...item, active: true, first_call_at: isoFromMs(times.firstMs), last_call_at: isoFromMs(times.lastMs),
    burn_rate: rate, projection: rate === null ? null : projection(spend, rate, endMs, now),
  };
}

async function spanOf(parts: SessionParts, places: SessionFilter, from: number, to: number): Promise<{ firstMs: number; lastMs: number } | null> {
  const scope = await sessionScope(parts, places);
  const pending = parts.pending?.();
  if (pending === undefined) return callSpan(parts.readers, scope, from, to);
  const { book } = parts;
  const matches = sessionMatcher(places, parts);
  const isOf = (session: number): boolean => {
    const facts = book.session(session);
    return facts !== undefined && matches(facts);
  };
  return callSpan(parts.readers.asStored(), scope, from, to, { calls: pending.calls, isOf });
}

function blockItem({ startMs, endMs }: Span, rows: readonly BlockRow[], parts: SessionParts): BlockItem {
  const models = rows.map((row) => row.model_ix).filter((ix) => ix !== 0);
  return {
    started_at: isoFromMs(startMs), ends_at: isoFromMs(endMs), active: false, models: modelNames(models, parts.names), ...totalOf(rows),
    first_call_at: null, last_call_at: null, burn_rate: null, projection: null,
  };
}
