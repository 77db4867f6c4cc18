// Windows of five hours, from the sums by quarter hour. The times of the first and the last call of the one that runs
// now are from the calls themselves.

import type { BlockItem, BlocksAnswer } from '../../core/answers/block-item.ts';
import type { BlocksRequest, SessionFilter } from '../../core/answers/questions.ts';
import { isoFromMs } from '../../core/time/time.ts';
import { burnRate, projection } from '../../core/answers/usage-blocks.ts';
import type { CallTimes } from '../book/quarter-calls.ts';
import { isEverywhere, sessionMatcher } from '../book/session-filter.ts';
import { usageBlocksOf } from '../book/usage-blocks.ts';
import type { UsageBlock } from '../book/usage-blocks.ts';
import { callSpan } from './call-span.ts';
import { sessionScope } from './sessions.ts';
import type { SessionParts } from './sessions.ts';
import { eachUsageRow } from './usage-rows.ts';

export async function usageBlocks(parts: SessionParts, { filter, activeOnly }: BlocksRequest): Promise<BlocksAnswer> {
  const { sinceMs = 0, untilMs = Number.POSITIVE_INFINITY, ...places } = filter;
  const { source, date } = await parts.rates.book();
  const now = parts.now();
  const runs = ({ startMs, endMs }: UsageBlock): boolean => now >= startMs && now < endMs;
  const book = await parts.book.current();
  const all = isEverywhere(places) ? book.blocks.current() : usageBlocksOf((use) => eachUsageRow(parts, book, places, use), parts.names);
  const blocks = all.filter((block) => block.endMs > sinceMs && block.startMs < untilMs && (runs(block) || !activeOnly));
  const items = await Promise.all(blocks.map((block) => (runs(block) ? activeItem(parts, block, places, now) : block.item)));
  return { items, prices: { source, date } };
}

async function activeItem(parts: SessionParts, { item, endMs, first, last }: UsageBlock, places: SessionFilter, now: number): Promise<BlockItem> {
  const times = await spanOf(parts, places, first, last);
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
