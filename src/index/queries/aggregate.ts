// Usage and cost grouped by time, place or model.

import type { AggregateAnswer, AggregateItem, GroupItem, ModelUsage } from '../../core/answers/aggregate-answer.ts';
import type { Grouping } from '../../core/answers/grouping.ts';
import type { AggregateRequest, SessionFilter } from '../../core/answers/questions.ts';
import { GroupSums } from '../book/group-sums.ts';
import { isEverywhere, sessionMatcher } from '../book/session-filter.ts';
import { GROUPS_MAX, Groups, isTime, tooManyGroups } from '../book/usage-groups.ts';
import type { UsageGroup } from '../book/usage-groups.ts';
import { byName } from '../names/model-names.ts';
import { NO_RATES, QUARTER_HOUR_MS } from '../spending/rates.ts';
import { queryRowsInTurns } from '../store/rows-in-turns.ts';
import { sessionScope } from './sessions.ts';
import type { SessionParts } from './sessions.ts';
import { costSumsSql, spendSql } from '../spending/spend.ts';
import type { CostSums } from '../spending/spend.ts';
import { hasToolSums, toolSums } from './tool-sums.ts';
import { isAligned, toolSource, usageConditions, usageSource } from './usage-source.ts';
import { usageSumsSql } from './usage.ts';
import type { UsageSums } from './usage.ts';

interface KeyedSums extends UsageSums, CostSums {
  key: string | null;
  model_ix: number;
}

/** An answer whose items are yet to be made, as there can be many. */
export interface PlannedAnswer {
  groups: readonly UsageGroup[];
  itemOf: (group: UsageGroup) => GroupItem;
  totals: AggregateAnswer['totals'];
  prices: AggregateAnswer['prices'];
}

export async function aggregate(parts: SessionParts, request: AggregateRequest): Promise<AggregateAnswer> {
  const { groups, itemOf, totals, prices } = await planAggregate(parts, request);
  return { items: groups.map(itemOf), totals, prices };
}

export async function planAggregate(parts: SessionParts, request: AggregateRequest): Promise<PlannedAnswer> {
  const { groupBy, byModel = false } = request;
  const { source, date } = await parts.rates.book();
  const groups = await groupsOf(parts, request);
  // What a tool's calls cost is no question of theirs.
  const shown = (sums: GroupSums): AggregateItem => (groupBy === 'tool' ? { ...sums.item(), cost_usd: null, unpriced_calls: 0 } : sums.item());
  const itemOf = (models: readonly GroupSums[]): AggregateItem & { breakdown?: ModelUsage[] } => {
    const total = shown(totalOf(models));
    return byModel ? Object.assign(total, { breakdown: breakdownOf(models, parts, shown) }) : total;
  };
  const planned = { totals: itemOf(allOf(groups)), prices: { source, date } };
  if (groupBy === null) return { ...planned, groups: [], itemOf: () => planned.totals };
  return { ...planned, groups: groups.toSorted((a, b) => byName(a.key, b.key)), itemOf: ({ key, models }) => Object.assign({ [groupBy]: key }, itemOf(models)) };
}

function groupsOf(parts: SessionParts, request: AggregateRequest): Promise<UsageGroup[]> {
  const { groupBy, filter } = request;
  if (groupBy !== 'tool') return isAligned(filter) ? keptSums(parts, request, groupBy) : singleSums(parts, request);
  return hasToolSums(filter) ? keptToolSums(parts, filter) : singleSums(parts, request);
}

async function keptToolSums(parts: SessionParts, filter: SessionFilter): Promise<UsageGroup[]> {
  const groups = new Groups(GROUPS_MAX);
  for (const [ix, calls] of await toolSums(parts, 'tool', filter)) groups.at(parts.names.strings.valueOf(ix)).addSums(0, Object.assign(new GroupSums(), { calls }));
  return groups.counted();
}

/** From what is known of each session. */
async function keptSums(parts: SessionParts, { byModel = false, filter, timezone }: AggregateRequest, groupBy: Exclude<Grouping, 'tool'> | null): Promise<UsageGroup[]> {
  const { model, sinceMs, untilMs, ...places } = filter;
  const book = await parts.book.current();
  const sessions = isEverywhere(filter) ? null : [...book.sessions].filter(sessionMatcher(places, parts));
  const bounds = { ...(model === undefined ? {} : { model }), ...(sinceMs === undefined ? {} : { sinceMs }), ...(untilMs === undefined ? {} : { untilMs }) };
  return book.groups.of(book, { groupBy, byModel, filter: bounds, timezone, sessions, groupsMax: GROUPS_MAX });
}

