// Sums of usage by a number, in columns. Money is two doubles, as in the table they are made from, so every sum is
// exact, and what is taken away again leaves nothing behind.

import { withRow } from '../../core/columns/columns.ts';

/** Columns of sums; a row is a place in each. */
export interface Summed {
  readonly calls: Float64Array;
  /** Of the calls, those without a price. */
  readonly unpriced: Float64Array;
  readonly input: Float64Array;
  readonly output: Float64Array;
  readonly cacheCreation: Float64Array;
  readonly cacheRead: Float64Array;
  /** Cost: millionths of a dollar, and picodollars beside them. */
  readonly micro: Float64Array;
  readonly pico: Float64Array;
}

const NAMES = ['calls', 'unpriced', 'input', 'output', 'cacheCreation', 'cacheRead', 'micro', 'pico'] as const satisfies (keyof Summed)[];

export class SumColumns implements Summed {
  calls = new Float64Array();
  unpriced = new Float64Array();
  input = new Float64Array();
  output = new Float64Array();
  cacheCreation = new Float64Array();
  cacheRead = new Float64Array();
  micro = new Float64Array();
  pico = new Float64Array();

  /** Numbers have sums up to this one, exclusive. */
  get length(): number {
    return this.calls.length;
  }

  /** Adds row `row` of `from` to the sums of number `at`, or takes it away. */
  change(at: number, from: Summed, row: number, sign: 1 | -1): void {
    if (at >= this.length) for (const name of NAMES) this[name] = withRow(this[name], at);
    this.calls[at] = (this.calls[at] as number) + sign * (from.calls[row] as number);
    this.unpriced[at] = (this.unpriced[at] as number) + sign * (from.unpriced[row] as number);
    this.input[at] = (this.input[at] as number) + sign * (from.input[row] as number);
    this.output[at] = (this.output[at] as number) + sign * (from.output[row] as number);
    this.cacheCreation[at] = (this.cacheCreation[at] as number) + sign * (from.cacheCreation[row] as number);
    this.cacheRead[at] = (this.cacheRead[at] as number) + sign * (from.cacheRead[row] as number);
    this.micro[at] = (this.micro[at] as number) + sign * (from.micro[row] as number);
    this.pico[at] = (this.pico[at] as number) + sign * (from.pico[row] as number);
  }
}
