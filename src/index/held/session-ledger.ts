// The ledger of a session that is held: the same as the statements of queries/ledger.ts.

import type { LedgerCallRow, LedgerLineRow } from './ledger-rows.ts';
import type { LinesElsewhere } from './lines-elsewhere.ts';
import type { HeldCall } from './held-call.ts';
import type { SessionCalls } from './session-calls.ts';
import type { SessionRows } from './session-rows.ts';

/** In the order of their times. Times that are absent are -1 and come first. `after`: time, message and request of the call before. */
export function heldLedgerCalls({ session, callLines }: SessionRows, calls: SessionCalls, after: readonly (string | number | null)[] | null, limit: number): LedgerCallRow[] {
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
export function heldLedgerLines(held: SessionRows, elsewhere: LinesElsewhere, { message, request }: LedgerCallRow): LedgerLineRow[] {
  const own = (held.callLines.get(message)?.get(request) ?? []).map((at): LedgerLineRow => Object.assign(held.row(at), { message, request }));
  const others = elsewhere.of(message).filter((line) => line.request === request);
  return others.length === 0 ? own : [...own, ...others].toSorted((a, b) => a.lake_offset - b.lake_offset);
}

type CallKey = Pick<HeldCall, 'best_ms' | 'message' | 'request'>;

function compare(a: CallKey, b: CallKey): number {
  return a.best_ms - b.best_ms || order(a.message, b.message) || order(a.request, b.request);
}

function order(a: bigint, b: bigint): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
