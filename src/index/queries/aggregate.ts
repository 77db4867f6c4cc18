// Usage grouped by time, place or model, from the sums kept by quarter hour. Bounds that fall inside a
// quarter hour are answered from the calls themselves, which carry their exact time.

import type { AggregateAnswer, AggregateItem } from '../../core/items.ts';
import type { AggregateRequest, Grouping } from '../../core/questions.ts';
import { FLAG } from '../../core/scan-batch.ts';
import { Conditions } from '../conditions.ts';
import { sessionScope } from './sessions.ts';
import type { SessionParts } from './sessions.ts';
import { usageOf, usageSumsSql } from './usage.ts';
import type { UsageSums } from './usage.ts';

const QUARTER_HOUR_MS = 900_000;

/** One row a call that counts: the newest state of each, without replays in sidechains. */
const EXACT_CALLS = `(
  SELECT session_ix, agent_ix, model_ix, best_ms AS at_ms, 1 AS calls, input, output, cache_creation, cache_read FROM (
    SELECT *, bool_or(NOT sidechain) OVER (PARTITION BY message) AS on_main FROM (
      SELECT * FROM calls QUALIFY row_number() OVER (PARTITION BY message, request ORDER BY seq DESC) = 1
    )
  ) WHERE NOT (sidechain AND on_main)
)`;

const SUMMED_CALLS = `(SELECT session_ix, agent_ix, model_ix, CASE WHEN bucket = -1 THEN -1 ELSE bucket * ${QUARTER_HOUR_MS}::BIGINT END AS at_ms, calls, input, output, cache_creation, cache_read FROM usage_deltas)`;
const TOOL_CALLS = `(SELECT session_ix, agent_ix, 0 AS model_ix, tool_ix, CASE WHEN bucket = -1 THEN -1 ELSE bucket * ${QUARTER_HOUR_MS}::BIGINT END AS at_ms, calls, 0 AS input, 0 AS output, 0 AS cache_creation, 0 AS cache_read FROM tool_deltas)`;

const EXACT_TOOL_CALLS = `(
  SELECT session_ix, agent_ix, model_ix, string_ix AS tool_ix, ts_ms AS at_ms, 1 AS calls, 0 AS input, 0 AS output, 0 AS cache_creation, 0 AS cache_read
  FROM (SELECT session_ix, agent_ix, model_ix, ts_ms, unnest(json_extract_string(tools, '$[*].name')) AS tool FROM records WHERE tools IS NOT NULL AND flags & ${FLAG.duplicate} = 0) t JOIN strings ON value = tool
)`;

const FORMATS: Partial<Record<Grouping, string>> = { day: '%Y-%m-%d', week: '%Y-%m-%d', month: '%Y-%m', hour: '%Y-%m-%dT%H:00' };

type KeyedSums = UsageSums & { key: string | null };

export async function aggregate(parts: SessionParts, request: AggregateRequest): Promise<AggregateAnswer> {
  const { groupBy, filter } = request;
  const where = sessionScope(parts, filter);
  if (filter.model !== undefined) where.equals('model_ix', parts.names.strings.find(filter.model) ?? -1);
  addBounds(where, filter.sinceMs, filter.untilMs);
  const aligned = isAligned(filter.sinceMs) && isAligned(filter.untilMs);
  // The sums of tool calls are kept without the model.
  const toolsSummed = aligned && filter.model === undefined;
  const calls = groupBy === 'tool' ? (toolsSummed ? TOOL_CALLS : EXACT_TOOL_CALLS) : aligned ? SUMMED_CALLS : EXACT_CALLS;
  const key = groupBy === null ? 'NULL' : keySql(groupBy, request.timezone);
  const rows = await parts.readers.rows<KeyedSums>(
    `SELECT * FROM (SELECT ${key} AS key, ${usageSumsSql()} FROM ${calls} c JOIN (SELECT session_ix, id, project, source FROM sessions) s USING (session_ix)
      LEFT JOIN (SELECT agent_ix, id AS agent_id FROM agents) g USING (agent_ix) WHERE ${where.sql} GROUP BY 1) WHERE calls <> 0 ORDER BY key NULLS LAST`,
    where.values,
  );
  if (groupBy === null) return { items: [], totals: totalOf(rows) };
  const named = rows.map((row): [string | null, AggregateItem] => [nameOf(row.key, groupBy, parts), itemOf(row)]);
  const items = named.toSorted(([a], [b]) => byName(a, b)).map(([name, item]) => Object.assign({ [groupBy]: name }, item));
  return { items: items as AggregateAnswer['items'], totals: totalOf(rows) };
}

function keySql(groupBy: Grouping, timezone: string): string {
  if (groupBy === 'project' || groupBy === 'source') return groupBy;
  if (groupBy === 'session') return 's.id';
  if (groupBy === 'agent') return 'g.agent_id';
  if (groupBy === 'model' || groupBy === 'tool') return `nullif(${groupBy}_ix, 0)::VARCHAR`;
  const local = `timezone('${timezone.replaceAll("'", "''")}', make_timestamptz(at_ms * 1000))`;
  const format = FORMATS[groupBy] ?? '';
  return `CASE WHEN at_ms = -1 THEN NULL ELSE strftime(${groupBy === 'week' ? `date_trunc('week', ${local})` : local}, '${format}') END`;
}

function nameOf(key: string | null, groupBy: Grouping, parts: SessionParts): string | null {
  return key !== null && (groupBy === 'model' || groupBy === 'tool') ? parts.names.strings.valueOf(Number(key)) : key;
}

/** Nameless last. */
function byName(a: string | null, b: string | null): number {
  if (a === b) return 0;
  return a !== null && (b === null || a < b) ? -1 : 1;
}

function isAligned(ms: number | undefined): boolean {
  return ms === undefined || ms % QUARTER_HOUR_MS === 0;
}

function addBounds(where: Conditions, sinceMs: number | undefined, untilMs: number | undefined): void {
  if (sinceMs !== undefined) where.add(`at_ms >= ${Math.trunc(sinceMs)}`);
  if (untilMs !== undefined) where.add(`at_ms < ${Math.trunc(untilMs)} AND at_ms >= 0`);
}

function itemOf(row: UsageSums): AggregateItem {
  return { ...usageOf(row), calls: row.calls ?? 0, cost_usd: null };
}

function totalOf(rows: readonly UsageSums[]): AggregateItem {
  const sum = (name: keyof UsageSums): number => rows.reduce((total, row) => total + (row[name] ?? 0), 0);
  return itemOf({ calls: sum('calls'), input: sum('input'), output: sum('output'), cache_creation: sum('cache_creation'), cache_read: sum('cache_read') });
}
