// Sums by moments of time from what is held in memory, where it can answer: it is kept by quarter hour.

import type { SeriesRequest } from '../../core/answers/questions.ts';
import type { Metric } from '../../core/answers/series.ts';
import { isEverywhere, sessionMatcher } from '../book/session-filter.ts';
import type { Summed } from '../book/sum-columns.ts';
import { QUARTER_HOUR_MS } from '../spending/rates.ts';
import type { RecordTimes } from '../held/record-times.ts';
import { hasVersions } from '../rows/newest-version.ts';
import type { SessionParts } from './sessions.ts';
import { MomentSums } from './moment-sums.ts';
import type { Moments } from './moment-sums.ts';
import { hasToolSums, toolSums } from './tool-sums.ts';
import { eachUsageRow } from './usage-rows.ts';
import { isAligned } from './usage-source.ts';

const COLUMNS = {
  input_tokens: 'input', output_tokens: 'output', cache_creation_input_tokens: 'cacheCreation', cache_read_input_tokens: 'cacheRead', calls: 'calls',
} as const satisfies Partial<Record<Metric, keyof Summed>>;

export interface MomentParts extends SessionParts {
  /** When messages and errors were. */
  times: RecordTimes;
}

type UsageMetric = keyof typeof COLUMNS | 'cost_usd';

/** In the order of time; null where this cannot answer. `grain`: milliseconds that moments are a multiple of. */
export async function heldMoments(parts: MomentParts, { metric, filter }: SeriesRequest, grain: number): Promise<Moments | null> {
  if (grain % QUARTER_HOUR_MS !== 0 || !isAligned(filter)) return null;
  const sums = new MomentSums(grain);
  if (metric === 'tool_calls') {
    if (!hasToolSums(filter)) return null;
    for (const [bucket, calls] of await toolSums(parts, 'bucket', filter)) sums.add(bucket, calls, calls);
  } else if (metric === 'messages' || metric === 'errors') {
    // Which model a record is of is not kept, nor which version of one is the newest.
    if (filter.model !== undefined || hasVersions(parts.names)) return null;
    await addRecords(parts, metric, filter, sums);
  } else await addUsage(parts, metric, filter, sums);
  return sums.moments(metric === 'cost_usd');
}

async function addRecords(parts: MomentParts, metric: 'messages' | 'errors', filter: SeriesRequest['filter'], sums: MomentSums): Promise<void> {
  const { sinceMs: _since, untilMs: _until, ...places } = filter;
  const times = await parts.times.current();
  const isWithin = within(filter);
  if (isEverywhere(filter)) {
    for (const [bucket, { [metric]: value }] of times.quarters) if (value > 0 && isWithin(bucket)) sums.add(bucket, value, value);
    return;
  }
  const chosen = new Set([...(await parts.book.current()).sessions].filter(sessionMatcher(places, parts)).map(({ ix }) => ix));
  const { bucket: buckets, [metric]: values } = times;
  for (let row = 0; row < times.length; row++) {
    const bucket = buckets[row] as number;
    const value = values[row] as number;
    if (value > 0 && isWithin(bucket) && chosen.has(times.session[row] as number)) sums.add(bucket, value, value);
  }
}

async function addUsage(parts: SessionParts, metric: UsageMetric, filter: SeriesRequest['filter'], sums: MomentSums): Promise<void> {
  const book = await parts.book.current();
  const only = filter.model === undefined ? null : (parts.names.strings.find(filter.model) ?? -1);
  const isWithin = within(filter);
  const column = metric === 'cost_usd' ? 'micro' : COLUMNS[metric];
  const isCost = metric === 'cost_usd';
  eachUsageRow(parts, book, filter, (usage, row, bucket, model) => {
    if (!isWithin(bucket) || (only !== null && model !== only)) return;
    const [value, calls] = [usage[column][row] as number, usage.calls[row] as number];
    if (isCost) sums.add(bucket, value, calls, usage.unpriced[row], usage.pico[row]);
    else sums.add(bucket, value, calls);
  });
}

/** On quarter hours. */
function within({ sinceMs, untilMs }: SeriesRequest['filter']): (bucket: number) => boolean {
  return (bucket) => {
    const at = bucket < 0 ? -1 : bucket * QUARTER_HOUR_MS;
    return (sinceMs === undefined || at >= sinceMs) && (untilMs === undefined || (at < untilMs && at >= 0));
  };
}
