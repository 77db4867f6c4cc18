// A row of the table `calls` as statements give it: numbers of names, milliseconds (-1 for none), tokens.

/** What of it the cost of a call depends on. */
export interface PricedColumns {
  model_ix: number;
  tier_ix: number;
  input: number;
  output: number;
  cache_creation: number;
  cache_read: number;
  cache_creation_1h: number;
  web_searches: number;
}

export interface StoredCallRow extends PricedColumns {
  message: bigint;
  request: bigint;
  /** The commit that left it so. */
  seq: number;
  session_ix: number;
  agent_ix: number;
  sidechain: boolean;
  owner_ms: number;
  owner_birth_ms: number;
  best_ms: number;
}
