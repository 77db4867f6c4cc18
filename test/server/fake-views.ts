// The views of one session, by hand.

import type { AgentItem } from '../../src/core/answers/agent-item.ts';
import { LakeError } from '../../src/core/errors.ts';
import type { Page } from '../../src/core/answers/page.ts';
import { emptyUsage } from '../../src/core/answers/record.ts';
import type { SessionItem } from '../../src/core/answers/session-item.ts';
import type { ExchangeItem, SessionMetrics, SessionState, SessionViews, TimelineEntry, ToolItem } from '../../src/core/answers/session-views.ts';

const AT = '2026-11-01T10:00:00.000Z';

const entry: TimelineEntry = {
  kind: 'subagent', offset: '7', ts: AT, agent_id: null, depth: 0, type: 'assistant', role: 'assistant', model: 'claude-opus-4-5', uuid: 'u1', is_error: true, text: 'x', cut: false,
  tools: [{ id: 't1', name: 'Task', is_error: true, ended_at: AT, duration_ms: 20, result: 'y', agent_id: 'a1' }, { id: null, name: 'Read', is_error: null, ended_at: null, duration_ms: null, result: null, agent_id: null }],
};
const exchange: ExchangeItem = {
  offset: '7', uuid: 'u1', prompt: 'do it', answer: null, cut: false, started_at: AT, ended_at: AT, duration_ms: 0, records: 3, tools: [{ name: 'Read', calls: 2, errors: 1 }], tool_call_count: 2, error_count: 1,
  models: ['claude-opus-4-5'], calls: 1, usage: emptyUsage(), cost_usd: null, unpriced_calls: 1,
};
const metrics: SessionMetrics = {
  session_id: 's1', started_at: AT, last_activity: AT, duration_ms: 0, record_count: 1, record_count_rollup: 2, message_count: 1, message_count_rollup: 2, tool_call_count: 1, tool_call_count_rollup: 2,
  error_count: 0, error_count_rollup: 1, subagent_count: 1, calls: 1, calls_rollup: 2, usage: emptyUsage(), usage_rollup: emptyUsage(), cost_usd: 0.5, cost_rollup_usd: null, unpriced_calls: 1,
  models: [{ model: null, ...emptyUsage(), calls: 2, cost_usd: null, unpriced_calls: 2 }], tools: [{ name: 'Read', calls: 1, calls_rollup: 2 }],
};
const tool: ToolItem = {
  name: 'Read', calls: 1, calls_rollup: 2, errors: 0, errors_rollup: 1, open: 0, open_rollup: 1, p50_ms: 5, max_ms: 9, total_ms: 14, first_used_at: AT, last_used_at: null,
};

const state: SessionState = {
  session_id: 's1', at: AT, started_at: null, last_activity: null, record_count: 1, message_count: 1, tool_call_count: 1, error_count: 0, subagent_count: 1, calls: 0, calls_rollup: 1, usage: emptyUsage(),
  usage_rollup: emptyUsage(), cost_usd: 0, cost_rollup_usd: null, unpriced_calls: 1, open_tool_calls: [{ id: 't1', name: 'Read', agent_id: null, started_at: AT, offset: '7' }], open_tool_call_count: 1,
  running_subagents: [{ id: 'a1', tool_use_id: 't1', type: null, description: 'look', started_at: AT }], running_subagent_count: 1,
};

type Ask = <T>(question: string, args: unknown[], answer: T) => Promise<T>;

/** Knows the session `s1`. */
export function fakeViews(ask: Ask, session: SessionItem, agent: AgentItem): SessionViews {
  const page = <T>(...items: T[]): Page<T> => ({ items, has_more: false, next_cursor: null });
  const known = (id: string): void => {
    if (id !== 's1') throw new LakeError('not_found', `There is no ${id}.`);
  };
  return {
    timeline: async (id, request) => (known(id), ask('timeline', [id, request], { ...page(entry), timeline_total: 1, timeline_truncated: false })),
    exchanges: async (id, request) => (known(id), ask('exchanges', [id, request], page(exchange))),
    metrics: async (id) => (known(id), ask('metrics', [id], metrics)),
    tools: async (id) => (known(id), ask('tools', [id], page(tool))),
    state: async (id, atMs) => (known(id), ask('state', [id, atMs], state)),
    tracing: (request) => ask('tracing', [request], page({ session, children: [{ ...agent, children: [] }], children_truncated: false })),
  };
}
