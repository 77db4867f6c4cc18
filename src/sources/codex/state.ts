// What a Codex line needs to know of the lines before it in its file.

import type { PathFacts, SourceState } from '../adapter.ts';

/** Tokens used by a thread so far: `[input, cached, cacheWrite, output]`, the input with both kinds of cache in it. */
export type Totals = readonly [input: number, cached: number, cacheWrite: number, output: number];

export interface CodexState extends SourceState {
  /** The thread of a subagent, whose session is its root's; null for a thread that is its own session. */
  agent: string | null;
  /** The file's own thread, told by its first meta record. */
  thread: string | null;
  /** Began with another thread's history, or may have. */
  inherits: boolean;
  /** The lines so far are that history. */
  copied: boolean;
  /** The oldest thread whose history the lines so far are of. */
  lineage: string;
  turn: string | null;
  model: string | null;
  cwd: string | null;
  /** A human prompt was seen, so the title by prompt is known. */
  prompted: boolean;
  /** Calls that started an agent, newest last, until they are answered. */
  spawns: string[];
  /** Records so far: where a record stands is its only identity. */
  records: number;
  totals: Totals | null;
}

export function begin(path: PathFacts): CodexState {
  return {
    session: path.session, agent: null, thread: null, inherits: false, copied: false, lineage: path.session, turn: null, model: null,
    cwd: null, prompted: false, spawns: [], records: 0, totals: null,
  };
}

/** A thread never has more agents at once than this waits for. */
const MAX_SPAWNS = 32;

export function addSpawn(state: CodexState, call: string): void {
  state.spawns.push(call);
  if (state.spawns.length > MAX_SPAWNS) state.spawns.shift();
}

const TIMED_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7/i;

/** Ids of threads and turns begin with the time they were made at: a turn older than its thread was copied. */
export function enterTurn(state: CodexState, turn: string | null): void {
  if (turn === null || turn === state.turn) return;
  state.turn = turn;
  if (state.inherits) state.copied = state.thread !== null && TIMED_ID.test(turn) && TIMED_ID.test(state.thread) && timeOf(turn) < timeOf(state.thread);
}

function timeOf(id: string): string {
  return id.slice(0, 13).toLowerCase();
}

/**
 * Items have no id that always is and never repeats. A file's copies, and what it becomes when it is made anew, keep
 * places and times. Agents that start together do so at the same time.
 */
export function identity(ts: number, { agent, records }: CodexState): string {
  const place = Number.isNaN(ts) ? `${records}` : `${records}@${ts}`;
  return agent === null ? place : `${agent}:${place}`;
}
