// A session in figures: its main thread's own, and with all its subagents; from the sums kept at commit.

import type { DuckDBConnection } from '@duckdb/node-api';
import type { ModelUsage } from '../../core/aggregate-answer.ts';
import { grouped } from '../../core/grouped.ts';
import type { SessionMetrics } from '../../core/session-views.ts';
import { isoOrNull } from '../../core/time.ts';
import { spendingOf } from '../book/session-facts.ts';
import { queryRows } from '../database.ts';
import { COUNTED, heldCounts } from '../held/session-counts.ts';
import type { SessionCounts, ToolCount } from '../held/session-counts.ts';
import { hasVersions } from './newest-version.ts';
import { sessionSpending } from './session-spending.ts';
import { sessionNumber } from './sessions.ts';
import type { ViewParts } from './view-parts.ts';

export async function sessionMetrics(parts: ViewParts, sessionId: string): Promise<SessionMetrics> {
  const session = sessionNumber(parts.names, sessionId);
  const { counts, tools } = await countsOf(parts, session);
  const spent = (await parts.book.current()).usage.rowsOf(session);
  const [own, all] = [spendingOf(spent.filter((row) => row.agent === 0)), spendingOf(spent)];
  const models = [...grouped(spent, (row) => parts.names.strings.valueOf(row.model))].map(([model, rows]) => ({ model, sum: spendingOf(rows) })).filter(({ sum }) => sum.calls !== 0);
  return {
    session_id: sessionId,
    started_at: isoOrNull(counts.first_ms),
    last_activity: isoOrNull(counts.last_ms),
    duration_ms: counts.first_ms === null || counts.last_ms === null ? null : counts.last_ms - counts.first_ms,
    record_count: counts.own_records,
    record_count_rollup: counts.records,
    message_count: counts.own_messages,
    message_count_rollup: counts.messages,
    tool_call_count: counts.own_tool_calls,
    tool_call_count_rollup: counts.tool_calls,
    error_count: counts.own_errors,
    error_count_rollup: counts.errors,
    subagent_count: counts.subagents,
    ...sessionSpending(own, all),
    models: models
      .toSorted((a, b) => Number(b.sum.cost - a.sum.cost) || b.sum.calls - a.sum.calls)
      .map(({ model, sum }): ModelUsage => Object.assign({ model }, sum.usage, { calls: sum.calls, cost_usd: sum.costUsd, unpriced_calls: sum.unpriced })),
    tools: tools
      .map(({ name, calls, own: mine }) => ({ name, calls: mine, calls_rollup: calls }))
      .toSorted((a, b) => b.calls_rollup - a.calls_rollup || (a.name < b.name ? -1 : 1)),
  };
}

async function countsOf(parts: ViewParts, session: number): Promise<{ counts: SessionCounts; tools: ToolCount[] }> {
  const held = hasVersions(parts.names, session) ? null : await parts.held.of(session);
  if (held !== null) return heldCounts(held);
  const scope = `session_ix = ${session}`;
  return parts.readers.use(async (connection) => {
    const counts = await readCounts(connection, scope);
    const tools = await queryRows<{ tool_ix: number; calls: number; own: number }>(connection, `SELECT tool_ix, sum(calls)::DOUBLE AS calls, coalesce(sum(calls) FILTER (agent_ix = 0), 0)::DOUBLE AS own FROM tool_deltas WHERE ${scope} GROUP BY tool_ix HAVING sum(calls) <> 0`);
    return { counts, tools: tools.map(({ tool_ix: ix, calls, own }) => ({ name: parts.names.strings.valueOf(ix) ?? '', calls, own })) };
  });
}

async function readCounts(connection: DuckDBConnection, scope: string): Promise<SessionCounts> {
  const sums = COUNTED.map((name) => `coalesce(sum(${name}), 0)::DOUBLE AS ${name}, coalesce(sum(${name}) FILTER (agent_ix = 0), 0)::DOUBLE AS own_${name}`).join(', ');
  const [row] = await queryRows<SessionCounts>(
    connection,
    `SELECT ${sums}, (min(first_ms) FILTER (first_ms >= 0))::DOUBLE AS first_ms, (max(last_ms) FILTER (last_ms >= 0))::DOUBLE AS last_ms, (count(DISTINCT agent_ix) FILTER (agent_ix > 0))::DOUBLE AS subagents
    FROM activity_deltas WHERE ${scope}`,
  );
  return row as SessionCounts;
}
