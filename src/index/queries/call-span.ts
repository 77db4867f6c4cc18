// When the first and the last call of a span of time were. Sums say in which quarter hours; of these few calls
// the outermost are looked at until one counts, in plain statements, as one over all calls takes several times longer.

import { grouped } from '../../core/grouped.ts';
import type { Conditions } from '../conditions.ts';
import { QUARTER_HOUR_MS } from '../rates.ts';
import type { Ask, Readers } from '../readers.ts';

interface CallState {
  message: bigint;
  request: bigint;
  seq: number;
  sidechain: boolean;
  ms: number;
}

const STATES = 'SELECT message, request, seq::DOUBLE AS seq, sidechain, best_ms::DOUBLE AS ms FROM calls';

/** Looked at together. */
const CALLS = 64;

/** `from` and `to`: the quarter hours of the first and the last call. `sessions`: a condition on `session_ix`. Null where neither has one that counts. */
export function callSpan(readers: Readers, sessions: Conditions, from: number, to: number): Promise<{ firstMs: number; lastMs: number } | null> {
  return readers.use(async (_connection, ask) => {
    const first = await outermost(ask, sessions, from, (a, b) => a.ms - b.ms);
    const last = first === null ? null : await outermost(ask, sessions, to, (a, b) => b.ms - a.ms);
    return first === null || last === null ? null : { firstMs: first, lastMs: last };
  });
}

async function outermost(ask: Ask, sessions: Conditions, quarter: number, before: (a: CallState, b: CallState) => number): Promise<number | null> {
  const startMs = quarter * QUARTER_HOUR_MS;
  const times = await ask<CallState>(`${STATES} WHERE best_ms >= ${startMs} AND best_ms < ${startMs + QUARTER_HOUR_MS} AND ${sessions.sql}`, sessions.values);
  times.sort(before);
  for (let at = 0; at < times.length; at += CALLS) {
    const some = times.slice(at, at + CALLS);
    const states = await ask<CallState>(`${STATES} WHERE message IN (${some.map(({ message }) => message).join(',')})`);
    const counted = new Set([...grouped(states, ({ message }) => message).values()].flatMap(countedOf).map(keyOf));
    const found = some.find((call) => counted.has(keyOf(call)));
    if (found !== undefined) return found.ms;
  }
  return null;
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
