// Rows of usage, added up, and what they come to as JSON.

import type { AggregateItem } from '../../core/answers/aggregate-answer.ts';
import { shownCost } from '../../core/price-book.ts';
import type { Summed } from './sum-columns.ts';
import { PICO_A_MICRO } from './usage-table.ts';

export class GroupSums {
  calls = 0;
  unpriced = 0;
  input = 0;
  output = 0;
  cacheCreation = 0;
  cacheRead = 0;
  /** Cost: millionths of a dollar, and picodollars beside them. */
  micro = 0;
  pico = 0;

  static of(sums: Pick<GroupSums, 'calls' | 'unpriced' | 'input' | 'output' | 'cacheCreation' | 'cacheRead'>, cost: bigint): GroupSums {
    return Object.assign(new GroupSums(), sums, { micro: Number(cost / PICO_A_MICRO), pico: Number(cost % PICO_A_MICRO) });
  }

  add(from: Summed, row: number): void {
    this.calls += from.calls[row] as number;
    this.unpriced += from.unpriced[row] as number;
    this.input += from.input[row] as number;
    this.output += from.output[row] as number;
    this.cacheCreation += from.cacheCreation[row] as number;
    this.cacheRead += from.cacheRead[row] as number;
    this.micro += from.micro[row] as number;
    this.pico += from.pico[row] as number;
  }

  addSums(other: GroupSums): void {
    this.calls += other.calls;
    this.unpriced += other.unpriced;
    this.input += other.input;
    this.output += other.output;
    this.cacheCreation += other.cacheCreation;
    this.cacheRead += other.cacheRead;
    this.micro += other.micro;
    this.pico += other.pico;
  }

  item(): AggregateItem {
    const { calls, unpriced, input, output, cacheCreation, cacheRead } = this;
    return {
      input_tokens: input, output_tokens: output, cache_creation_input_tokens: cacheCreation, cache_read_input_tokens: cacheRead,
      calls, cost_usd: shownCost(picodollars(this.micro, this.pico), calls, unpriced), unpriced_calls: unpriced,
    };
  }
}

/** A cost of microdollars and picodollars; a number where one is exact, as most are, for it is many times faster. */
export function picodollars(micro: number, pico: number): bigint | number {
  const micros = micro * Number(PICO_A_MICRO);
  const cost = micros + pico;
  return Number.isSafeInteger(micros) && Number.isSafeInteger(cost) ? cost : BigInt(micro) * PICO_A_MICRO + BigInt(pico);
}
