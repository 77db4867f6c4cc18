// The ledger of a session: each model call that it or its subagents had a line of, with its lines, and
// by which rule the call and each line count or do not. What counts adds up to the session's figures.

import { decodeCursor } from '../../core/answers/cursor.ts';
import { fileId } from '../../core/file-entry.ts';
import { grouped } from '../../core/grouped.ts';
import type { LedgerCall, LedgerLine, LedgerPage, LedgerRule } from '../../core/answers/ledger-page.ts';
import { atTier, costOf, periodAt, ratesFor, usdOf } from '../../core/price-book.ts';
import type { PriceBook } from '../../core/price-book.ts';
import type { PageRequest } from '../../core/answers/questions.ts';
import { FLAG } from '../../core/scan-batch.ts';
import { isoOfStored } from '../../core/time/time.ts';
import { spendingOf } from '../book/session-facts.ts';
import type { Directories } from '../names/directories.ts';
import type { FileFacts, FilePages } from '../files/file-pages.ts';
import type { LedgerCallRow, LedgerLineRow } from '../held/ledger-rows.ts';
import { heldLedgerCalls, heldLedgerLines } from '../held/session-ledger.ts';
import { tierOf } from '../spending/service-tiers.ts';
import { pageOf } from './page.ts';
import { ratesItem } from './prices.ts';
import { sessionNumber } from './sessions.ts';
import { usageOf } from './usage.ts';
import type { ViewParts } from './view-parts.ts';

type Cursor = readonly (string | number | null)[] | null;

interface Shown {
  /** One more than asked for, where there is one. */
  calls: readonly LedgerCallRow[];
  /** Of all but that one, by call. */
  lines: ReadonlyMap<string, readonly LedgerLineRow[]>;
}

export async function sessionLedger(parts: ViewParts, sessionId: string, page: PageRequest): Promise<LedgerPage> {
  const session = sessionNumber(parts.names, sessionId);
  const list = `ledger:${sessionId}`;
  const after = page.cursor === undefined ? null : decodeCursor(list, page.cursor);
  const { calls, lines } = (await heldLedger(parts, session, after, page.limit)) ?? (await storedLedger(parts, session, after, page.limit));
  const files = await parts.files.current();
  const book = await parts.rates.book();
  const spent = spendingOf((await parts.book.current()).usage.rowsOf(session));
  const item = (row: LedgerCallRow): LedgerCall => callItem(row, lines.get(keyOf(row)) ?? [], session, { names: parts.names, book, files });
  const answer = pageOf(list, calls, page.limit, item, (row) => [row.best_ms, String(row.message), String(row.request)]);
  return { ...answer, totals: { ...spent.usage, calls: spent.calls, cost_usd: spent.costUsd, unpriced_calls: spent.unpriced } };
}

async function heldLedger(parts: ViewParts, session: number, after: Cursor, limit: number): Promise<Shown | null> {
  const known = await parts.held.withLedger(session);
  if (known === null) return null;
  const { held, calls, elsewhere } = known;
  const found = heldLedgerCalls(held, calls, after, limit + 1);
  return { calls: found, lines: new Map(found.slice(0, limit).map((call) => [keyOf(call), heldLedgerLines(held, elsewhere, call)])) };
}

async function storedLedger({ readers }: ViewParts, session: number, after: Cursor, limit: number): Promise<Shown> {
  const calls = await readers.rows<LedgerCallRow>(callsSql(session, after, limit + 1));
  const shown = calls.slice(0, limit);
  return { calls, lines: grouped(shown.length === 0 ? [] : await readers.rows<LedgerLineRow>(linesSql(shown)), keyOf) };
}

/** Calls in the order of their times. Times that are absent are -1 and come first. */
function callsSql(session: number, after: Cursor, limit: number): string {
  const touched = `SELECT message FROM calls WHERE session_ix = ${session} UNION SELECT call_message FROM records WHERE session_ix = ${session} AND flags & ${FLAG.counted} <> 0`;
  const from = after === null ? 'true' : `(best_ms, message, request) > (${Number(after[0])}, ${BigInt(String(after[1]))}::UBIGINT, ${BigInt(String(after[2]))}::UBIGINT)`;
  return `WITH newest AS (
      SELECT * FROM calls WHERE message IN (${touched}) QUALIFY row_number() OVER (PARTITION BY message, request ORDER BY seq DESC) = 1
    ), judged AS (
      SELECT *, sidechain AND bool_or(NOT sidechain) OVER (PARTITION BY message) AS is_replay, count(*) FILTER (NOT sidechain) OVER (PARTITION BY message) > 1 AS is_ambiguous FROM newest
    ), told AS (SELECT DISTINCT call_message AS message, call_request AS request FROM records WHERE session_ix = ${session} AND flags & ${FLAG.counted} <> 0)
    SELECT j.message, j.request, session_ix, agent_ix, model_ix, best_ms::DOUBLE AS best_ms, input::DOUBLE AS input, output::DOUBLE AS output, cache_creation::DOUBLE AS cache_creation,
      cache_read::DOUBLE AS cache_read, cache_creation_1h::DOUBLE AS cache_creation_1h, tier_ix, web_searches::DOUBLE AS web_searches, is_replay, is_ambiguous
    FROM judged j WHERE (session_ix = ${session} OR EXISTS (SELECT 1 FROM told t WHERE t.message = j.message AND t.request = j.request)) AND ${from}
    ORDER BY best_ms, message, request LIMIT ${limit}`;
}

