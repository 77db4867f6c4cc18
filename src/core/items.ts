// What the lists and single resources of the API answer, as JSON.

import type { Grouping } from './grouping.ts';
import type { Usage } from './record.ts';
import type { BlockProjection, BurnRate } from './usage-blocks.ts';

export interface Page<T> {
  items: T[];
  has_more: boolean;
  next_cursor: string | null;
}

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

export interface ProjectItem {
  id: string;
  source: string;
  /** The newest working directory seen, the readable name of the project. */
  cwd: string | null;
  session_count: number;
  usage: Usage;
  calls: number;
  cost_usd: number | null;
  /** Of the calls, those without a known price: the cost leaves them out. */
  unpriced_calls: number;
  first_activity: string | null;
  last_activity: string | null;
}

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

/**
 * Why a model call counts for the session or does not: `counted`; `inherited`, another session had it first;
 * `replay`, a side chain repeats what a main thread has under another request.
 */
export type LedgerRule = 'counted' | 'inherited' | 'replay';

/** A line that told of a model call. */
export interface LedgerLine {
  offset: string;
  session_id: string;
  agent_id: string | null;
  file_id: string;
  path: string;
  line: number;
  byte_offset: number;
  byte_length: number;
  ts: string | null;
  /** As the line states it. */
  usage: Usage;
  /** Its figures are the call's. */
  kept: boolean;
  /** `largest`: no other line of the call has more output, none with as much is earlier; `repeat`: one has. */
  rule: 'largest' | 'repeat';
}

export interface LedgerCall {
  id: string;
  counted: boolean;
  rule: LedgerRule;
  /** The same message under several requests on main threads: each is counted, though some gateways use ids again. */
  ambiguous: boolean;
  owner_session_id: string;
  agent_id: string | null;
  model: string | null;
  at: string | null;
  usage: Usage;
  /** The part of what was written to the cache that was kept for an hour. */
  cache_creation_1h_input_tokens: number;
  /** Null: the standard one. */
  service_tier: string | null;
  web_search_requests: number;
  /** Null where the model has no known price. */
  cost_usd: number | null;
  price: ({ priced_as: string; source: string; date: string } & RatesItem) | null;
  /** In the order of the lake; none where one line told of several calls and another of them is named by it. */
  lines: LedgerLine[];
}

export interface LedgerPage extends Page<LedgerCall> {
  /** Of the session with its subagents: what all counted calls add up to. */
  totals: AggregateItem;
}

export interface AgentNode extends AgentItem {
  children: AgentNode[];
}

export interface SessionTree {
  session: SessionItem;
  children: AgentNode[];
}

export interface FileItem {
  id: string;
  source: string;
  project: string;
  path: string;
  /** Where the source's files lie: the beginning of `path`. */
  root: string;
  /** Counts the times this path was replaced by other content. */
  generation: number;
  offset: number;
  size: number;
  /** Bytes in the file that are not indexed yet: at rest, an unfinished last line. */
  lag_bytes: number;
  lines: number;
  rejects: number;
  /** Records in which something is wrong. */
  flagged: number;
  /** By reason, how many lines are rejected for it or flagged. */
  reasons: Record<string, number>;
  archived_bytes: number;
  modified_at: string | null;
  /** `present`, `gone` (deleted at its source) or `replaced` (by a later generation). */
  state: 'present' | 'gone' | 'replaced';
}

/** How many lines of the filter's files have a reason. */
export interface ReasonCount {
  reason: string;
  /** They are records all the same. */
  kept: boolean;
  lines: number;
}

export interface RejectPage extends Page<RejectItem> {
  counts: ReasonCount[];
}

export interface RejectItem {
  offset: string;
  source: string;
  project: string;
  file_id: string;
  path: string;
  line: number;
  byte_offset: number;
  byte_length: number;
  reason: string;
  detail: string | null;
  /** It is a record all the same. */
  kept: boolean;
}

export interface ArchivePartItem {
  id: string;
  path: string;
  source: string;
  month: string;
  rows: number;
  bytes: number;
  source_bytes: number;
  sessions: number;
  sha256: string;
  created_at: string;
}

export interface AggregateItem extends Usage {
  calls: number;
  /** Null where there were calls and none has a known price; null for tools, which have none. */
  cost_usd: number | null;
  /** Of the calls, those without a known price: the cost leaves them out. */
  unpriced_calls: number;
}

export interface ModelUsage extends AggregateItem {
  model: string | null;
}

/** An item of a grouping, under whose name its key stands. */
export type GroupItem = AggregateItem & { breakdown?: ModelUsage[] } & Partial<Record<Grouping, string | null>>;

export interface AggregateAnswer {
  items: GroupItem[];
  totals: AggregateItem & { breakdown?: ModelUsage[] };
  /** Where the prices are from. */
  prices: { source: string; date: string };
}

export interface BlockItem extends AggregateItem {
  started_at: string;
  /** Exclusive. */
  ends_at: string;
  active: boolean;
  models: string[];
  /** These are told of the block that runs now. */
  first_call_at: string | null;
  last_call_at: string | null;
  burn_rate: BurnRate | null;
  projection: BlockProjection | null;
}

export interface BlocksAnswer {
  items: BlockItem[];
  prices: { source: string; date: string };
}

/** USD per million tokens; `web_search`: USD for one. */
export interface RatesItem {
  input: number;
  output: number;
  cache_write: number;
  cache_write_1h: number;
  cache_read: number;
  web_search: number;
}

export interface PricePeriodItem extends RatesItem {
  /** Null: from the beginning, and until further notice. */
  from: string | null;
  until: string | null;
  /** Times of the UTC day, `HH:MM`; null: all day. */
  day_from: string | null;
  day_until: string | null;
  /** What a whole request pays once its input, cached tokens included, is above so many tokens. */
  tiers: (RatesItem & { above: number })[];
}

export interface ModelPriceItem {
  /** As the logs name it. */
  model: string | null;
  calls: number;
  /** The price list's name for it; null where no price is known. */
  priced_as: string | null;
  provider: string | null;
  source: string | null;
  date: string | null;
  /** Rates the source does not state, and what was taken for them. */
  assumed: string[];
  /** By service tier, what a token costs there in multiples of the standard price. */
  service_tiers: Record<string, number>;
  periods: PricePeriodItem[];
}

export interface PricesAnswer {
  source: string;
  date: string;
  /** The file of own prices. */
  overrides: string | null;
  /** Each model that the lake has calls of. */
  items: ModelPriceItem[];
}

export interface ArchiveStatus {
  parts: number;
  bytes: number;
  source_bytes: number;
  /** Bytes of completed sessions that are not archived yet. */
  pending_bytes: number;
  /** Bytes of indexed lines whose file was deleted before they were archived. */
  lost_bytes: number;
  last_error: string | null;
}

export interface Problem {
  /** A stable name, e.g. `unreadable_file`, `compressed_file`, `watch_limit`, `disk_full`. */
  code: string;
  message: string;
  hint: string | null;
  path: string | null;
  since: string;
}

export interface LakeStatus {
  epoch: string;
  top: string;
  files: number;
  bytes_total: number;
  bytes_indexed: number;
  lines: number;
  rejects: number;
  sessions: number;
  archive: ArchiveStatus;
  caught_up: boolean;
  watch_mode: 'watch' | 'sweep' | 'none';
  /** Milliseconds from the newest append seen to its commit; 0 when caught up. */
  lag_ms: number;
  problems: Problem[];
  version: string;
  /** True where the sample shipped with the product is served because no agent's logs were found. */
  sample: boolean;
  roots: { source: string; path: string; exists: boolean }[];
}
