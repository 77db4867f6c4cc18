// When the first and the last call of a span of time were. Sums say in which quarter hours; of these few calls
// the outermost are looked at until one counts, in plain statements, as one over all calls takes several times longer.

import { grouped } from '../../core/grouped.ts';
import type { Conditions } from '../conditions.ts';
import { QUARTER_HOUR_MS } from '../rates.ts';
import type { PendingCall } from '../pending-rows.ts';
import type { Ask, Readers } from '../readers.ts';

interface CallState {
  message: bigint;
  request: bigint;
  seq: number;
  sidechain: boolean;
  ms: number;
}

const STATES = 'SELECT message, request, seq::DOUBLE AS seq, sidechain, best_ms::DOUBLE AS ms FROM calls';

/** Calls that are committed and may not be in the tables, and which sessions' are asked for. */
export interface PendingCalls {
  calls: readonly PendingCall[];
  isOf: (session: number) => boolean;
}

const NOTHING_PENDING: PendingCalls = { calls: [], isOf: () => false };

/** Looked at together, from either end. */
const CALLS = 32;

/**
 * `from` and `to`: the quarter hours of the first and the last call. `sessions`: a condition on `session_ix`. `pending`: what the
 * tables may lack. Null where neither quarter hour has a call that counts.
 */
export function callSpan(readers: Readers, sessions: Conditions, from: number, to: number, pending: PendingCalls = NOTHING_PENDING): Promise<{ firstMs: number; lastMs: number } | null> {
  return readers.use(async (_connection, ask) => {
    const quarters = from === to ? within(from) : `(${within(from)} OR ${within(to)})`;
    const later = pending.calls.map(stateOf);
    const ours = pending.calls.filter(({ variant }) => pending.isOf(variant.session)).map(stateOf);
    const stored = await ask<CallState>(`${STATES} WHERE ${quarters} AND ${sessions.sql}`, sessions.values);
    const states = [...stored, ...ours.filter(({ ms }) => [from, to].includes(Math.floor(ms / QUARTER_HOUR_MS)))].toSorted((a, b) => a.ms - b.ms);
    let first: CallState | undefined;
    let last: CallState | undefined;
    for (let at = 0; at < states.length && (first === undefined || last === undefined); at += CALLS) {
      const heads = first === undefined ? states.slice(at, at + CALLS) : [];
      const tails = last === undefined ? states.slice(Math.max(0, states.length - at - CALLS), states.length - at) : [];
      const counts = await counting(ask, [...heads, ...tails], later);
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
async function counting(ask: Ask, some: readonly CallState[], later: readonly CallState[]): Promise<(call: CallState) => boolean> {
  const messages = new Set(some.map(({ message }) => message));
  const stored = await ask<CallState>(`${STATES} WHERE message IN (${[...messages].join(',')})`);
  const states = [...stored, ...later.filter(({ message }) => messages.has(message))];
  const counted = new Set([...grouped(states, ({ message }) => message).values()].flatMap(countedOf).map(keyOf));
  return (call) => counted.has(keyOf(call));
}

/** Of the rows of one message: the newest state of each request, without replays in sidechains. */
function countedOf(states: readonly CallState[]): CallState[] {
  const newest = [...grouped(states, ({ request }) => request).values()].map((some) => some.reduce((a, b) => (b.seq > a.seq ? b : a)));
  const onMain = newest.some(({ sidechain }) => !sidechain);
  return newest.filter(({ sidechain }) => !(sidechain && onMain));
}

function keyOf({ message, request, seq }: CallState): string {
  return `${message}/${request}/${seq}`;
}

function stateOf({ message, variant: { request, sidechain, bestMs }, seq }: PendingCall): CallState {
  return { message, request, seq, sidechain, ms: bestMs };
}
