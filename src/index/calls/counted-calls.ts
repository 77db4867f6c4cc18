// Which rows of `calls` count: of the states of a request the newest, and no replay beside the call itself.

import { grouped } from '../../core/grouped.ts';

/** A row of `calls`, as far as it says which calls count and when. */
export interface CallState {
  message: bigint;
  request: bigint;
  seq: number;
  sidechain: boolean;
  ms: number;
}

/** All rows of each message are to be there. */
export function countedAmong<State extends CallState>(states: readonly State[]): State[] {
  return [...grouped(states, ({ message }) => message).values()].flatMap((some) => countedOf(some));
}

/** Of the rows of one message: the newest state of each request, without replays in sidechains. */
function countedOf<State extends CallState>(states: readonly State[]): State[] {
  const newest = [...grouped(states, ({ request }) => request).values()].map((some) => some.reduce((a, b) => (b.seq > a.seq ? b : a)));
  const onMain = newest.some(({ sidechain }) => !sidechain);
  return newest.filter(({ sidechain }) => !(sidechain && onMain));
}
