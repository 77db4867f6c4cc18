// The ledger of a session that is held: the same as the statements of queries/ledger-calls.ts.

import { LINES_MAX, callsThatFit, isTheCall, keyOf } from './ledger-rows.ts';
import type { LedgerCallRow, LedgerLineRow, LedgerRows } from './ledger-rows.ts';
import type { LinesElsewhere } from './lines-elsewhere.ts';
import type { HeldCall } from './held-call.ts';
import type { SessionCalls } from './session-calls.ts';
import type { SessionRows } from './session-rows.ts';

/** Calls in the order of their times. Times that are absent are -1 and come first. `after`: time, message and request of the call before. */
export function heldLedger(held: SessionRows, calls: SessionCalls, elsewhere: LinesElsewhere, after: readonly (string | number | null)[] | null, limit: number): LedgerRows {
  const found = callsAfter(held, calls, after, limit + 1);
  const shown = callsThatFit(found.slice(0, limit).map((call) => ownLines(held, call).length + linesElsewhere(elsewhere, call).length));
  const lines = new Map(found.slice(0, shown).map((call) => [keyOf(call), linesOf(held, elsewhere, call)]));
  const cut = found.slice(0, shown).filter((call) => (lines.get(keyOf(call))?.length ?? 0) > LINES_MAX);
  const counts = new Map(cut.map((call) => [keyOf(call), lines.get(keyOf(call))?.length ?? 0]));
  for (const call of cut) lines.set(keyOf(call), someOf(lines.get(keyOf(call)) ?? [], call));
  return { calls: found.slice(0, shown + 1), shown, lines, counts };
}

function callsAfter({ session, callLines }: SessionRows, calls: SessionCalls, after: readonly (string | number | null)[] | null, limit: number): LedgerCallRow[] {
  const from = after === null ? null : { best_ms: Number(after[0]), message: BigInt(String(after[1])), request: BigInt(String(after[2])) };
  const found: HeldCall[] = [];
  for (const requests of calls.all) {
    for (const call of requests) {
      if ((call.session_ix === session || callLines.get(call.message)?.has(call.request) === true) && (from === null || compare(call, from) > 0)) found.push(call);
    }
  }
  return found.toSorted(compare).slice(0, limit).map((call) => judged(call, calls.of(call.message)));
}

/** `requests`: of the same message. */
function judged(call: HeldCall, requests: readonly HeldCall[]): LedgerCallRow {
  const onMain = requests.filter(({ sidechain }) => !sidechain).length;
  return { ...call, is_replay: call.sidechain && onMain > 0, is_ambiguous: onMain > 1 };
}

/** Every line of the call, wherever it is. */
function linesOf(held: SessionRows, elsewhere: LinesElsewhere, call: LedgerCallRow): LedgerLineRow[] {
  const { message, request } = call;
  const own = ownLines(held, call).map((at): LedgerLineRow => Object.assign(held.row(at), { message, request }));
  const others = linesElsewhere(elsewhere, call);
  return others.length === 0 ? own : [...own, ...others].toSorted((a, b) => a.lake_offset - b.lake_offset);
}

function ownLines({ callLines }: SessionRows, { message, request }: LedgerCallRow): readonly number[] {
  return callLines.get(message)?.get(request) ?? [];
}

function linesElsewhere(elsewhere: LinesElsewhere, { message, request }: LedgerCallRow): readonly LedgerLineRow[] {
  return elsewhere.of(message).filter((line) => line.request === request);
}

/** The first ones, and that which counts. */
function someOf(lines: readonly LedgerLineRow[], call: LedgerCallRow): LedgerLineRow[] {
  const [same, others] = [lines.filter((line) => isTheCall(line, call)), lines.filter((line) => !isTheCall(line, call))];
  return [...same, ...others].slice(0, LINES_MAX).toSorted((a, b) => a.lake_offset - b.lake_offset);
}

type CallKey = Pick<HeldCall, 'best_ms' | 'message' | 'request'>;

function compare(a: CallKey, b: CallKey): number {
  return a.best_ms - b.best_ms || order(a.message, b.message) || order(a.request, b.request);
}

function order(a: bigint, b: bigint): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
