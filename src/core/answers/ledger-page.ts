// How a session's model calls were counted, and of which lines, as JSON.

import type { AggregateItem } from './aggregate-answer.ts';
import type { Page } from './page.ts';
import type { RatesItem } from './prices-answer.ts';
import type { Usage } from './record.ts';

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
  /** How many lines tell of it. */
  line_count: number;
  /** In the order of the lake; at most 10,000: the first ones, and that which is kept; none where one line told of several calls and another of them is named by it. */
  lines: LedgerLine[];
}

export interface LedgerPage extends Page<LedgerCall> {
  /** Of the session with its subagents: what all counted calls add up to. */
  totals: AggregateItem;
}
