// When the first and the last call of a span of time were. Sums say in which quarter hours; of these few calls
// the outermost are looked at until one counts, in plain statements, as one over all calls takes several times longer.

import type { Conditions } from '../rows/conditions.ts';
import { countedAmong } from '../calls/counted-calls.ts';
import type { CallState } from '../calls/counted-calls.ts';
import { QUARTER_HOUR_MS } from '../spending/rates.ts';
import type { Ask, Readers } from '../store/readers.ts';

const STATES = 'SELECT message, request, seq::DOUBLE AS seq, sidechain, best_ms::DOUBLE AS ms FROM calls';

/** Looked at together, from either end. */
const CALLS = 32;

/** `from` and `to`: the quarter hours of the first and the last call. `sessions`: a condition on `session_ix`. Null where neither quarter hour has a call that counts. */
export function callSpan(readers: Readers, sessions: Conditions, from: number, to: number): Promise<{ firstMs: number; lastMs: number } | null> {
  return readers.use(async (_connection, ask) => {
    const quarters = from === to ? within(from) : `(${within(from)} OR ${within(to)})`;
    const states = (await ask<CallState>(`${STATES} WHERE ${quarters} AND ${sessions.sql}`, sessions.values)).toSorted((a, b) => a.ms - b.ms);
    let first: CallState | undefined;
    let last: CallState | undefined;
    for (let at = 0; at < states.length && (first === undefined || last === undefined); at += CALLS) {
      const heads = first === undefined ? states.slice(at, at + CALLS) : [];
      const tails = last === undefined ? states.slice(Math.max(0, states.length - at - CALLS), states.length - at) : [];
      const counts = await counting(ask, [...heads, ...tails]);
      first ??= heads.find(counts);
      last ??= tails.findLast(counts);
    }
    return first === undefined || last === undefined ? null : { firstMs: first.ms, lastMs: last.ms };
  });
}

function within(quarter: number): string {
  return `(best_ms >= ${quarter * QUARTER_HOUR_MS} AND best_ms < ${(quarter + 1) * QUARTER_HOUR_MS})`;
}

/** Which of them count. */
async function counting(ask: Ask, some: readonly CallState[]): Promise<(call: CallState) => boolean> {
  const messages = new Set(some.map(({ message }) => message));
  const states = await ask<CallState>(`${STATES} WHERE message IN (${[...messages].join(',')})`);
  const counted = new Set(countedAmong(states).map(keyOf));
  return (call) => counted.has(keyOf(call));
}

function keyOf({ message, request, seq }: CallState): string {
  return `${message}/${request}/${seq}`;
}
