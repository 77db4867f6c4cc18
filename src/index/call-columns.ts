// Calls as columns of the `calls` table.

import type { CallVariant } from './call-ledger.ts';
import { setInt64, wordsOf } from './int64.ts';

const INT64S = ['seq', 'ms', 'birthMs', 'bestMs', 'input', 'output', 'cacheCreation', 'cacheRead', 'cacheCreation1h', 'webSearches'] as const;

export class CallColumns {
  readonly message: BigUint64Array;
  readonly request: BigUint64Array;
  readonly session: Int32Array;
  readonly agent: Int32Array;
  readonly model: Int32Array;
  readonly tier: Int32Array;
  readonly sidechain: Uint8Array;
  readonly seq: BigInt64Array;
  readonly ms: BigInt64Array;
  readonly birthMs: BigInt64Array;
  readonly bestMs: BigInt64Array;
  readonly input: BigInt64Array;
  readonly output: BigInt64Array;
  readonly cacheCreation: BigInt64Array;
  readonly cacheRead: BigInt64Array;
  readonly cacheCreation1h: BigInt64Array;
  readonly webSearches: BigInt64Array;
  /** Of the columns of `INT64S`, in that order. */
  private readonly words: Int32Array[];

  constructor(rows: number) {
    this.message = new BigUint64Array(rows);
    this.request = new BigUint64Array(rows);
    this.session = new Int32Array(rows);
    this.agent = new Int32Array(rows);
    this.model = new Int32Array(rows);
    this.tier = new Int32Array(rows);
    this.sidechain = new Uint8Array(rows);
    this.seq = new BigInt64Array(rows);
    this.ms = new BigInt64Array(rows);
    this.birthMs = new BigInt64Array(rows);
    this.bestMs = new BigInt64Array(rows);
    this.input = new BigInt64Array(rows);
    this.output = new BigInt64Array(rows);
    this.cacheCreation = new BigInt64Array(rows);
    this.cacheRead = new BigInt64Array(rows);
    this.cacheCreation1h = new BigInt64Array(rows);
    this.webSearches = new BigInt64Array(rows);
    this.words = INT64S.map((name) => wordsOf(this[name]));
  }

  set(row: number, message: bigint, variant: CallVariant, seq: number): void {
    this.message[row] = message;
    this.request[row] = variant.request;
    this.session[row] = variant.session;
    this.agent[row] = variant.agent;
    this.model[row] = variant.model;
    this.tier[row] = variant.tier;
    this.sidechain[row] = variant.sidechain ? 1 : 0;
    const { input, output, cacheCreation, cacheRead, cacheCreation1h, webSearches } = variant.usage;
    const numbers = [seq, variant.ms, variant.birthMs, variant.bestMs, input, output, cacheCreation, cacheRead, cacheCreation1h, webSearches];
    for (let i = 0; i < numbers.length; i++) setInt64(this.words[i] as Int32Array, row, numbers[i] as number);
  }
}
