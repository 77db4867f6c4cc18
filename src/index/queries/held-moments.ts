// Sums by moments of time from what is held in memory, where it can answer: it is kept by quarter hour.

import type { SeriesRequest } from '../../core/answers/questions.ts';
import type { Metric } from '../../core/answers/series.ts';
import { isEverywhere, sessionMatcher } from '../book/session-filter.ts';
import { PICO_A_MICRO } from '../book/usage-table.ts';
import type { Summed } from '../book/sum-columns.ts';
import { QUARTER_HOUR_MS } from '../spending/rates.ts';
import type { RecordTimes } from '../held/record-times.ts';
import { hasVersions } from '../rows/newest-version.ts';
import type { SessionParts } from './sessions.ts';
import { hasToolSums, toolSums } from './tool-sums.ts';
import { eachUsageRow } from './usage-rows.ts';
import { isAligned } from './usage-source.ts';

/** Sums of a moment or of a bucket; calls and those without a price are told for costs only. */
export interface Sums {
  /** -1 for no time. */
  at: number;
  value: number;
  calls: number;
  unpriced: number;
}

const COLUMNS = {
  input_tokens: 'input', output_tokens: 'output', cache_creation_input_tokens: 'cacheCreation', cache_read_input_tokens: 'cacheRead', calls: 'calls',
} as const satisfies Partial<Record<Metric, keyof Summed>>;

export interface MomentParts extends SessionParts {
  /** When messages and errors were. */
  times: RecordTimes;
}

type UsageMetric = keyof typeof COLUMNS | 'cost_usd';

/** In the order of time; null where this cannot answer. `grain`: milliseconds that moments are a multiple of. */
export async function heldMoments(parts: MomentParts, { metric, filter }: SeriesRequest, grain: number): Promise<Sums[] | null> {
  if (grain % QUARTER_HOUR_MS !== 0 || !isAligned(filter)) return null;
  const moments = new Moments(grain);
  if (metric === 'tool_calls') {
    if (!hasToolSums(filter)) return null;
    for (const [bucket, calls] of await toolSums(parts, 'bucket', filter)) moments.at(bucket).value += calls;
  } else if (metric === 'messages' || metric === 'errors') {
    // Which model a record is of is not kept, nor which version of one is the newest.
    if (filter.model !== undefined || hasVersions(parts.names)) return null;
    await addRecords(parts, metric, filter, moments);
  } else await addUsage(parts, metric, filter, moments);
  return moments.sorted();
}

async function addRecords(parts: MomentParts, metric: 'messages' | 'errors', filter: SeriesRequest['filter'], moments: Moments): Promise<void> {
  const { sinceMs: _since, untilMs: _until, ...places } = filter;
  const times = await parts.times.current();
  const isWithin = within(filter);
  if (isEverywhere(filter)) {
    for (const [bucket, { [metric]: value }] of times.quarters) if (value > 0 && isWithin(bucket)) moments.at(bucket).value += value;
    return;
  }
  const chosen = new Set([...(await parts.book.current()).sessions].filter(sessionMatcher(places, parts)).map(({ ix }) => ix));
  const { bucket: buckets, [metric]: values } = times;
  for (let row = 0; row < times.length; row++) {
    const bucket = buckets[row] as number;
    const value = values[row] as number;
    if (value > 0 && isWithin(bucket) && chosen.has(times.session[row] as number)) moments.at(bucket).value += value;
  }
}

async function addUsage(parts: SessionParts, metric: UsageMetric, filter: SeriesRequest['filter'], moments: Moments): Promise<void> {
  const book = await parts.book.current();
  const only = filter.model === undefined ? null : (parts.names.strings.find(filter.model) ?? -1);
  const isWithin = within(filter);
  const column = metric === 'cost_usd' ? 'micro' : COLUMNS[metric];
  const isCost = metric === 'cost_usd';
  let [last, sums] = [Number.NaN, NO_MOMENT];
  eachUsageRow(parts, book, filter, (usage, row, bucket, model) => {
    if (!isWithin(bucket) || (only !== null && model !== only)) return;
    // Rows of one quarter hour mostly follow one another.
    if (bucket !== last) [last, sums] = [bucket, moments.at(bucket)];
    sums.value += usage[column][row] as number;
    sums.calls += usage.calls[row] as number;
    if (!isCost) return;
    sums.pico += usage.pico[row] as number;
    sums.unpriced += usage.unpriced[row] as number;
  });
  for (const moment of moments.all) {
    if (moment.calls === 0) moments.remove(moment);
    else if (isCost) moment.value = Number(BigInt(moment.value) * PICO_A_MICRO + BigInt(moment.pico));
    else moment.calls = 0;
  }
}

/** On quarter hours. */
function within({ sinceMs, untilMs }: SeriesRequest['filter']): (bucket: number) => boolean {
  return (bucket) => {
    const at = bucket < 0 ? -1 : bucket * QUARTER_HOUR_MS;
    return (sinceMs === undefined || at >= sinceMs) && (untilMs === undefined || (at < untilMs && at >= 0));
  };
}

interface Moment extends Sums {
  /** Picodollars beside the value. */
  pico: number;
}

const NO_MOMENT: Moment = { at: -1, value: 0, calls: 0, unpriced: 0, pico: 0 };

class Moments {
  private readonly grain: number;
  private readonly sums = new Map<number, Moment>();

  constructor(grain: number) {
    this.grain = grain;
  }

  at(bucket: number): Moment {
    const ms = bucket * QUARTER_HOUR_MS;
    const at = bucket < 0 ? -1 : ms - (ms % this.grain);
    let sums = this.sums.get(at);
    if (sums === undefined) this.sums.set(at, (sums = { at, value: 0, calls: 0, unpriced: 0, pico: 0 }));
    return sums;
  }

  remove({ at }: Moment): void {
    this.sums.delete(at);
  }

  get all(): Moment[] {
    return [...this.sums.values()];
  }

  sorted(): Moment[] {
    return this.all.toSorted((a, b) => a.at - b.at);
  }
}
