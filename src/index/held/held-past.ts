// A session's past as the rows that are held tell it. Not of records that have newer versions: what of those was
// told before is found by the database.

import { FLAG } from '../../core/scan-batch.ts';
import type { PricedModels } from '../spending/priced-models.ts';
import { callTimeOf } from '../state/call-times.ts';
import type { CallTime } from '../state/call-times.ts';
import type { FoldSlice, KnownLake, Past } from '../state/past.ts';
import type { FoldRow } from '../state/state-fold.ts';
import type { SessionCalls } from './session-calls.ts';
import type { SessionRows } from './session-rows.ts';

export class HeldPast implements Past {
  private readonly held: SessionRows;
  private readonly sessionCalls: SessionCalls;
  private readonly prices: PricedModels;

  constructor(held: SessionRows, calls: SessionCalls, prices: PricedModels) {
    this.held = held;
    this.sessionCalls = calls;
    this.prices = prices;
  }

  async changedSince({ upto, seq }: KnownLake): Promise<KnownLake & { changedMs: number }> {
    const { held, sessionCalls: calls } = this;
    const { doubles: { ts_ms: ts }, last } = held.columns;
    let changedMs = Number.POSITIVE_INFINITY;
    const change = (ms: number): unknown => (changedMs = Math.min(changedMs, ms));
    const changeRow = (at: number): unknown => (ts[at] as number) >= 0 && change(ts[at] as number);
    for (let at = held.firstFrom(upto + 1); at < held.rows; at++) changeRow(at);
    for (const variants of calls.all) {
      if (!variants.some((call) => call.seq > seq)) continue;
      for (const { message, earliest_ms: earliest } of variants) {
        change(earliest);
        for (const [, lines] of held.callLines.get(message) ?? []) for (const at of lines) changeRow(at);
      }
    }
    return { upto: last, seq: calls.last, changedMs };
  }

  async rows(after: number, upto: number, limit: number): Promise<FoldSlice> {
    const { held, held: { byTime, columns: { doubles: { ts_ms: ts } } } } = this;
    const rows: FoldRow[] = [];
    for (let i = firstBehind(byTime, ts, after); i < byTime.length; i++) {
      const at = byTime[i] as number;
      const ms = ts[at] as number;
      if (ms > upto) break;
      // Of one time all rows belong together.
      if (rows.length >= limit && ms > (rows.at(-1) as FoldRow).ts) return { rows, upto: ms - 1 };
      if (!held.has(at, FLAG.duplicate)) rows.push(this.row(at));
    }
    return { rows, upto };
  }

  async calls(after: number, upto: number, before: readonly bigint[]): Promise<CallTime[]> {
    const { held, sessionCalls: known, prices } = this;
    const { doubles: { ts_ms: ts } } = held.columns;
    const earlier = new Set(before);
    const times: CallTime[] = [];
    const isBetween = (ms: number): boolean => ms > after && ms <= upto;
    for (const variants of known.all) {
      const { message } = variants[0] as { message: bigint };
      let first = earlier.has(message) ? after : Number.POSITIVE_INFINITY;
      const touch = (ms: number): void => {
        if (isBetween(ms)) first = Math.min(first, ms);
      };
      for (const call of variants) {
        if (call.session_ix !== held.session) continue;
        touch(call.owner_ms);
        touch(call.best_ms);
      }
      for (const [, lines] of held.callLines.get(message) ?? []) for (const at of lines) touch(ts[at] as number);
      if (first === Number.POSITIVE_INFINITY) continue;
      const time = callTimeOf(message, first, variants, held.session, (call) => known.spendingOf(call, prices));
      if (time.settledMs > after) times.push(time);
    }
    return times;
  }

  private row(at: number): FoldRow {
    const { columns, columns: { doubles, integers } } = this.held;
    return { ts: doubles.ts_ms[at] as number, offset: doubles.lake_offset[at] as number, agent: integers.agent_ix[at] as number, flags: integers.flags[at] as number, tools: columns.tools(at), results: columns.toolResults(at), toldError: false };
  }
}

/** The first place in `byTime` whose time is after this one. */
function firstBehind(byTime: Int32Array, ts: Float64Array, after: number): number {
  let [low, high] = [0, byTime.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ts[byTime[middle] as number] as number) > after) high = middle;
    else low = middle + 1;
  }
  return low;
}
