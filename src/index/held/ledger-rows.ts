// The rows that a ledger is made of, wherever they were read from.

/** A call that a session or its subagents had a line of, as the newest of its rows says. */
export interface LedgerCallRow {
  message: bigint;
  request: bigint;
  session_ix: number;
  agent_ix: number;
  model_ix: number;
  best_ms: number;
  input: number;
  output: number;
  cache_creation: number;
  cache_read: number;
  cache_creation_1h: number;
  tier_ix: number;
  web_searches: number;
  is_replay: boolean;
  is_ambiguous: boolean;
}

export interface LedgerLineRow {
  message: bigint;
  request: bigint;
  session_ix: number;
  agent_ix: number;
  lake_offset: number;
  file_ix: number;
  line: number;
  byte_offset: number;
  byte_length: number;
  ts_ms: number;
  model_ix: number;
  input: number;
  output: number;
  cache_creation: number;
  cache_read: number;
}
