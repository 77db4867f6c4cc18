// When a session's model calls counted. A call is settled when the line that counts and the line that owns
// it are there, of each of its requests: from then on it counts as it does now. Before, while its lines come, it
// is told from the lines alone.

import type { DuckDBConnection } from '@duckdb/node-api';
import { grouped } from '../../core/grouped.ts';
import { FLAG } from '../../core/scan-batch.ts';
import { CallLedger } from '../calls/call-ledger.ts';
import type { CallNames, Contribution } from '../calls/call-line.ts';
import { callKey } from '../calls/call-table.ts';
import type { Directories } from '../names/directories.ts';
import { queryRows } from '../store/query.ts';
import type { PricedModels } from '../spending/priced-models.ts';
import type { StoredCallRow } from '../calls/stored-call.ts';
import { Spending, spendingOfStored } from '../spending/spending.ts';
import type { SpendingSums, StoredCall } from '../spending/spending.ts';

/** A call that the session has a line of in the time in question. Times are milliseconds. */
export interface CallTime {
  message: bigint;
  touchedMs: number;
  /** Infinity where lines without a time decide. */
  settledMs: number;
  /** What it adds to the session once it is settled. */
  own: Spending;
  all: Spending;
}

/** What a row of `calls` says of one request. */
export type CallVariantRow = Omit<StoredCallRow, 'message' | 'request' | 'seq' | 'owner_birth_ms'>;

const TOKENS = ['input', 'output', 'cache_creation', 'cache_read', 'cache_creation_1h', 'web_searches'].map((name) => `${name}::DOUBLE AS ${name}`).join(', ');

/**
 * Calls that may settle after `after` or are not settled at `upto`: those the session owns with a time in
 * between, those it has a line of in between, and `before`, the unsettled ones at `after`.
 */
export async function callTimes(connection: DuckDBConnection, session: number, after: number, upto: number, before: readonly bigint[], prices: PricedModels): Promise<CallTime[]> {
  const between = (column: string): string => `${column} > ${after} AND ${column} <= ${upto}`;
  const touched = new Map(before.map((message) => [message, after]));
  const lines = `SELECT call_message AS message, min(ts_ms)::DOUBLE AS first_ms FROM records WHERE session_ix = ${session} AND flags & ${FLAG.counted} <> 0 AND ${between('ts_ms')} GROUP BY call_message`;
  const earlier = before.length === 0 ? '' : `UNION ALL SELECT unnest([${before.join(',')}]::UBIGINT[]), ${after}::DOUBLE`;
  const rows = await queryRows<CallVariantRow & { message: bigint; first_ms: number }>(
    connection,
    `WITH touched AS (
      SELECT message, min(first_ms) AS first_ms FROM (
        SELECT message, least(CASE WHEN ${between('owner_ms')} THEN owner_ms ELSE ${upto} END, CASE WHEN ${between('best_ms')} THEN best_ms ELSE ${upto} END)::DOUBLE AS first_ms FROM calls WHERE session_ix = ${session} AND (${between('owner_ms')} OR ${between('best_ms')})
        UNION ALL ${lines} ${earlier}
      ) GROUP BY message
    ) SELECT message, first_ms, session_ix, agent_ix, sidechain, owner_ms::DOUBLE AS owner_ms, best_ms::DOUBLE AS best_ms, model_ix, tier_ix, ${TOKENS}
    FROM (SELECT * FROM calls WHERE message IN (SELECT message FROM touched) QUALIFY row_number() OVER (PARTITION BY message, request ORDER BY seq DESC) = 1) JOIN touched USING (message)`,
  );
  return [...grouped(rows, ({ message }) => message)]
    .map(([message, variants]) => callTimeOf(message, touched.get(message) ?? (variants[0] as { first_ms: number }).first_ms, variants, session, (variant) => spendingOfStored(variant, prices)))
    .filter((time) => time.settledMs > after);
}

