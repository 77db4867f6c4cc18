// A model call as sessions that are held have it, and where it is read from: the table, or a commit that is not in
// it yet.

import type { DuckDBDataChunk } from '@duckdb/node-api';
import { copyInt64 } from '../store/int64.ts';
import type { PendingCall } from '../writer/pending-rows.ts';
import type { Readers } from '../store/readers.ts';
import type { StoredCallRow } from '../calls/stored-call.ts';
import { fixedColumn } from '../store/vectors.ts';

export type HeldCall = Omit<StoredCallRow, 'owner_birth_ms'> & {
  /** The earliest of the times that this row and those before it say. */
  earliest_ms: number;
};

const HASHES = ['message', 'request'] as const;
const NUMBERS = ['session_ix', 'agent_ix', 'model_ix', 'tier_ix'] as const;
/** Stored as 64-bit integers. */
const LONG = ['seq', 'owner_ms', 'best_ms', 'input', 'output', 'cache_creation', 'cache_read', 'cache_creation_1h', 'web_searches'] as const;
/** As they are stored: for few rows, planning casts takes longer than making them here. */
const COLUMNS = [...HASHES, ...NUMBERS, ...LONG, 'sidechain'].join(', ');

/** `where`: a condition on the table. All are in memory at once. */
export async function readHeldCalls(readers: Readers, where: string): Promise<HeldCall[]> {
  const chunks = await readers.chunks(`SELECT ${COLUMNS} FROM calls WHERE ${where}`);
  return chunks.flatMap(callsOf);
}

function callsOf(chunk: DuckDBDataChunk): HeldCall[] {
  let column = 0;
  const [message, request] = HASHES.map(() => fixedColumn(chunk, column++, BigUint64Array)) as [BigUint64Array, BigUint64Array];
  const numbers = NUMBERS.map(() => fixedColumn(chunk, column++, Int32Array));
  const [session, agent, model, tier] = numbers as [Int32Array, Int32Array, Int32Array, Int32Array];
  const long = LONG.map(() => doublesOf(fixedColumn(chunk, column++, BigInt64Array)));
  const [seq, ownerMs, bestMs, input, output, cacheCreation, cacheRead, cacheCreation1h, webSearches] = long as [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
  const sidechain = fixedColumn(chunk, column, Uint8Array);
  return Array.from({ length: chunk.rowCount }, (_, i) => ({
    message: message[i] as bigint, request: request[i] as bigint, seq: seq[i] as number, session_ix: session[i] as number, agent_ix: agent[i] as number, sidechain: sidechain[i] === 1,
    owner_ms: ownerMs[i] as number, best_ms: bestMs[i] as number, model_ix: model[i] as number, tier_ix: tier[i] as number, earliest_ms: Math.min(ownerMs[i] as number, bestMs[i] as number),
    input: input[i] as number, output: output[i] as number, cache_creation: cacheCreation[i] as number, cache_read: cacheRead[i] as number, cache_creation_1h: cacheCreation1h[i] as number, web_searches: webSearches[i] as number,
  }));
}

function doublesOf(from: BigInt64Array): Float64Array {
  const into = new Float64Array(from.length);
  copyInt64(from, into, 0);
  return into;
}

export function heldCallOf({ message, variant, seq }: PendingCall): HeldCall {
  const { request, session, agent, sidechain, ms, bestMs, model, tier, usage } = variant;
  return {
    message, request, seq, session_ix: session, agent_ix: agent, sidechain, owner_ms: ms, best_ms: bestMs, model_ix: model, tier_ix: tier, earliest_ms: Math.min(ms, bestMs),
    input: usage.input, output: usage.output, cache_creation: usage.cacheCreation, cache_read: usage.cacheRead, cache_creation_1h: usage.cacheCreation1h, web_searches: usage.webSearches,
  };
}
