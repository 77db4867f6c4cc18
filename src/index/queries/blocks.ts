// Windows of five hours, from the sums by quarter hour: which there are, then what each holds. The times of
// the first and the last call of the one that runs now are from the calls themselves.

import type { BlockItem, BlocksAnswer } from '../../core/block-item.ts';
import type { BlocksRequest, SessionFilter } from '../../core/questions.ts';
import { isoFromMs } from '../../core/time.ts';
import { blocksOf, burnRate, projection, type Block } from '../../core/usage-blocks.ts';
import { GroupSums } from '../book/group-sums.ts';
import type { CallTimes } from '../book/quarter-calls.ts';
import { sessionMatcher } from '../book/session-filter.ts';
import { QUARTER_HOUR_MS } from '../rates.ts';
import { callSpan } from './call-span.ts';
import { modelNames, sessionScope } from './sessions.ts';
import type { SessionParts } from './sessions.ts';
import { eachUsageRow } from './usage-rows.ts';

type Span = Pick<Block<unknown>, 'startMs' | 'endMs'>;
/** By model. */
type Spend = Map<number, GroupSums>;

export async function usageBlocks(parts: SessionParts, { filter, activeOnly }: BlocksRequest): Promise<BlocksAnswer> {
  const { sinceMs = 0, untilMs = Number.POSITIVE_INFINITY, ...places } = filter;
  const { source, date } = await parts.rates.book();
  const now = parts.now();
  const runs = ({ startMs, endMs }: Span): boolean => now >= startMs && now < endMs;
  const book = await parts.book.current();
  const calls = new Map<number, number>();
  eachUsageRow(parts, book, places, (sums, row, bucket) => calls.set(bucket, (calls.get(bucket) ?? 0) + (sums.calls[row] as number)));
  // Where a block begins depends on all that was before it.
  const moments = [...calls].filter(([quarter, some]) => quarter >= 0 && some !== 0).map(([quarter]) => ({ atMs: quarter * QUARTER_HOUR_MS }));
  const blocks = blocksOf(moments).filter((block) => block.endMs > sinceMs && block.startMs < untilMs && (runs(block) || !activeOnly));
  const spends = blocks.map((): Spend => new Map());
  const spendAt = new Map(blocks.flatMap(({ points }, i) => points.map(({ atMs }) => [atMs / QUARTER_HOUR_MS, spends[i] as Spend])));
  eachUsageRow(parts, book, places, (sums, row, bucket, model) => {
    const spend = spendAt.get(bucket);
    if (spend !== undefined) (spend.get(model) ?? added(spend, model)).add(sums, row);
  });
  const items: BlockItem[] = [];
  for (const [i, block] of blocks.entries()) {
    const item = blockItem(block, spends[i] as Spend, parts);
    items.push(runs(block) ? await activeItem(parts, item, block, places, now) : item);
  }
  return { items, prices: { source, date } };
}

function added(spend: Spend, model: number): GroupSums {
  const sums = new GroupSums();
  spend.set(model, sums);
  return sums;
}

function blockItem({ startMs, endMs }: Span, spend: Spend, parts: SessionParts): BlockItem {
  const total = new GroupSums();
  for (const sums of spend.values()) if (sums.calls !== 0) total.addSums(sums);
  const models = [...spend].filter(([model, { calls }]) => calls !== 0 && model !== 0).map(([model]) => model);
  return {
    started_at: isoFromMs(startMs), ends_at: isoFromMs(endMs), active: false, models: modelNames(models, parts.names), ...total.item(),
    first_call_at: null, last_call_at: null, burn_rate: null, projection: null,
  };
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

/** From what is held of these quarter hours, which are read where they are not; from the tables where that is too much. */
async function spanOf(parts: SessionParts, places: SessionFilter, from: number, to: number): Promise<CallTimes | null> {
  const { book, readers } = parts;
  const matches = sessionMatcher(places, parts);
  const isOf = (session: number): boolean => {
    const facts = book.session(session);
    return facts !== undefined && matches(facts);
  };
  for (const bucket of [from, to]) if (book.calls.times(bucket, isOf) === null) await book.calls.read(readers, bucket);
  const [first, last] = [book.calls.times(from, isOf), book.calls.times(to, isOf)];
  if (first !== null && last !== null) return Number.isFinite(first.firstMs) && Number.isFinite(last.lastMs) ? { firstMs: first.firstMs, lastMs: last.lastMs } : null;
  return callSpan(readers, await sessionScope(parts, places), from, to);
}
