// One metric over time. Sums by quarter hour are held in memory; where bounds or buckets are finer, the engine
// adds up. Which bucket of a time zone a quarter hour is in, and which buckets are shown, is decided here.

import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { shownCost } from '../../core/price-book.ts';
import type { SeriesRequest, SessionFilter } from '../../core/answers/questions.ts';
import { minMax } from '../../core/answers/series.ts';
import type { Metric, SeriesAnswer, SeriesPoint } from '../../core/answers/series.ts';
import { bucketStart, WIDTHS } from '../../core/time/time-buckets.ts';
import type { BucketWidth } from '../../core/time/time-buckets.ts';
import { DAY_MS, isoFromMs } from '../../core/time/time.ts';
import { ZoneOffsets } from '../../core/time/zone-offsets.ts';
import { FLAG } from '../../core/scan-batch.ts';
import { recordConditions } from '../rows/conditions.ts';
import type { Conditions } from '../rows/conditions.ts';
import { NO_RATES, QUARTER_HOUR_MS } from '../spending/rates.ts';
import { fixedColumn } from '../store/vectors.ts';
import { heldMoments } from './held-moments.ts';
import type { MomentParts } from './held-moments.ts';
import type { Moments } from './moment-sums.ts';
import { hasVersions, NEWEST_VERSION } from '../rows/newest-version.ts';
import { sessionScope } from './sessions.ts';
import type { SessionParts } from './sessions.ts';
import { spendSql } from '../spending/spend.ts';
import { toolSource, usageConditions, usageSource } from './usage-source.ts';

const COLUMNS: Record<Exclude<Metric, 'cost_usd' | 'messages' | 'errors'>, string> = {
  input_tokens: 'input', output_tokens: 'output', cache_creation_input_tokens: 'cache_creation', cache_read_input_tokens: 'cache_read', calls: 'calls', tool_calls: 'calls',
};

export async function series(parts: MomentParts, request: SeriesRequest): Promise<SeriesAnswer> {
  const { metric, timezone, points } = request;
  const moments = (await heldMoments(parts, request, grainOf(request))) ?? (await readMoments(parts, request));
  const isUndated = moments.at[0] === -1;
  const undated = isUndated ? [sumsAt(moments, 0)] : [];
  const { width, buckets } = bucketsOf(moments, isUndated ? 1 : 0, request);
  const shown = metric === 'cost_usd' ? ({ value, calls, unpriced }: Sums) => shownCost(BigInt(value), calls, unpriced) : ({ value }: Sums) => value;
  const items = minMax(buckets.map((bucket) => bucket.value), points).map(({ at, from, to }): SeriesPoint => {
    const bucket = buckets[at] as Sums;
    return { time: isoFromMs(bucket.at), value: shown(bucket), sum: shown(added(buckets.slice(from, to))) };
  });
  return { items, metric, bucket: width.name, timezone, downsampled: items.length < buckets.length, total: shown(added([...undated, ...buckets])), undated: shown(added(undated)) };
}

/** Of a moment or of a bucket; calls and those without a price are told for costs only. */
interface Sums {
  /** -1 for no time. */
  at: number;
  value: number;
  calls: number;
  unpriced: number;
}

async function readMoments(parts: SessionParts, request: SeriesRequest): Promise<Moments> {
  const { sql, values } = await metricSql(parts, request);
  return parts.readers.use((connection) => readSums(connection, sql, values));
}

interface MetricSql {
  /** Rows of (moment, value, calls, unpriced) in the order of time; the moment -1 stands for none. */
  sql: string;
  values: DuckDBValue[];
}

async function metricSql(parts: SessionParts, request: SeriesRequest): Promise<MetricSql> {
  const { metric, filter } = request;
  const scope = await sessionScope(parts, filter);
  const grain = grainOf(request);
  const exact = grain % QUARTER_HOUR_MS !== 0;
  const moment = (column: string): string => `CASE WHEN ${column} < 0 THEN -1 ELSE ${column} - ${column} % ${grain} END AS moment`;
  if (metric === 'messages' || metric === 'errors') return recordsSql(parts, filter, metric, moment('ts_ms'), scope);
  const where = usageConditions(parts, filter).sql;
  const scoped = (source: string): string => `(SELECT *, ${moment('at_ms')} FROM ${source} WHERE ${scope.sql})`;
  if (metric !== 'cost_usd') {
    const source = metric === 'tool_calls' ? toolSource(parts, filter, exact) : usageSource(NO_RATES, filter, exact);
    return { sql: `SELECT moment::DOUBLE, sum(${COLUMNS[metric]})::DOUBLE, 0::DOUBLE, 0::DOUBLE FROM ${scoped(source.usage)} WHERE ${where} GROUP BY moment HAVING sum(calls) <> 0 ORDER BY moment`, values: scope.values };
  }
  const rates = await parts.rates.current();
  const { usage, calls } = usageSource(rates, filter, exact);
  const spend = spendSql({ rates, keys: ['moment'], usage: scoped(usage), calls: scoped(calls), where });
  return {
    sql: `SELECT moment::DOUBLE, coalesce(sum(cost), 0)::DOUBLE, sum(calls)::DOUBLE, sum(unpriced)::DOUBLE FROM ${spend} GROUP BY moment HAVING sum(calls) <> 0 ORDER BY moment`,
    values: rates.mayPayExtra === null ? scope.values : [...scope.values, ...scope.values],
  };
}

