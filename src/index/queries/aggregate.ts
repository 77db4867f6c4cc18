// Usage and cost grouped by time, place or model.

import type { AggregateAnswer, AggregateItem, GroupItem, ModelUsage } from '../../core/aggregate-answer.ts';
import { grouped } from '../../core/grouped.ts';
import type { Grouping } from '../../core/grouping.ts';
import type { AggregateRequest, SessionFilter } from '../../core/questions.ts';
import { sessionMatcher } from '../book/session-filter.ts';
import { NO_RATES } from '../rates.ts';
import { sessionScope } from './sessions.ts';
import type { SessionParts } from './sessions.ts';
import { costSumsSql, spendSql } from './spend.ts';
import type { CostSums } from './spend.ts';
import { hasToolSums, toolSums } from './tool-sums.ts';
import { totalOf } from './totals.ts';
import { isAligned, toolSource, usageConditions, usageSource } from './usage-source.ts';
import { usageSumsSql } from './usage.ts';
import type { UsageSums } from './usage.ts';

const FORMATS: Partial<Record<Grouping, string>> = { day: '%Y-%m-%d', week: '%Y-%m-%d', month: '%Y-%m', hour: '%Y-%m-%dT%H:00' };

interface KeyedSums extends UsageSums, CostSums {
  key: string | null;
  model_ix: number;
}

export async function aggregate(parts: SessionParts, request: AggregateRequest): Promise<AggregateAnswer> {
  const { groupBy, byModel = false } = request;
  const ofTools = groupBy === 'tool';
  const book = await parts.rates.book();
  const rows = await sumsOf(parts, request);
  // What a tool's calls cost is no question of theirs.
  const shown = (some: readonly KeyedSums[]): AggregateItem => (ofTools ? { ...totalOf(some), cost_usd: null, unpriced_calls: 0 } : totalOf(some));
  const itemOf = (some: readonly KeyedSums[]): AggregateItem & { breakdown?: ModelUsage[] } => {
    const total = shown(some);
    return byModel ? Object.assign(total, { breakdown: breakdownOf(some, parts, shown) }) : total;
  };
  const prices = { source: book.source, date: book.date };
  if (groupBy === null) return { items: [], totals: itemOf(rows), prices };
  const groups = [...grouped(rows, (row) => row.key)];
  const items = groups.toSorted(([a], [b]) => byName(a, b)).map(([name, some]): GroupItem => Object.assign({ [groupBy]: name }, itemOf(some)));
  return { items, totals: itemOf(rows), prices };
}

function sumsOf(parts: SessionParts, request: AggregateRequest): Promise<KeyedSums[]> {
  const { groupBy, filter } = request;
  if (groupBy !== 'tool') return isAligned(filter) ? keptSums(parts, request, groupBy) : singleSums(parts, request);
  return hasToolSums(filter) ? keptToolSums(parts, filter) : singleSums(parts, request);
}

async function keptToolSums(parts: SessionParts, filter: SessionFilter): Promise<KeyedSums[]> {
  const sums = await toolSums(parts, 'tool', filter);
  return [...sums].map(([ix, calls]) => ({ key: parts.names.strings.valueOf(ix), model_ix: 0, calls, cost: null, unpriced: 0, input: 0, output: 0, cache_creation: 0, cache_read: 0 }));
}

/** From what is known of each session. */
async function keptSums(parts: SessionParts, { byModel = false, filter, timezone }: AggregateRequest, groupBy: Exclude<Grouping, 'tool'> | null): Promise<KeyedSums[]> {
  const { model, sinceMs, untilMs, ...place } = filter;
  const matches = sessionMatcher(place, parts);
  const book = await parts.book.current();
  return book.groups.of(book.usage, [...book.sessions].filter(matches), groupBy, byModel, { ...(model === undefined ? {} : { model }), ...(sinceMs === undefined ? {} : { sinceMs }), ...(untilMs === undefined ? {} : { untilMs }) }, timezone)
    .map(({ key, model: ix, spend }) => ({
      key, model_ix: ix, calls: spend.calls, cost: spend.cost, unpriced: spend.unpriced, input: spend.input, output: spend.output, cache_creation: spend.cacheCreation, cache_read: spend.cacheRead,
    }));
}

/** From single calls, or those of tools. */
async function singleSums(parts: SessionParts, { groupBy, byModel = false, filter, timezone }: AggregateRequest): Promise<KeyedSums[]> {
  const ofTools = groupBy === 'tool';
  const chosen = await sessionScope(parts, filter);
  const key = groupBy === null ? 'NULL' : keySql(groupBy, timezone);
  const rates = ofTools ? NO_RATES : await parts.rates.current();
  const { usage, calls } = ofTools ? toolSource(filter) : usageSource(rates, filter);
  const spend = spendSql({ rates, keys: byModel ? ['key', 'model_ix'] : ['key'], usage: keyed(usage, groupBy, key), calls: keyed(calls, groupBy, key), where: usageConditions(parts, filter).sql });
  const rows = await parts.readers.rows<KeyedSums>(
    `WITH chosen AS (SELECT session_ix, id, project, source FROM sessions WHERE ${chosen.sql})
    SELECT * FROM (SELECT key, ${byModel ? 'model_ix' : '0 AS model_ix'}, ${usageSumsSql()}, ${costSumsSql()} FROM ${spend} GROUP BY ALL) WHERE calls <> 0`,
    chosen.values,
  );
  return groupBy === 'model' || groupBy === 'tool' ? rows.map((row) => Object.assign(row, { key: row.key === null ? null : parts.names.strings.valueOf(Number(row.key)) })) : rows;
}

/** With the key to group by, and only of the sessions in `chosen`. */
function keyed(source: string, groupBy: Grouping | null, key: string): string {
  const agents = groupBy === 'agent' ? 'LEFT JOIN (SELECT agent_ix, id AS agent_id FROM agents) g USING (agent_ix)' : '';
  return `(SELECT c.*, ${key} AS key FROM ${source} c JOIN chosen s USING (session_ix) ${agents})`;
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

/** Nameless last. */
function byName(a: string | null, b: string | null): number {
  if (a === b) return 0;
  return a !== null && (b === null || a < b) ? -1 : 1;
}

function breakdownOf(rows: readonly KeyedSums[], parts: SessionParts, shown: (some: readonly KeyedSums[]) => AggregateItem): ModelUsage[] {
  const groups = [...grouped(rows, (row) => parts.names.strings.valueOf(row.model_ix))];
  return groups.toSorted(([a], [b]) => byName(a, b)).map(([model, some]) => Object.assign({ model }, shown(some)));
}