/** `variants`: the newest rows of the call, one a request. */
export function callTimeOf<Row extends CallVariantRow>(message: bigint, touchedMs: number, variants: readonly Row[], session: number, spendingOf: (row: Row) => SpendingSums): CallTime {
  const time = { message, touchedMs, settledMs: -1, own: new Spending(), all: new Spending() };
  const onMain = variants.some((variant) => !variant.sidechain);
  for (const variant of variants) {
    for (const ms of [variant.owner_ms, variant.best_ms]) time.settledMs = Math.max(time.settledMs, ms === -1 ? Number.POSITIVE_INFINITY : ms);
    if (variant.session_ix === session && !(variant.sidechain && onMain)) addTo(time, variant.agent_ix, spendingOf(variant));
  }
  return time;
}

interface LineRow {
  message: bigint;
  request: bigint;
  session_ix: number;
  agent_ix: number;
  model_ix: number;
  tier_ix: number;
  web_searches: number;
  flags: number;
  ts_ms: number;
  birth_ms: number;
  input: number;
  output: number;
  cache_creation: number;
  cache_read: number;
  cache_creation_1h: number;
}

/** What calls that are not settled at `upto` add to the session then, by their lines up to there. */
export async function unsettledCalls(connection: DuckDBConnection, session: number, messages: readonly bigint[], upto: number, names: Directories, prices: PricedModels): Promise<{ own: Spending; all: Spending }> {
  const sums = { own: new Spending(), all: new Spending() };
  if (messages.length === 0) return sums;
  const list = messages.join(',');
  // How much of what was written to the cache was kept for an hour, the tier and the searches are known of calls only; the lines of one do not differ in them.
  const rows = await queryRows<LineRow>(
    connection,
    `SELECT r.call_message AS message, r.call_request AS request, r.session_ix, r.agent_ix, r.model_ix, r.flags::INTEGER AS flags, r.ts_ms::DOUBLE AS ts_ms, f.birth_ms::DOUBLE AS birth_ms, r.input::DOUBLE AS input, r.output::DOUBLE AS output,
      r.cache_creation::DOUBLE AS cache_creation, r.cache_read::DOUBLE AS cache_read, least(r.cache_creation, c.kept)::DOUBLE AS cache_creation_1h, c.tier_ix, c.web_searches::DOUBLE AS web_searches
    FROM records r JOIN files f USING (file_ix) JOIN (SELECT message, request, arg_max(cache_creation_1h, seq) AS kept, arg_max(tier_ix, seq) AS tier_ix, arg_max(web_searches, seq) AS web_searches FROM calls WHERE message IN (${list}) GROUP BY message, request) c ON c.message = r.call_message AND c.request = r.call_request
    WHERE r.flags & ${FLAG.counted} <> 0 AND r.ts_ms >= 0 AND r.ts_ms <= ${upto} AND r.call_message IN (${list})`,
  );
  const ledger = new CallLedger(callNames(names));
  for (const row of rows) {
    ledger.add(callKey(row.message, row.request), {
      session: row.session_ix, agent: row.agent_ix, sidechain: row.agent_ix !== 0 || (row.flags & FLAG.sidechain) !== 0, ms: row.ts_ms, birthMs: row.birth_ms, model: row.model_ix, tier: row.tier_ix,
      usage: { input: row.input, output: row.output, cacheCreation: row.cache_creation, cacheRead: row.cache_read, cacheCreation1h: row.cache_creation_1h, webSearches: row.web_searches },
    });
  }
  for (const call of ledger.takeChanges().added) if (call.session === session) addTo(sums, call.agent, spendingOfStored(variantOf(call), prices));
  return sums;
}

function addTo(sums: { own: Spending; all: Spending }, agent: number, spending: SpendingSums): void {
  sums.all.add(spending);
  if (agent === 0) sums.own.add(spending);
}

function callNames({ sessions, agents, strings }: Directories): CallNames {
  return { session: (ix) => sessions.at(ix)?.id ?? '', agent: (ix) => agents.idOf(ix) ?? '', model: (ix) => strings.valueOf(ix) ?? '' };
}

function variantOf({ model, tier, ms, usage }: Contribution): StoredCall {
  return { best_ms: ms, model_ix: model, tier_ix: tier, web_searches: usage.webSearches, input: usage.input, output: usage.output, cache_creation: usage.cacheCreation, cache_read: usage.cacheRead, cache_creation_1h: usage.cacheCreation1h };
}
