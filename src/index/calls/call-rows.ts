// Rows of a call table as objects, for whoever holds them on.

import type { CallUsage, CallVariant } from './call-line.ts';
import { hashOf, INT, NONE, NUMBER } from './call-table.ts';
import type { CallTable } from './call-table.ts';

/** A call under one request id, as it is now. */
export interface ChangedCall {
  message: bigint;
  variant: CallVariant;
}

export function messageOf(table: CallTable, row: number): bigint {
  return hashOf(table.int(row, INT.messageHigh), table.int(row, INT.messageLow));
}

/** The calls of these first rows, a request each. */
export function changedCalls(table: CallTable, touched: readonly number[]): ChangedCall[] {
  const calls: ChangedCall[] = [];
  for (const first of touched) {
    for (let row = first; row !== NONE; row = table.int(row, INT.next)) calls.push({ message: messageOf(table, row), variant: variantAt(table, row) });
  }
  return calls;
}

function variantAt(table: CallTable, row: number): CallVariant {
  return {
    request: hashOf(table.int(row, INT.requestHigh), table.int(row, INT.requestLow)), session: table.int(row, INT.session), agent: table.int(row, INT.agent), sidechain: table.int(row, INT.sidechain) === 1,
    ms: table.number(row, NUMBER.ms), birthMs: table.number(row, NUMBER.birthMs), model: table.int(row, INT.model), tier: table.int(row, INT.tier), bestMs: table.number(row, NUMBER.bestMs), usage: usageOf(table, row),
  };
}

export function usageOf(table: CallTable, row: number): CallUsage {
  return {
    input: table.number(row, NUMBER.input), output: table.number(row, NUMBER.output), cacheCreation: table.number(row, NUMBER.cacheCreation), cacheRead: table.number(row, NUMBER.cacheRead),
    cacheCreation1h: table.number(row, NUMBER.cacheCreation1h), webSearches: table.number(row, NUMBER.webSearches),
  };
}
