// Dimensions and measures: sums by a dimension, and a measure over time. They are in tables of their own, which are
// empty where nothing is configured.

import type { SeriesAnswer } from '../../core/answers/series.ts';
import type { DimensionAnswer, DimensionItem, DimensionRequest, MeasureRequest, ValueFilter } from '../../core/answers/measures.ts';
import { emptyUsage } from '../../core/answers/record.ts';
import { bucketStart } from '../../core/time/time-buckets.ts';
import { isoFromMs } from '../../core/time/time.ts';
import { Turns } from '../../core/time/turns.ts';
import { ZoneOffsets } from '../../core/time/zone-offsets.ts';
import { GROUPS_MAX, tooManyGroups } from '../book/usage-groups.ts';
import type { Directories } from '../names/directories.ts';
import { Conditions, withDimension } from '../rows/conditions.ts';
import { queryRowsInTurns } from '../store/rows-in-turns.ts';
import { fixedColumn } from '../store/vectors.ts';
import { Moments } from './moments.ts';
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
  const rows = await parts.readers.use((connection) => queryRowsInTurns<GroupRow>(
    connection,
    `WITH chosen AS (SELECT lake_offset, value FROM dimensions WHERE ${where.sql}), counted AS (SELECT value AS key, count(*)::DOUBLE AS records FROM chosen GROUP BY value LIMIT ${GROUPS_MAX + 1}),
      sums AS (SELECT c.value AS key, m.name_ix, count(*)::DOUBLE AS count, sum(m.value) AS sum, min(m.value) AS min, max(m.value) AS max FROM measures m JOIN chosen c USING (lake_offset) GROUP BY ALL)
    SELECT * FROM counted LEFT JOIN sums USING (key) ORDER BY key, name_ix`,
    where.values,
  ));
  const totals = newItem(0);
  const items = new Map<string, DimensionItem>();
  const working = new Turns();
  for (const row of rows) {
    if (working.isOver) await working.next();
    const item = items.get(row.key) ?? newItem(row.records);
    if (!items.has(row.key)) totals.records += row.records;
    items.set(row.key, item);
    if (items.size > GROUPS_MAX) throw tooManyGroups(GROUPS_MAX);
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

/** The last value of each bucket, shortened so that the least and the greatest stay. */
export async function measureSeries(parts: SessionParts, { measure, bucket, points, filter, timezone }: MeasureRequest): Promise<SeriesAnswer> {
  const where = await valueConditions(parts, measure, filter);
  const offsets = new ZoneOffsets(timezone);
  const moments = new Moments();
  let undated = 0;
  await parts.readers.use(async (connection) => {
    const working = new Turns();
    const result = await connection.stream(`SELECT ts_ms::DOUBLE, value FROM measures WHERE ${where.sql} ORDER BY ts_ms, lake_offset`, where.values);
    for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
      const [times, values] = [fixedColumn(chunk, 0, Float64Array), fixedColumn(chunk, 1, Float64Array)];
      for (const [row, at] of times.entries()) {
        const value = values[row] as number;
        if (at < 0) undated += value;
        else moments.add(bucket === null ? at : bucketStart(bucket, offsets, at), value);
      }
      if (working.isOver) await working.next();
    }
  });
  const items = moments.points(points).map(({ at, value, sum }) => ({ time: isoFromMs(at), value, sum }));
  return { items, metric: measure, bucket: bucket?.name ?? 'none', timezone, downsampled: items.length < moments.count, total: moments.sum + undated, undated };
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