/** From single calls, or those of tools. Times are grouped by quarter hours first: the database has rules of its own for time zones. */
async function singleSums(parts: SessionParts, { groupBy, byModel = false, filter, timezone }: AggregateRequest): Promise<UsageGroup[]> {
  const ofTools = groupBy === 'tool';
  const chosen = await sessionScope(parts, filter);
  const calendar = isTime(groupBy) ? parts.book.groups.calendar(groupBy, timezone) : null;
  const key = groupBy === null ? 'NULL' : keySql(groupBy);
  const rates = ofTools ? NO_RATES : await parts.rates.current();
  const { usage, calls } = ofTools ? toolSource(parts, filter) : usageSource(rates, filter);
  const spend = spendSql({ rates, keys: byModel ? ['key', 'model_ix'] : ['key'], usage: keyed(usage, groupBy, key), calls: keyed(calls, groupBy, key), where: usageConditions(parts, filter).sql });
  const rows = await parts.readers.use((connection) => queryRowsInTurns<KeyedSums>(
    connection,
    `WITH chosen AS (SELECT session_ix, id, project, source FROM sessions WHERE ${chosen.sql})
    SELECT * FROM (SELECT key, ${byModel ? 'model_ix' : '0 AS model_ix'}, ${usageSumsSql()}, ${costSumsSql()} FROM ${spend} GROUP BY ALL) WHERE calls <> 0 ${calendar === null ? `LIMIT ${GROUPS_MAX + 1}` : ''}`,
    chosen.values,
  ));
  if (calendar === null && rows.length > GROUPS_MAX) throw tooManyGroups(GROUPS_MAX);
  const isNumber = groupBy === 'model' || groupBy === 'tool';
  const keyOf = (of: string | null): string | null => (of === null ? null : calendar !== null ? calendar.keyOf(Number(of)) : isNumber ? parts.names.strings.valueOf(Number(of)) : of);
  const groups = new Groups(GROUPS_MAX);
  for (const { key: of, model_ix: model, calls: count, cost, unpriced, input, output, cache_creation: cacheCreation, cache_read: cacheRead } of rows) {
    const sums = { calls: count ?? 0, unpriced: unpriced ?? 0, input: input ?? 0, output: output ?? 0, cacheCreation: cacheCreation ?? 0, cacheRead: cacheRead ?? 0 };
    groups.at(keyOf(of)).addSums(model, GroupSums.of(sums, cost ?? 0n));
  }
  return groups.counted();
}

/** With the key to group by, and only of the sessions in `chosen`. */
function keyed(source: string, groupBy: Grouping | null, key: string): string {
  const agents = groupBy === 'agent' ? 'LEFT JOIN (SELECT agent_ix, id AS agent_id FROM agents) g USING (agent_ix)' : '';
  return `(SELECT c.*, ${key} AS key FROM ${source} c JOIN chosen s USING (session_ix) ${agents})`;
}

function keySql(groupBy: Grouping): string {
  if (groupBy === 'project' || groupBy === 'source') return groupBy;
  if (groupBy === 'session') return 's.id';
  if (groupBy === 'agent') return 'g.agent_id';
  if (groupBy === 'model' || groupBy === 'tool') return `nullif(${groupBy}_ix, 0)::VARCHAR`;
  return `(CASE WHEN at_ms = -1 THEN NULL ELSE at_ms // ${QUARTER_HOUR_MS} END)::VARCHAR`;
}

function totalOf(models: readonly GroupSums[]): GroupSums {
  const [first] = models;
  if (models.length === 1 && first !== undefined) return first;
  const total = new GroupSums();
  for (const sums of counted(models)) total.addSums(sums[1]);
  return total;
}

/** By model. */
function allOf(groups: readonly UsageGroup[]): GroupSums[] {
  const all: GroupSums[] = [];
  for (const { models } of groups) for (const [model, sums] of counted(models)) (all[model] ??= new GroupSums()).addSums(sums);
  return all;
}

function breakdownOf(models: readonly GroupSums[], { names }: SessionParts, shown: (sums: GroupSums) => AggregateItem): ModelUsage[] {
  const known = counted(models).map(([ix, sums]) => ({ model: names.strings.valueOf(ix), sums }));
  return known.toSorted((a, b) => byName(a.model, b.model)).map(({ model, sums }) => Object.assign({ model }, shown(sums)));
}

/** Those with calls, with their numbers. */
function counted(models: readonly GroupSums[]): [number, GroupSums][] {
  const found: [number, GroupSums][] = [];
  models.forEach((sums, model) => (sums.calls === 0 ? undefined : found.push([model, sums])));
  return found;
}
