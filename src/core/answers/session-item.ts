// A session in lists and alone, as JSON.

import type { Usage } from './record.ts';

export type SessionStatus = 'active' | 'idle' | 'completed' | 'archived';

export interface SessionItem {
  id: string;
  source: string;
  project: string;
  cwd: string | null;
  title: string | null;
  status: SessionStatus;
  started_at: string | null;
  last_activity: string | null;
  models: string[];
  message_count: number;
  tool_call_count: number;
  error_count: number;
  subagent_count: number;
  /** The main thread's own model calls, each once. */
  usage: Usage;
  /** With all subagents. */
  usage_rollup: Usage;
  /** Null where there were model calls and none of their models has a known price. */
  cost_usd: number | null;
  cost_rollup_usd: number | null;
  /** Of the model calls, subagents' included, those without a known price: the costs leave them out. */
  unpriced_calls: number;
  files: number;
  bytes: number;
  archived_bytes: number;
}