/** Of what no sums by time are kept: one pass over a few columns of the records. */
function recordsSql(parts: SessionParts, filter: SessionFilter, metric: 'messages' | 'errors', moment: string, scope: Conditions): MetricSql {
  const { session: _session, project: _project, source: _source, status: _status, q: _q, ...rest } = filter;
  const where = recordConditions(rest, false, parts.names);
  where.add(metric === 'messages' ? `flags & ${FLAG.message} <> 0 AND agent_ix = 0` : `flags & ${FLAG.error} <> 0`).add(scope.sql, ...scope.values);
  if (hasVersions(parts.names)) where.add(NEWEST_VERSION);
  return { sql: `SELECT moment::DOUBLE, count(*)::DOUBLE, 0::DOUBLE, 0::DOUBLE FROM (SELECT ${moment} FROM records WHERE ${where.sql}) GROUP BY moment ORDER BY moment`, values: where.values };
}

/** As coarse as leaves every bucket whole: other zones than UTC differ from it by quarter hours. */
function grainOf({ bucket, timezone }: SeriesRequest): number {
  const base = timezone === 'UTC' && bucket !== null ? DAY_MS : QUARTER_HOUR_MS;
  return bucket?.ms === undefined || bucket.ms === null ? base : greatestCommonDivisor(bucket.ms, base);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

async function readSums(connection: DuckDBConnection, sql: string, values: DuckDBValue[]): Promise<Moments> {
  const result = await connection.run(sql, values);
  const chunks = (await result.fetchAllChunks()).filter(({ rowCount }) => rowCount > 0);
  const length = chunks.reduce((sum, { rowCount }) => sum + rowCount, 0);
  const [at, value, calls, unpriced] = [0, 1, 2, 3].map((column) => {
    const all = new Float64Array(length);
    let row = 0;
    for (const chunk of chunks) {
      all.set(fixedColumn(chunk, column, Float64Array).subarray(0, chunk.rowCount), row);
      row += chunk.rowCount;
    }
    return all;
  }) as [Float64Array, Float64Array, Float64Array, Float64Array];
  return { length, at, value, calls, unpriced };
}

/** In the width asked for, else in the finest of the usual ones that needs no more than `points`. */
function bucketsOf(moments: Moments, from: number, { bucket, points, timezone }: SeriesRequest): { width: BucketWidth; buckets: Sums[] } {
  const offsets = new ZoneOffsets(timezone);
  const widths = bucket !== null ? [bucket] : WIDTHS;
  for (const [i, width] of widths.entries()) {
    const buckets = inBuckets(moments, from, width, offsets, i === widths.length - 1 ? Number.POSITIVE_INFINITY : points);
    if (buckets !== null) return { width, buckets };
  }
  throw new Error('There is always a width.');
}

/** Null where they are more than `most`. */
function inBuckets(moments: Moments, from: number, width: BucketWidth, offsets: ZoneOffsets, most: number): Sums[] | null {
  const buckets = new Map<number, Sums>();
  let last: Sums | undefined;
  for (let row = from; row < moments.length; row++) {
    const at = bucketStart(width, offsets, moments.at[row] as number);
    // Moments of one bucket mostly follow one another.
    if (last?.at !== at) {
      last = buckets.get(at);
      if (last === undefined) {
        if (buckets.size >= most) return null;
        buckets.set(at, (last = { at, value: 0, calls: 0, unpriced: 0 }));
      }
    }
    last.value += moments.value[row] as number;
    last.calls += moments.calls[row] as number;
    last.unpriced += moments.unpriced[row] as number;
  }
  return [...buckets.values()].toSorted((a, b) => a.at - b.at);
}

function sumsAt({ at, value, calls, unpriced }: Moments, row: number): Sums {
  return { at: at[row] as number, value: value[row] as number, calls: calls[row] as number, unpriced: unpriced[row] as number };
}

function added(some: readonly Sums[]): Sums {
  const total: Sums = { at: -1, value: 0, calls: 0, unpriced: 0 };
  for (const { value, calls, unpriced } of some) {
    total.value += value;
    total.calls += calls;
    total.unpriced += unpriced;
  }
  return total;
}
