// A session in figures: its main thread's own, and with all its subagents; from the sums kept at commit.

import type { ModelUsage } from '../../core/answers/aggregate-answer.ts';
import { grouped } from '../../core/grouped.ts';
import type { SessionMetrics } from '../../core/answers/session-views.ts';
import { isoOrNull } from '../../core/time/time.ts';
import { byName } from '../names/model-names.ts';
import { spendingOf } from '../book/session-facts.ts';
import type { AgentFacts, SessionFacts } from '../book/session-facts.ts';
import type { ToolTable } from '../book/tool-table.ts';
import { sessionSpending } from './session-spending.ts';
import { sessionNumber } from './sessions.ts';
import type { ViewParts } from './view-parts.ts';

export async function sessionMetrics({ names, book: sums }: Pick<ViewParts, 'names' | 'book'>, sessionId: string): Promise<SessionMetrics> {
  const session = sessionNumber(names, sessionId);
  const book = await sums.current();
  const main = book.session(session) ?? NOTHING;
  const { agents, firstMs, lastMs } = main;
  const withAgents = (name: 'records' | 'messages' | 'toolCalls' | 'errors'): number => agents.reduce((sum, agent) => sum + agent[name], main[name]);
  const spent = book.usage.rowsOf(session);
  const [own, all] = [spendingOf(spent.filter((row) => row.agent === 0)), spendingOf(spent)];
  const models = [...grouped(spent, (row) => names.strings.valueOf(row.model))].map(([model, rows]) => ({ model, sum: spendingOf(rows) })).filter(({ sum }) => sum.calls !== 0);
  return {
    session_id: sessionId,
    started_at: isoOrNull(firstMs),
    last_activity: isoOrNull(lastMs),
    duration_ms: firstMs === null || lastMs === null ? null : lastMs - firstMs,
    record_count: main.records,
    record_count_rollup: withAgents('records'),
    message_count: main.messages,
    message_count_rollup: withAgents('messages'),
    tool_call_count: main.toolCalls,
    tool_call_count_rollup: withAgents('toolCalls'),
    error_count: main.errors,
    error_count_rollup: withAgents('errors'),
    subagent_count: agents.length,
    ...sessionSpending(own, all),
    models: models
      .toSorted((a, b) => Number(b.sum.cost - a.sum.cost) || b.sum.calls - a.sum.calls || byName(a.model, b.model))
      .map(({ model, sum }): ModelUsage => Object.assign({ model }, sum.usage, { calls: sum.calls, cost_usd: sum.costUsd, unpriced_calls: sum.unpriced })),
    tools: [...toolsOf(book.tools, session)]
      .map(([tool, { calls, own: mine }]) => ({ name: names.strings.valueOf(tool) ?? '', calls: mine, calls_rollup: calls }))
      .toSorted((a, b) => b.calls_rollup - a.calls_rollup || (a.name < b.name ? -1 : 1)),
  };
}

/** Of a session that nothing is committed of. */
const NOTHING: Pick<SessionFacts, keyof Omit<AgentFacts, 'ix'> | 'agents'> = { records: 0, messages: 0, toolCalls: 0, errors: 0, firstMs: null, lastMs: null, agents: [] };

/** By the number of the name. */
function toolsOf(table: ToolTable, session: number): Map<number, { calls: number; own: number }> {
  const tools = new Map<number, { calls: number; own: number }>();
  for (let row = table.first(session); row !== -1; row = table.next[row] as number) {
    const [tool, calls, own] = [table.tool[row] as number, table.calls[row] as number, table.own[row] as number];
    const known = tools.get(tool);
    if (known === undefined) tools.set(tool, { calls, own });
    else {
      known.calls += calls;
      known.own += own;
    }
  }
  return tools;
}
