// Dimensions and measures: sums by a dimension, and a measure over time. They are in tables of their own, which are
// empty where nothing is configured.

import { minMax } from '../../core/answers/series.ts';
import type { SeriesAnswer } from '../../core/answers/series.ts';
import type { DimensionAnswer, DimensionItem, DimensionRequest, MeasureRequest, ValueFilter } from '../../core/answers/measures.ts';
import { emptyUsage } from '../../core/answers/record.ts';
import { bucketStart } from '../../core/time/time-buckets.ts';
import { isoFromMs } from '../../core/time/time.ts';
import { ZoneOffsets } from '../../core/time/zone-offsets.ts';
import type { Directories } from '../names/directories.ts';
import { Conditions, withDimension } from '../rows/conditions.ts';
import { sessionScope } from './sessions.ts';
import type { SessionParts } from './sessions.ts';

interface GroupRow {
  key: string;
  records: number;
  name_ix: number | null;
  count: number;
  sum: number;
  min: number;
  max: number;
}

export async function sumsByDimension(parts: SessionParts, { dimension, filter }: DimensionRequest): Promise<DimensionAnswer> {
  const where = await valueConditions(parts, dimension, filter);
  const rows = await parts.readers.rows<GroupRow>(
    `WITH chosen AS (SELECT lake_offset, value FROM dimensions WHERE ${where.sql}), counted AS (SELECT value AS key, count(*)::DOUBLE AS records FROM chosen GROUP BY value),
      sums AS (SELECT c.value AS key, m.name_ix, count(*)::DOUBLE AS count, sum(m.value) AS sum, min(m.value) AS min, max(m.value) AS max FROM measures m JOIN chosen c USING (lake_offset) GROUP BY ALL)
    SELECT * FROM counted LEFT JOIN sums USING (key) ORDER BY key, name_ix`,
    where.values,
  );
  const totals = newItem(0);
  const items = new Map<string, DimensionItem>();
  for (const row of rows) {
    const item = items.get(row.key) ?? newItem(row.records);
    if (!items.has(row.key)) totals.records += row.records;
    items.set(row.key, item);
    if (row.name_ix === null) continue;
    const name = parts.names.strings.valueOf(row.name_ix) ?? '';
    const { count, sum, min, max } = row;
    item.measures[name] = { count, sum, min, max };
    const total = totals.measures[name];
    totals.measures[name] = total === undefined ? { count, sum, min, max } : { count: total.count + count, sum: total.sum + sum, min: Math.min(total.min, min), max: Math.max(total.max, max) };
  }
  const { source, date } = await parts.rates.book();
  return { items: [...items].map(([key, item]) => Object.assign({ [dimension]: key }, item)), totals, prices: { source, date } };
}

/** Such records are no model calls. */
function newItem(records: number): DimensionItem {
  return { ...emptyUsage(), calls: 0, cost_usd: 0, unpriced_calls: 0, records, measures: {} };
}

interface Point {
  at: number;
  /** The last one. */
  value: number;
  sum: number;
}

/** The last value of each bucket, shortened so that the least and the greatest stay. */
export async function measureSeries(parts: SessionParts, { measure, bucket, points, filter, timezone }: MeasureRequest): Promise<SeriesAnswer> {
  const where = await valueConditions(parts, measure, filter);
  const rows = await parts.readers.rows<{ at: number; value: number }>(`SELECT ts_ms::DOUBLE AS at, value FROM measures WHERE ${where.sql} ORDER BY ts_ms, lake_offset`, where.values);
  const offsets = new ZoneOffsets(timezone);
  const buckets: Point[] = [];
  let undated = 0;
  for (const row of rows) {
    if (row.at < 0) {
      undated += row.value;
      continue;
    }
    const at = bucket === null ? row.at : bucketStart(bucket, offsets, row.at);
    const last = buckets.at(-1);
    if (last === undefined || last.at !== at) buckets.push({ at, value: row.value, sum: row.value });
    else {
      last.value = row.value;
      last.sum += row.value;
    }
  }
  const items = minMax(buckets.map(({ value }) => value), points).map(({ at, from, to }) => {
    const { at: ms, value } = buckets[at] as Point;
    return { time: isoFromMs(ms), value, sum: sumOf(buckets.slice(from, to)) };
  });
  return { items, metric: measure, bucket: bucket?.name ?? 'none', timezone, downsampled: items.length < buckets.length, total: sumOf(buckets) + undated, undated };
}

function sumOf(points: readonly Point[]): number {
  return points.reduce((sum, point) => sum + point.sum, 0);
}

/** On the rows of either table. */
async function valueConditions(parts: SessionParts, name: string, { sinceMs, untilMs, dimension, ...places }: ValueFilter): Promise<Conditions> {
  const where = new Conditions();
  const scope = await sessionScope(parts, places);
  where.equals('name_ix', nameIx(parts.names, name)).add(scope.sql, ...scope.values);
  if (sinceMs !== undefined) where.add(`ts_ms >= ${Math.trunc(sinceMs)}`);
  if (untilMs !== undefined) where.add(`ts_ms < ${Math.trunc(untilMs)} AND ts_ms >= 0`);
  return dimension === undefined ? where : withDimension(where, dimension, parts.names);
}

function nameIx(names: Directories, name: string): number {
  return names.strings.find(name) ?? -1;
}
