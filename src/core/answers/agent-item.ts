// A subagent in lists, as JSON.

import type { Usage } from './record.ts';

export interface AgentItem {
  id: string;
  session_id: string;
  /** The agent that started this one; null: the session's main thread, or not known. */
  parent_agent_id: string | null;
  /** The tool call that started it, where known. */
  tool_use_id: string | null;
  /** How the link was found: one of `LINK_RULES`; null while unlinked. */
  link: string | null;
  type: string | null;
  description: string | null;
  started_at: string | null;
  last_activity: string | null;
  models: string[];
  message_count: number;
  tool_call_count: number;
  error_count: number;
  usage: Usage;
  usage_rollup: Usage;
  calls: number;
  cost_usd: number | null;
  cost_rollup_usd: number | null;
  /** Of the calls, those of the agents it started included, how many have no known price. */
  unpriced_calls: number;
}
