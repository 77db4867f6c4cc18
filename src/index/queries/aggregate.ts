// Usage and cost grouped by time, place or model, from the sums kept by quarter hour. Bounds that fall
// inside a quarter hour are answered from the calls themselves, which carry their exact time.

import { grouped } from '../../core/grouped.ts';
import type { AggregateAnswer, AggregateItem, GroupItem, ModelUsage } from '../../core/items.ts';
import type { Grouping } from '../../core/grouping.ts';
import type { AggregateRequest, SessionFilter } from '../../core/questions.ts';
import { FLAG } from '../../core/scan-batch.ts';
import { Conditions } from '../conditions.ts';
import { NO_RATES, QUARTER_HOUR_MS } from '../rates.ts';
import type { RateTable } from '../rates.ts';
import { sessionScope } from './sessions.ts';
import type { SessionParts } from './sessions.ts';
import { costSumsSql, countedCallsSql, longCallsSql, spendSql } from './spend.ts';
import type { CostSums } from './spend.ts';
import { totalOf } from './totals.ts';
import { usageSumsSql } from './usage.ts';
import type { UsageSums } from './usage.ts';

const NO_TOKENS = '0 AS input, 0 AS output, 0 AS cache_creation, 0 AS cache_read, 0 AS cache_creation_1h';
const TOOL_CALLS = `(SELECT bucket, session_ix, agent_ix, 0 AS model_ix, tool_ix, calls, ${NO_TOKENS} FROM tool_deltas)`;
const EXACT_TOOL_CALLS = `(
  SELECT -1 AS bucket, session_ix, agent_ix, model_ix, string_ix AS tool_ix, ts_ms AS at_ms, 1 AS calls, ${NO_TOKENS}
  FROM (SELECT session_ix, agent_ix, model_ix, ts_ms, unnest(json_extract_string(tools, '$[*].name')) AS tool FROM records WHERE tools IS NOT NULL AND flags & ${FLAG.duplicate} = 0) t JOIN strings ON value = tool
)`;

const FORMATS: Partial<Record<Grouping, string>> = { day: '%Y-%m-%d', week: '%Y-%m-%d', month: '%Y-%m', hour: '%Y-%m-%dT%H:00' };

interface KeyedSums extends UsageSums, CostSums {
  key: string | null;
  model_ix: number;
}

export async function aggregate(parts: SessionParts, request: AggregateRequest): Promise<AggregateAnswer> {
  const { groupBy, byModel = false, filter } = request;
  const ofTools = groupBy === 'tool';
  const book = await parts.rates.book();
  const chosen = sessionScope(parts, filter);
  const key = groupBy === null ? 'NULL' : keySql(groupBy, request.timezone);
  const { usage, calls } = sourcesOf(ofTools ? NO_RATES : await parts.rates.current(), filter, ofTools);
  const spend = spendSql({
    rates: ofTools ? NO_RATES : await parts.rates.current(),
    keys: byModel ? ['key', 'model_ix'] : ['key'], usage: keyed(usage, key), calls: keyed(calls, key), where: conditionsOf(parts, filter).sql,
  });
  const rows = await parts.readers.rows<KeyedSums>(
    `WITH chosen AS (SELECT session_ix, id, project, source FROM sessions WHERE ${chosen.sql})
    SELECT * FROM (SELECT key, ${byModel ? 'model_ix' : '0 AS model_ix'}, ${usageSumsSql()}, ${costSumsSql()} FROM ${spend} GROUP BY ALL) WHERE calls <> 0`,
    chosen.values,
  );
  // What a tool's calls cost is no question of theirs.
  const shown = (some: readonly KeyedSums[]): AggregateItem => (ofTools ? { ...totalOf(some), cost_usd: null, unpriced_calls: 0 } : totalOf(some));
  const itemOf = (some: readonly KeyedSums[]): AggregateItem & { breakdown?: ModelUsage[] } => {
    const total = shown(some);
    return byModel ? Object.assign(total, { breakdown: breakdownOf(some, parts, shown) }) : total;
  };
  const prices = { source: book.source, date: book.date };
  if (groupBy === null) return { items: [], totals: itemOf(rows), prices };
  const groups = [...grouped(rows, (row) => nameOf(row.key, groupBy, parts))];
  const items = groups.toSorted(([a], [b]) => byName(a, b)).map(([name, some]): GroupItem => Object.assign({ [groupBy]: name }, itemOf(some)));
  return { items, totals: itemOf(rows), prices };
}

/** Sums where the bounds allow them, else single calls. */
function sourcesOf(rates: RateTable, filter: SessionFilter, ofTools: boolean): { usage: string; calls: string } {
  const aligned = isAligned(filter.sinceMs) && isAligned(filter.untilMs);
  // The sums of tool calls are kept without the model.
  if (ofTools) return { usage: aligned && filter.model === undefined ? timed(TOOL_CALLS) : EXACT_TOOL_CALLS, calls: EXACT_TOOL_CALLS };
  return { usage: aligned ? timed('usage_deltas') : countedCallsSql(), calls: longCallsSql(rates, 'true') };
}

function timed(table: string): string {
  return `(SELECT *, CASE WHEN bucket = -1 THEN -1 ELSE bucket * ${QUARTER_HOUR_MS}::BIGINT END AS at_ms FROM ${table})`;
}

/** With the key to group by, and only of the chosen sessions. */
function keyed(source: string, key: string): string {
  return `(SELECT c.*, ${key} AS key FROM ${source} c JOIN chosen s USING (session_ix) LEFT JOIN (SELECT agent_ix, id AS agent_id FROM agents) g USING (agent_ix))`;
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

function conditionsOf(parts: SessionParts, { model, sinceMs, untilMs }: SessionFilter): Conditions {
  const where = new Conditions();
  if (model !== undefined) where.equals('model_ix', parts.names.strings.find(model) ?? -1);
  if (sinceMs !== undefined) where.add(`at_ms >= ${Math.trunc(sinceMs)}`);
  if (untilMs !== undefined) where.add(`at_ms < ${Math.trunc(untilMs)} AND at_ms >= 0`);
  return where;
}

function isAligned(ms: number | undefined): boolean {
  return ms === undefined || ms % QUARTER_HOUR_MS === 0;
}

function nameOf(key: string | null, groupBy: Grouping, parts: SessionParts): string | null {
  return key !== null && (groupBy === 'model' || groupBy === 'tool') ? parts.names.strings.valueOf(Number(key)) : key;
}

/** Nameless last. */
function byName(a: string | null, b: string | null): number {
  if (a === b) return 0;
  return a !== null && (b === null || a < b) ? -1 : 1;
}

function breakdownOf(rows: readonly KeyedSums[], parts: SessionParts, shown: (some: readonly KeyedSums[]) => AggregateItem): ModelUsage[] {
  const groups = [...grouped(rows, (row) => parts.names.strings.valueOf(row.model_ix))];
  return groups.toSorted(([a], [b]) => byName(a, b)).map(([model, some]) => Object.assign({ model }, shown(some)));
}
