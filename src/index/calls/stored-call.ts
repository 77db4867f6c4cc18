// A row of the table `calls` as statements give it: numbers of names, milliseconds (-1 for none), tokens.

import type { DuckDBConnection } from '@duckdb/node-api';
import type { CallVariant } from './call-line.ts';
import { queryRows } from '../store/query.ts';

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

type CallRow = Omit<StoredCallRow, 'seq'>;

/** All requests of these calls, as they were left last. */
export async function readStoredCalls(connection: DuckDBConnection, messages: readonly bigint[]): Promise<{ message: bigint; variant: CallVariant }[]> {
  const rows = await queryRows<CallRow>(
    connection,
    `SELECT message, request, session_ix, agent_ix, sidechain, owner_ms::DOUBLE AS owner_ms, owner_birth_ms::DOUBLE AS owner_birth_ms, model_ix,
      best_ms::DOUBLE AS best_ms, input::DOUBLE AS input, output::DOUBLE AS output, cache_creation::DOUBLE AS cache_creation,
      cache_read::DOUBLE AS cache_read, cache_creation_1h::DOUBLE AS cache_creation_1h, tier_ix, web_searches::DOUBLE AS web_searches
    FROM calls WHERE message IN (${messages.join(',')}) QUALIFY row_number() OVER (PARTITION BY message, request ORDER BY seq DESC) = 1`,
  );
  return rows.map((row) => ({ message: row.message, variant: variantOf(row) }));
}

function variantOf(row: CallRow): CallVariant {
  return {
    request: row.request,
    session: row.session_ix,
    agent: row.agent_ix,
    sidechain: row.sidechain,
    ms: row.owner_ms,
    birthMs: row.owner_birth_ms,
    model: row.model_ix,
    tier: row.tier_ix,
    bestMs: row.best_ms,
    usage: { input: row.input, output: row.output, cacheCreation: row.cache_creation, cacheRead: row.cache_read, cacheCreation1h: row.cache_creation_1h, webSearches: row.web_searches },
  };
}