/** Every line of these calls, wherever it is. */
function linesSql(calls: readonly LedgerCallRow[]): string {
  const pairs = calls.map(({ message, request }) => `(${message}::UBIGINT, ${request}::UBIGINT)`).join(',');
  return `SELECT r.call_message AS message, r.call_request AS request, r.session_ix, r.agent_ix, r.lake_offset::DOUBLE AS lake_offset, r.file_ix, r.line,
      r.byte_offset::DOUBLE AS byte_offset, r.byte_length, r.ts_ms::DOUBLE AS ts_ms, r.model_ix, r.input::DOUBLE AS input, r.output::DOUBLE AS output,
      r.cache_creation::DOUBLE AS cache_creation, r.cache_read::DOUBLE AS cache_read
    FROM records r JOIN (VALUES ${pairs}) c(message, request) ON r.call_message = c.message AND r.call_request = c.request
    WHERE r.flags & ${FLAG.counted} <> 0 ORDER BY r.lake_offset`;
}

function keyOf({ message, request }: Pick<LedgerCallRow, 'message' | 'request'>): string {
  return `${message}/${request}`;
}

interface Around {
  names: Directories;
  book: PriceBook;
  files: FilePages;
}

function pathOf(file: FileFacts | undefined): string {
  return file === undefined ? '' : `${file.root}/${file.path}`;
}

function callItem(row: LedgerCallRow, lines: readonly LedgerLineRow[], session: number, { names, book, files }: Around): LedgerCall {
  const model = names.strings.valueOf(row.model_ix);
  const tier = tierOf(names.strings.valueOf(row.tier_ix));
  const standard = model === null ? null : book.priceOf(model);
  const price = standard === null ? null : atTier(standard, tier);
  const rule: LedgerRule = row.is_replay ? 'replay' : row.session_ix === session ? 'counted' : 'inherited';
  const call = { atMs: row.best_ms, input: row.input, output: row.output, cacheWrite: row.cache_creation, cacheWrite1h: row.cache_creation_1h, cacheRead: row.cache_read, webSearches: row.web_searches };
  const same = lines.filter((line) => isTheCall(line, row));
  const kept = same.find((line) => line.session_ix === row.session_ix) ?? same[0];
  return {
    id: hex(row.message) + (row.request === 0n ? '' : `-${hex(row.request)}`),
    counted: rule === 'counted',
    rule,
    ambiguous: row.is_ambiguous && !row.is_replay,
    owner_session_id: names.sessions.at(row.session_ix)?.id ?? '',
    agent_id: row.agent_ix === 0 ? null : names.agents.idOf(row.agent_ix),
    model,
    at: isoOfStored(row.best_ms),
    usage: usageOf(row),
    cache_creation_1h_input_tokens: row.cache_creation_1h,
    service_tier: tier,
    web_search_requests: row.web_searches,
    cost_usd: price === null ? null : usdOf(costOf(price, call)),
    price: price === null ? null : { priced_as: price.model, source: price.source, date: price.date, ...ratesItem(ratesFor(periodAt(price, row.best_ms), row.input + row.cache_creation + row.cache_read)) },
    lines: lines.map((line) => lineItem(line, line === kept, names, pathOf(files.at(line.file_ix)))),
  };
}

/** Whether the call has this line's figures and time. Of several, the first of the session that has the call. */
function isTheCall(line: LedgerLineRow, call: LedgerCallRow): boolean {
  return line.ts_ms === call.best_ms && line.model_ix === call.model_ix && (['input', 'output', 'cache_creation', 'cache_read'] as const).every((name) => line[name] === call[name]);
}

function lineItem(line: LedgerLineRow, kept: boolean, names: Directories, path: string): LedgerLine {
  return {
    offset: String(line.lake_offset),
    session_id: names.sessions.at(line.session_ix)?.id ?? '',
    agent_id: line.agent_ix === 0 ? null : names.agents.idOf(line.agent_ix),
    file_id: fileId(line.file_ix),
    path,
    line: line.line,
    byte_offset: line.byte_offset,
    byte_length: line.byte_length,
    ts: isoOfStored(line.ts_ms),
    usage: usageOf(line),
    kept,
    rule: kept ? 'largest' : 'repeat',
  };
}

function hex(hash: bigint): string {
  return hash.toString(16).padStart(16, '0');
}
