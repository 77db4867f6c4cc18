// Codex tells tokens as the thread's totals so far, often twice a call. A call's usage is what the totals
// grew by; totals that did not move add nothing, and smaller ones are a new beginning.

import type { JsonObject, UsageNumbers } from '../adapter.ts';
import { countOf, objectOf, partOf } from '../json-value.ts';
import type { CodexState, Totals } from './state.ts';

export interface CodexCall {
  usage: UsageNumbers;
  /** The same in every copy of the line. */
  id: string;
}

const NONE: Totals = [0, 0, 0, 0];
/** Turn ids of old versions count from 1 in each session, so only these tell calls of different sessions apart. */
const UNIQUE_TURN = /^[0-9a-f]{8}-[0-9a-f-]{27}$/i;

/** The call a `token_count` event tells of; null where it repeats what is known or tells only rate limits. */
export function callOf(info: JsonObject | null, state: CodexState): CodexCall | null {
  const told = partOf(info?.['total_token_usage']);
  if (told === null) return null;
  const totals = totalsOf(told);
  const before = state.totals;
  if (before !== null && totals.every((value, i) => value === before[i])) return null;
  state.totals = totals;
  const grown = growth(totals, before, lastOf(info), state.inherits);
  if (grown[0] + grown[3] === 0) return null;
  const scope = state.turn !== null && UNIQUE_TURN.test(state.turn) ? state.turn : `${state.lineage}:${state.turn ?? ''}`;
  return { usage: usageOf(grown), id: `codex:${scope}:${totals.join('/')}` };
}

/**
 * What came before the first totals of a thread that goes on from another's is that one's; after totals that
 * shrank, what came before is not known. There the last call's own figures count, as far as the totals bear them.
 */
function growth(totals: Totals, before: Totals | null, last: Totals | null, inherits: boolean): Totals {
  const base = before ?? NONE;
  const shrank = totals[0] < base[0] || totals[3] < base[3];
  if (shrank || (before === null && inherits)) return last === null ? totals : map(totals, (total, i) => Math.min(total, last[i] as number));
  return map(totals, (total, i) => Math.max(0, total - (base[i] as number)));
}

function lastOf(info: JsonObject | null): Totals | null {
  const last = objectOf(info?.['last_token_usage']);
  return last === null ? null : totalsOf(last);
}

/** Reasoning is part of the output. */
function totalsOf(usage: JsonObject): Totals {
  return [countOf(usage['input_tokens']), countOf(usage['cached_input_tokens']), countOf(usage['cache_write_input_tokens']), countOf(usage['output_tokens'])];
}

function usageOf([input, cached, cacheWrite, output]: Totals): UsageNumbers {
  const cacheRead = Math.min(cached, input);
  const cacheCreation = Math.min(cacheWrite, input - cacheRead);
  return { input: input - cacheRead - cacheCreation, output, cacheCreation, cacheRead, cacheCreation1h: 0 };
}

function map(totals: Totals, change: (value: number, i: number) => number): Totals {
  return totals.map(change) as unknown as Totals;
}
