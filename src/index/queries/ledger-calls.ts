// A page of a ledger from the database. Nothing is made of all calls of the session: those that come next by time are
// taken as any of their rows tells it, and then looked at as the newest tells it.

import { grouped } from '../../core/grouped.ts';
import { FLAG } from '../../core/scan-batch.ts';
import { LINES_MAX, SAME_FIGURES, callsThatFit, keyOf } from '../held/ledger-rows.ts';
import type { LedgerCallRow, LedgerLineRow, LedgerRows } from '../held/ledger-rows.ts';
import type { Readers } from '../store/readers.ts';

type Key = Pick<LedgerCallRow, 'best_ms' | 'message' | 'request'>;
type Cursor = readonly (string | number | null)[] | null;

/** Calls have a row more each time a line changes them: mostly one or two. */
const ROWS_PER_CALL = 2;

export async function storedLedger(readers: Readers, session: number, after: Cursor, limit: number): Promise<LedgerRows> {
  const calls = await callsAfter(readers, session, after, limit + 1);
  const page = calls.slice(0, limit);
  const lines = page.length === 0 ? [] : await readers.rows<LedgerLineRow>(`${linesSql(page)} LIMIT ${LINES_MAX + 1}`);
  if (lines.length <= LINES_MAX) return { calls, shown: page.length, lines: byCall(lines), counts: new Map() };
  return tooManyLines(readers, calls, page);
}

/** As many calls as there is room for their lines, or some lines of one call. */
async function tooManyLines(readers: Readers, calls: readonly LedgerCallRow[], page: readonly LedgerCallRow[]): Promise<LedgerRows> {
  const told = await readers.rows<Pick<LedgerLineRow, 'message' | 'request'> & { lines: number }>(countsSql(page));
  const counts = new Map(told.map((call) => [keyOf(call), call.lines]));
  const shown = callsThatFit(page.map((call) => counts.get(keyOf(call)) ?? 0));
  const some = page.slice(0, shown);
  const [first] = some;
  // Of one call with more: the first ones, and that which counts.
  const order = first === undefined || shown > 1 ? '' : `ORDER BY r.ts_ms = ${first.best_ms} AND ${SAME_FIGURES.map((name) => `r.${name} = ${first[name]}`).join(' AND ')} DESC, r.lake_offset`;
  const lines = await readers.rows<LedgerLineRow>(`${linesSql(some)} ${order} LIMIT ${LINES_MAX}`);
  return { calls: calls.slice(0, shown + 1), shown, lines: byCall(lines), counts: new Map([...counts].filter(([, count]) => count > LINES_MAX)) };
}

function byCall(lines: readonly LedgerLineRow[]): Map<string, LedgerLineRow[]> {
  return grouped(lines.toSorted((a, b) => a.lake_offset - b.lake_offset), keyOf);
}

/** In the order of their times. Times that are absent are -1 and come first. */
async function callsAfter(readers: Readers, session: number, after: Cursor, limit: number): Promise<LedgerCallRow[]> {
  const found = new Map<string, LedgerCallRow>();
  let from = after === null ? null : { best_ms: Number(after[0]), message: BigInt(String(after[1])), request: BigInt(String(after[2])) };
  for (;;) {
    const rows = await readers.rows<Key>(nextSql(session, from, limit * ROWS_PER_CALL));
    const newest = await newestCalls(readers, session, rows);
    for (const row of rows) {
      const call = newest.get(keyOf(row));
      // Another of its rows is where it is now.
      if (call?.best_ms === row.best_ms) found.set(keyOf(call), call);
    }
    from = rows.at(-1) ?? null;
    if (found.size >= limit || rows.length < limit * ROWS_PER_CALL || from === null) return [...found.values()].slice(0, limit);
  }
}

/** The newest rows of these calls, of those that the session owns or has a line of. */
async function newestCalls(readers: Readers, session: number, rows: readonly Key[]): Promise<Map<string, LedgerCallRow>> {
  if (rows.length === 0) return new Map();
  const calls = await readers.rows<LedgerCallRow>(newestSql(rows));
  const others = calls.filter(({ session_ix: owner }) => owner !== session);
  const told = others.length === 0 ? [] : await readers.rows<Pick<Key, 'message' | 'request'>>(toldSql(session, others));
  const known = new Set(told.map(keyOf));
  return new Map(calls.filter((call) => call.session_ix === session || known.has(keyOf(call))).map((call) => [keyOf(call), call]));
}

function nextSql(session: number, from: Key | null, limit: number): string {
  const told = `SELECT call_message FROM records WHERE session_ix = ${session} AND flags & ${FLAG.counted} <> 0`;
  const after = from === null ? 'true' : `best_ms >= ${from.best_ms} AND (best_ms, message, request) > (${from.best_ms}, ${from.message}::UBIGINT, ${from.request}::UBIGINT)`;
  return `SELECT best_ms::DOUBLE AS best_ms, message, request FROM calls WHERE (session_ix = ${session} OR message IN (${told})) AND ${after} ORDER BY calls.best_ms, message, request LIMIT ${limit}`;
}

function newestSql(rows: readonly Key[]): string {
  return `WITH newest AS (
      SELECT * FROM calls WHERE message IN (${messagesOf(rows)}) QUALIFY row_number() OVER (PARTITION BY message, request ORDER BY seq DESC) = 1
    )
    SELECT message, request, session_ix, agent_ix, model_ix, best_ms::DOUBLE AS best_ms, input::DOUBLE AS input, output::DOUBLE AS output, cache_creation::DOUBLE AS cache_creation,
      cache_read::DOUBLE AS cache_read, cache_creation_1h::DOUBLE AS cache_creation_1h, tier_ix, web_searches::DOUBLE AS web_searches,
      sidechain AND bool_or(NOT sidechain) OVER (PARTITION BY message) AS is_replay, count(*) FILTER (NOT sidechain) OVER (PARTITION BY message) > 1 AS is_ambiguous
    FROM newest`;
}

function toldSql(session: number, calls: readonly Key[]): string {
  return `SELECT DISTINCT call_message AS message, call_request AS request FROM records WHERE session_ix = ${session} AND flags & ${FLAG.counted} <> 0 AND call_message IN (${messagesOf(calls)})`;
}

function messagesOf(rows: readonly Pick<Key, 'message'>[]): string {
  return [...new Set(rows.map(({ message }) => message))].join(',');
}

/** Lines of these calls, wherever they are. */
function fromLines(calls: readonly LedgerCallRow[]): string {
  const pairs = calls.map(({ message, request }) => `(${message}::UBIGINT, ${request}::UBIGINT)`).join(',');
  return `FROM records r JOIN (VALUES ${pairs}) c(message, request) ON r.call_message = c.message AND r.call_request = c.request WHERE r.flags & ${FLAG.counted} <> 0`;
}

function linesSql(calls: readonly LedgerCallRow[]): string {
  return `SELECT r.call_message AS message, r.call_request AS request, r.session_ix, r.agent_ix, r.lake_offset::DOUBLE AS lake_offset, r.file_ix, r.line,
      r.byte_offset::DOUBLE AS byte_offset, r.byte_length, r.ts_ms::DOUBLE AS ts_ms, r.model_ix, r.input::DOUBLE AS input, r.output::DOUBLE AS output,
      r.cache_creation::DOUBLE AS cache_creation, r.cache_read::DOUBLE AS cache_read ${fromLines(calls)}`;
}

function countsSql(calls: readonly LedgerCallRow[]): string {
  return `SELECT r.call_message AS message, r.call_request AS request, count(*)::DOUBLE AS lines ${fromLines(calls)} GROUP BY ALL`;
}
