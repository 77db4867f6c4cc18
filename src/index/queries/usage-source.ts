// Where sums of usage come from: the quarter hours that are kept, and single calls where bounds or buckets
// fall inside of one.

import type { SessionFilter } from '../../core/answers/questions.ts';
import { FLAG } from '../../core/scan-batch.ts';
import { Conditions } from '../rows/conditions.ts';
import { hasVersions, NEWEST_VERSION } from '../rows/newest-version.ts';
import { QUARTER_HOUR_MS } from '../spending/rates.ts';
import type { RateTable } from '../spending/rates.ts';
import type { SessionParts } from './sessions.ts';
import { countedCallsSql, longCallsSql } from '../spending/spend.ts';

const NO_TOKENS = '0 AS input, 0 AS output, 0 AS cache_creation, 0 AS cache_read, 0 AS cache_creation_1h, 0 AS tier_ix, 0 AS web_searches';
const TOOL_CALLS = `(SELECT bucket, session_ix, agent_ix, 0 AS model_ix, tool_ix, calls, ${NO_TOKENS} FROM tool_deltas)`;

/** `newest`: a record that is written again repeats its calls. */
function exactToolCalls(newest: string): string {
  return `(
    SELECT -1 AS bucket, session_ix, agent_ix, model_ix, string_ix AS tool_ix, ts_ms AS at_ms, 1 AS calls, ${NO_TOKENS}
    FROM (SELECT session_ix, agent_ix, model_ix, ts_ms, unnest(json_extract_string(tools, '$[*].name')) AS tool FROM records WHERE tools IS NOT NULL AND flags & ${FLAG.duplicate} = 0 AND ${newest}) t JOIN strings ON value = tool
  )`;
}

export interface UsageSource {
  /** Rows with the columns of `usage_deltas` and `at_ms`. */
  usage: string;
  /** The same of the single calls that may pay more than their model's base price. */
  calls: string;
}

/** `exact`: buckets finer than a quarter hour are asked for. */
export function usageSource(rates: RateTable, filter: SessionFilter, exact = false): UsageSource {
  const usage = exact ? countedCallsSql(within('best_ms', filter)) : isAligned(filter) ? timed('usage_deltas') : wholeAndParts(filter);
  return { usage, calls: longCallsSql(rates, 'true') };
}

/** The quarter hours that lie between the bounds as a whole, and the single calls of those that do not. */
function wholeAndParts(filter: SessionFilter): string {
  const { sinceMs, untilMs } = filter;
  const from = sinceMs === undefined ? 0 : Math.ceil(sinceMs / QUARTER_HOUR_MS) * QUARTER_HOUR_MS;
  const to = untilMs === undefined ? Number.MAX_SAFE_INTEGER : Math.floor(untilMs / QUARTER_HOUR_MS) * QUARTER_HOUR_MS;
  const inPart = (column: string): string => `${within(column, filter)} AND (${column} < ${from} OR ${column} >= ${to})`;
  return `(SELECT * FROM ${timed('usage_deltas')} WHERE at_ms >= ${from} AND at_ms < ${to} UNION ALL BY NAME SELECT * FROM ${countedCallsSql(inPart('best_ms'))} WHERE ${inPart('at_ms')})`;
}

export function toolSource({ names }: SessionParts, filter: SessionFilter, exact = false): UsageSource {
  // The sums of tool calls are kept without the model.
  const single = exact || !isAligned(filter) || filter.model !== undefined;
  const exactCalls = exactToolCalls(hasVersions(names) ? NEWEST_VERSION : 'true');
  return { usage: single ? exactCalls : timed(TOOL_CALLS), calls: exactCalls };
}

/** On the rows of either source. */
export function usageConditions(parts: SessionParts, { model, sinceMs, untilMs }: SessionFilter): Conditions {
  const where = new Conditions();
  if (model !== undefined) where.equals('model_ix', parts.names.strings.find(model) ?? -1);
  if (sinceMs !== undefined) where.add(`at_ms >= ${Math.trunc(sinceMs)}`);
  if (untilMs !== undefined) where.add(`at_ms < ${Math.trunc(untilMs)} AND at_ms >= 0`);
  return where;
}

/** A condition on a column of times. */
function within(column: string, { sinceMs, untilMs }: SessionFilter): string {
  const bounds = [...(sinceMs === undefined ? [] : [`${column} >= ${Math.trunc(sinceMs)}`]), ...(untilMs === undefined ? [] : [`${column} < ${Math.trunc(untilMs)} AND ${column} >= 0`])];
  return bounds.length === 0 ? 'true' : bounds.join(' AND ');
}

/** Whether bounds of time lie on the quarter hours that sums are kept by. */
export function isAligned({ sinceMs = 0, untilMs = 0 }: SessionFilter): boolean {
  return sinceMs % QUARTER_HOUR_MS === 0 && untilMs % QUARTER_HOUR_MS === 0;
}

function timed(table: string): string {
  return `(SELECT *, CASE WHEN bucket = -1 THEN -1 ELSE bucket * ${QUARTER_HOUR_MS}::BIGINT END AS at_ms FROM ${table})`;
}
