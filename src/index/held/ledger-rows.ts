// The rows that a ledger is made of, wherever they were read from, and how many of them a page has room for.

import type { RecordRow } from '../rows/record-rows.ts';
import type { StoredCallRow } from '../calls/stored-call.ts';

/** A call that a session or its subagents had a line of, as the newest of its rows says. */
export type LedgerCallRow = Omit<StoredCallRow, 'seq' | 'sidechain' | 'owner_ms' | 'owner_birth_ms'> & { is_replay: boolean; is_ambiguous: boolean };

/** A line of one. */
export type LedgerLineRow = Pick<RecordRow, 'session_ix' | 'agent_ix' | 'lake_offset' | 'file_ix' | 'line' | 'byte_offset' | 'byte_length' | 'ts_ms' | 'model_ix' | 'input' | 'output' | 'cache_creation' | 'cache_read'> & Pick<StoredCallRow, 'message' | 'request'>;

/** What is on a page of a ledger. */
export interface LedgerRows {
  /** One more than there are lines for, where there is one. */
  calls: readonly LedgerCallRow[];
  /** How many of the calls are shown. */
  shown: number;
  /** Of these, by call; at most `LINES_MAX` in all. */
  lines: ReadonlyMap<string, readonly LedgerLineRow[]>;
  /** How many there are, of calls that have more than are shown. */
  counts: ReadonlyMap<string, number>;
}

/** Lines on a page, some 4 MiB: replays and copies may repeat a call any number of times. */
export const LINES_MAX = 10_000;

/** What a line and its call have the same where the call has its figures from it. */
export const SAME_FIGURES = ['model_ix', 'input', 'output', 'cache_creation', 'cache_read'] as const;

/** Whether the call has this line's figures and time. */
export function isTheCall(line: LedgerLineRow, call: LedgerCallRow): boolean {
  return line.ts_ms === call.best_ms && SAME_FIGURES.every((name) => line[name] === call[name]);
}

/** How many of the calls a page has room for that have so many lines each; the first one always. */
export function callsThatFit(counts: readonly number[]): number {
  let lines = 0;
  for (const [call, count] of counts.entries()) {
    lines += count;
    if (call > 0 && lines > LINES_MAX) return call;
  }
  return counts.length;
}

export function keyOf({ message, request }: Pick<LedgerCallRow, 'message' | 'request'>): string {
  return `${message}/${request}`;
}
