// Calls as columns of the `calls` table.

import { INT, NUMBER } from './call-table.ts';
import type { CallTable } from './call-table.ts';

export class CallColumns {
  readonly rows: number;
  readonly message: BigUint64Array;
  readonly request: BigUint64Array;
  readonly session: Int32Array;
  readonly agent: Int32Array;
  readonly model: Int32Array;
  readonly tier: Int32Array;
  readonly sidechain: Uint8Array;
  readonly ms: BigInt64Array;
  readonly birthMs: BigInt64Array;
  readonly bestMs: BigInt64Array;
  readonly input: BigInt64Array;
  readonly output: BigInt64Array;
  readonly cacheCreation: BigInt64Array;
  readonly cacheRead: BigInt64Array;
  readonly cacheCreation1h: BigInt64Array;
  readonly webSearches: BigInt64Array;

  /** Of these rows, as they are now. */
  constructor(table: CallTable, rows: readonly number[]) {
    this.rows = rows.length;
    this.message = table.hashesOf(rows, INT.messageHigh, INT.messageLow);
    this.request = table.hashesOf(rows, INT.requestHigh, INT.requestLow);
    this.session = table.intsOf(rows, INT.session);
    this.agent = table.intsOf(rows, INT.agent);
    this.model = table.intsOf(rows, INT.model);
    this.tier = table.intsOf(rows, INT.tier);
    this.sidechain = Uint8Array.from(table.intsOf(rows, INT.sidechain));
    this.ms = table.numbersOf(rows, NUMBER.ms);
    this.birthMs = table.numbersOf(rows, NUMBER.birthMs);
    this.bestMs = table.numbersOf(rows, NUMBER.bestMs);
    this.input = table.numbersOf(rows, NUMBER.input);
    this.output = table.numbersOf(rows, NUMBER.output);
    this.cacheCreation = table.numbersOf(rows, NUMBER.cacheCreation);
    this.cacheRead = table.numbersOf(rows, NUMBER.cacheRead);
    this.cacheCreation1h = table.numbersOf(rows, NUMBER.cacheCreation1h);
    this.webSearches = table.numbersOf(rows, NUMBER.webSearches);
  }
}
