// The ledger of a session: each model call that it or its subagents had a line of, with its lines, and
// by which rule the call and each line count or do not. What counts adds up to the session's figures.

import { decodeCursor } from '../../core/answers/cursor.ts';
import { fileId } from '../../core/file-entry.ts';
import type { LedgerCall, LedgerLine, LedgerPage, LedgerRule } from '../../core/answers/ledger-page.ts';
import { atTier, costOf, periodAt, ratesFor, usdOf } from '../../core/price-book.ts';
import type { PriceBook } from '../../core/price-book.ts';
import type { PageRequest } from '../../core/answers/questions.ts';
import { isoOfStored } from '../../core/time/time.ts';
import { spendingOf } from '../book/session-facts.ts';
import type { Directories } from '../names/directories.ts';
import type { FileFacts, FilePages } from '../files/file-pages.ts';
import { isTheCall, keyOf } from '../held/ledger-rows.ts';
import type { LedgerCallRow, LedgerLineRow, LedgerRows } from '../held/ledger-rows.ts';
import { heldLedger } from '../held/session-ledger.ts';
import { tierOf } from '../spending/service-tiers.ts';
import { storedLedger } from './ledger-calls.ts';
import { pageOf } from './page.ts';
import { ratesItem } from './prices.ts';
import { sessionNumber } from './sessions.ts';
import { usageOf } from './usage.ts';
import type { ViewParts } from './view-parts.ts';

export async function sessionLedger(parts: ViewParts, sessionId: string, page: PageRequest): Promise<LedgerPage> {
  const session = sessionNumber(parts.names, sessionId);
  const list = `ledger:${sessionId}`;
  const after = page.cursor === undefined ? null : decodeCursor(list, page.cursor);
  const { calls, shown, lines, counts } = await rowsOf(parts, session, after, page.limit);
  const files = await parts.files.current();
  const book = await parts.rates.book();
  const spent = spendingOf((await parts.book.current()).usage.rowsOf(session));
  const item = (row: LedgerCallRow): LedgerCall => callItem(row, { lines: lines.get(keyOf(row)) ?? [], count: counts.get(keyOf(row)) }, session, { names: parts.names, book, files });
  const answer = pageOf(list, calls, shown, item, (row) => [row.best_ms, String(row.message), String(row.request)]);
  return { ...answer, totals: { ...spent.usage, calls: spent.calls, cost_usd: spent.costUsd, unpriced_calls: spent.unpriced } };
}

async function rowsOf(parts: ViewParts, session: number, after: readonly (string | number | null)[] | null, limit: number): Promise<LedgerRows> {
  const known = await parts.held.withLedger(session);
  return known === null ? storedLedger(parts.readers, session, after, limit) : heldLedger(known.held, known.calls, known.elsewhere, after, limit);
}

interface Around {
  names: Directories;
  book: PriceBook;
  files: FilePages;
}

function pathOf(file: FileFacts | undefined): string {
  return file === undefined ? '' : `${file.root}/${file.path}`;
}

function callItem(row: LedgerCallRow, { lines, count = lines.length }: { lines: readonly LedgerLineRow[]; count?: number | undefined }, session: number, { names, book, files }: Around): LedgerCall {
  const model = names.strings.valueOf(row.model_ix);
  const tier = tierOf(names.strings.valueOf(row.tier_ix));
  const standard = model === null ? null : book.priceOf(model);
  const price = standard === null ? null : atTier(standard, tier);
  const rule: LedgerRule = row.is_replay ? 'replay' : row.session_ix === session ? 'counted' : 'inherited';
  const call = { atMs: row.best_ms, input: row.input, output: row.output, cacheWrite: row.cache_creation, cacheWrite1h: row.cache_creation_1h, cacheRead: row.cache_read, webSearches: row.web_searches };
  // Of several, the first of the session that has the call.
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
    line_count: count,
    lines: lines.map((line) => lineItem(line, line === kept, names, pathOf(files.at(line.file_ix)))),
  };
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
