// What was spent, by row, in columns. Money is two doubles, whole millionths of a dollar and the picodollars left over.

import { Columns } from '../../core/columns/columns.ts';
import { Spending } from '../spending/spending.ts';
import type { SpendingSums } from '../spending/spending.ts';
import { PICO_A_MICRO } from './usage-table.ts';

const SHAPE = { calls: Float64Array, unpriced: Float64Array, input: Float64Array, output: Float64Array, cacheCreation: Float64Array, cacheRead: Float64Array, micro: Float64Array, pico: Int32Array } as const;

export class SpendingRows {
  private readonly columns = new Columns(SHAPE);

  /** Nothing where none was set. */
  at(row: number): Spending {
    const { calls, unpriced, input, output, cacheCreation, cacheRead, micro, pico } = this.columns.of;
    if (row >= calls.length) return new Spending();
    return new Spending().add({
      calls: calls[row] as number, unpriced: unpriced[row] as number, cost: BigInt(micro[row] as number) * PICO_A_MICRO + BigInt(pico[row] as number),
      input: input[row] as number, output: output[row] as number, cacheCreation: cacheCreation[row] as number, cacheRead: cacheRead[row] as number,
    });
  }

  set(row: number, { calls, unpriced, cost, input, output, cacheCreation, cacheRead }: SpendingSums): void {
    this.columns.reserve(row);
    const { of } = this.columns;
    of.calls[row] = calls;
    of.unpriced[row] = unpriced;
    of.micro[row] = Number(cost / PICO_A_MICRO);
    of.pico[row] = Number(cost % PICO_A_MICRO);
    of.input[row] = input;
    of.output[row] = output;
    of.cacheCreation[row] = cacheCreation;
    of.cacheRead[row] = cacheRead;
  }
}
