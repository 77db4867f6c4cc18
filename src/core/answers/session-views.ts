// What is asked of one session from within: its time line, its turns, its figures, and how it stood at a time.

import type { ModelUsage } from './aggregate-answer.ts';
import type { Page } from './page.ts';
import type { Usage } from './record.ts';
import type { SessionTree } from './session-tree.ts';

interface Paging {
  limit: number;
  cursor?: string;
}

export const TIMELINE_KINDS = ['prompt', 'answer', 'tool_call', 'subagent', 'compaction', 'error', 'message', 'event'] as const;
/**
 * `prompt`: typed by a human. `answer`: said by the model. `tool_call`; `subagent`: a tool call that started one.
 * `compaction`: the context was summed up. `error`: of the API. `message`: any other with a role. `event`: without one.
 */
export type TimelineKind = (typeof TIMELINE_KINDS)[number];

export interface TimelineTool {
  id: string | null;
  name: string;
  /** Null while there is no result; so are the next three. */
  is_error: boolean | null;
  ended_at: string | null;
  duration_ms: number | null;
  result: string | null;
  /** The subagent that the call started. */
  agent_id: string | null;
}

export interface TimelineEntry {
  kind: TimelineKind;
  offset: string;
  ts: string;
  /** Null on the main thread. */
  agent_id: string | null;
  /** 0 on the main thread, 1 for the agents that it started, … */
  depth: number;
  type: string | null;
  role: string | null;
  model: string | null;
  uuid: string | null;
  is_error: boolean;
  text: string | null;
  /** `text`, or a tool's `result`, is only the beginning. */
  cut: boolean;
  tools: TimelineTool[];
}

export interface TimelineRequest extends Paging {
  includeChildren: boolean;
  /** How far below the main thread, with `includeChildren`. */
  depth: number;
}

export interface Timeline extends Page<TimelineEntry> {
  /** Entries on all pages. */
  timeline_total: number;
  /** More entries follow this page. */
  timeline_truncated: boolean;
}

export interface ExchangeTool {
  name: string;
  calls: number;
  errors: number;
}

/** A turn: from a human's prompt to the next one. */
export interface ExchangeItem {
  /** Lake offset of the prompt. */
  offset: string;
  uuid: string | null;
  prompt: string | null;
  /** The last that the model said in it; null while it said nothing. */
  answer: string | null;
  /** `prompt` or `answer` is only the beginning. */
  cut: boolean;
  started_at: string | null;
  ended_at: string | null;
  duration_ms: number | null;
  /** Of the main thread, as is all that follows. */
  records: number;
  tools: ExchangeTool[];
  tool_call_count: number;
  error_count: number;
  models: string[];
  calls: number;
  /** Each model call once, in the turn of its first line. */
  usage: Usage;
  cost_usd: number | null;
  unpriced_calls: number;
}

export interface ExchangeRequest extends Paging {
  /** Exclusive with `cursor`: how many turns to skip. */
  offset?: number;
}

/** What a session's model calls used: the main thread's own, and those with `rollup` in their name with all subagents. */
export interface SessionSpending {
  calls: number;
  calls_rollup: number;
  usage: Usage;
  usage_rollup: Usage;
  cost_usd: number | null;
  cost_rollup_usd: number | null;
  /** With all subagents. */
  unpriced_calls: number;
}

/** Figures of the main thread; those with `rollup` in their name, lists and `unpriced_calls` are with all subagents. */
export interface SessionMetrics extends SessionSpending {
  session_id: string;
  started_at: string | null;
  last_activity: string | null;
  duration_ms: number | null;
  record_count: number;
  record_count_rollup: number;
  message_count: number;
  message_count_rollup: number;
  tool_call_count: number;
  tool_call_count_rollup: number;
  /** Records that are errors, or bring the result of a tool that is one. */
  error_count: number;
  error_count_rollup: number;
  subagent_count: number;
  /** By cost, the dearest first. */
  models: ModelUsage[];
  /** Most calls first. */
  tools: { name: string; calls: number; calls_rollup: number }[];
}

/** A tool in a session. What has no `rollup` in its name is of the main thread; durations and times are of all threads. */
export interface ToolItem {
  name: string;
  calls: number;
  calls_rollup: number;
  /** Results that are errors. */
  errors: number;
  errors_rollup: number;
  /** Calls without a result. */
  open: number;
  open_rollup: number;
  /** From a call to its result; null where none has one. */
  p50_ms: number | null;
  max_ms: number | null;
  total_ms: number | null;
  first_used_at: string | null;
  last_used_at: string | null;
}

export interface OpenToolCall {
  id: string;
  name: string;
  agent_id: string | null;
  started_at: string;
  /** Lake offset of the call. */
  offset: string;
}

export interface RunningSubagent {
  id: string;
  tool_use_id: string | null;
  type: string | null;
  description: string | null;
  started_at: string;
}

/** A session of the lines up to a time alone. Counts are of the main thread, but for `record_count`. */
export interface SessionState extends SessionSpending {
  session_id: string;
  at: string;
  started_at: string | null;
  last_activity: string | null;
  /** Of all threads. */
  record_count: number;
  message_count: number;
  tool_call_count: number;
  error_count: number;
  /** Begun by then, at any depth. */
  subagent_count: number;
  /** Calls without a result then, of all threads, the newest first; not all of them where there are very many. */
  open_tool_calls: OpenToolCall[];
  open_tool_call_count: number;
  running_subagents: RunningSubagent[];
  running_subagent_count: number;
}

export interface TracingItem extends SessionTree {
  /** Not all subagents are shown. */
  children_truncated: boolean;
}

export interface TracingRequest extends Paging {
  /** Sessions active within so many days. */
  days: number;
}

export interface SessionViews {
  timeline(sessionId: string, request: TimelineRequest): Promise<Timeline>;
  exchanges(sessionId: string, request: ExchangeRequest): Promise<Page<ExchangeItem>>;
  metrics(sessionId: string): Promise<SessionMetrics>;
  tools(sessionId: string): Promise<Page<ToolItem>>;
  /** Sessions with their subagents, the last active first. */
  tracing(request: TracingRequest): Promise<Page<TracingItem>>;
  /** How it stood at a time, in milliseconds; null: now. */
  state(sessionId: string, atMs: number | null): Promise<SessionState>;
}
