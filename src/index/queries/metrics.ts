// A session in figures: its main thread's own, and with all its subagents; from the sums kept at commit.

import type { DuckDBConnection } from '@duckdb/node-api';
import type { ModelUsage } from '../../core/aggregate-answer.ts';
import { grouped } from '../../core/grouped.ts';
import type { SessionMetrics } from '../../core/session-views.ts';
import { isoOrNull } from '../../core/time.ts';
import { queryRows } from '../database.ts';
import { sessionNumber } from './sessions.ts';
import type { SessionParts } from './sessions.ts';
import { spendingBy, total } from './spending.ts';

const COUNTS = ['records', 'messages', 'tool_calls', 'errors'] as const;

type Counts = Record<(typeof COUNTS)[number] | `own_${(typeof COUNTS)[number]}`, number | null> & { first_ms: number | null; last_ms: number | null; subagents: number };

export async function sessionMetrics(parts: SessionParts, sessionId: string): Promise<SessionMetrics> {
  const session = sessionNumber(parts.names, sessionId);
  const scope = `session_ix = ${session}`;
  const prices = await parts.rates.models();
  const { counts, tools, spent } = await parts.readers.use(async (connection) => ({
    counts: await readCounts(connection, scope),
    tools: await queryRows<{ tool_ix: number; calls: number; own: number }>(connection, `SELECT tool_ix, sum(calls)::DOUBLE AS calls, coalesce(sum(calls) FILTER (agent_ix = 0), 0)::DOUBLE AS own FROM tool_deltas WHERE ${scope} GROUP BY tool_ix HAVING sum(calls) <> 0`),
    spent: await spendingBy<{ on_main: boolean }>(connection, prices, ['agent_ix = 0 AS on_main'], scope),
  }));
  const [own, all] = [total(spent.filter((row) => row.on_main)), total(spent)];
  const models = [...grouped(spent, (row) => parts.names.strings.valueOf(row.model_ix))].map(([model, rows]) => ({ model, sum: total(rows) }));
  return {
    session_id: sessionId,
    started_at: isoOrNull(counts.first_ms),
    last_activity: isoOrNull(counts.last_ms),
    duration_ms: counts.first_ms === null || counts.last_ms === null ? null : counts.last_ms - counts.first_ms,
    record_count: counts.own_records ?? 0,
    record_count_rollup: counts.records ?? 0,
    message_count: counts.own_messages ?? 0,
    message_count_rollup: counts.messages ?? 0,
    tool_call_count: counts.own_tool_calls ?? 0,
    tool_call_count_rollup: counts.tool_calls ?? 0,
    error_count: counts.own_errors ?? 0,
    error_count_rollup: counts.errors ?? 0,
    subagent_count: counts.subagents,
    calls: own.calls,
    calls_rollup: all.calls,
    usage: own.usage,
    usage_rollup: all.usage,
    cost_usd: own.costUsd,
    cost_rollup_usd: all.costUsd,
    unpriced_calls: all.unpriced,
    models: models
      .toSorted((a, b) => Number(b.sum.cost - a.sum.cost) || b.sum.calls - a.sum.calls)
      .map(({ model, sum }): ModelUsage => Object.assign({ model }, sum.usage, { calls: sum.calls, cost_usd: sum.costUsd, unpriced_calls: sum.unpriced })),
    tools: tools
      .map((row) => ({ name: parts.names.strings.valueOf(row.tool_ix) ?? '', calls: row.own, calls_rollup: row.calls }))
      .toSorted((a, b) => b.calls_rollup - a.calls_rollup || (a.name < b.name ? -1 : 1)),
  };
}

async function readCounts(connection: DuckDBConnection, scope: string): Promise<Counts> {
  const sums = COUNTS.map((name) => `sum(${name})::DOUBLE AS ${name}, (sum(${name}) FILTER (agent_ix = 0))::DOUBLE AS own_${name}`).join(', ');
  const [row] = await queryRows<Counts>(
    connection,
    `SELECT ${sums}, (min(first_ms) FILTER (first_ms >= 0))::DOUBLE AS first_ms, (max(last_ms) FILTER (last_ms >= 0))::DOUBLE AS last_ms, (count(DISTINCT agent_ix) FILTER (agent_ix > 0))::DOUBLE AS subagents
    FROM activity_deltas WHERE ${scope}`,
  );
  return row as Counts;
}
