// Sums by moments of time. Moments lie close together, so they are in blocks of columns and found by number: a year of
// quarter hours makes no objects.

import { picodollars } from '../book/group-sums.ts';
import { QUARTER_HOUR_MS } from '../spending/rates.ts';

/** Columns, in the order of time. */
export interface Moments {
  length: number;
  /** Milliseconds; -1 for no time, which is first. */
  at: Float64Array;
  value: Float64Array;
  /** Calls and those without a price are told for costs only. */
  calls: Float64Array;
  unpriced: Float64Array;
}

const BLOCK_SIZE = 256;

class Block {
  readonly value = new Float64Array(BLOCK_SIZE);
  /** Picodollars beside the value. */
  readonly pico = new Float64Array(BLOCK_SIZE);
  readonly calls = new Float64Array(BLOCK_SIZE);
  readonly unpriced = new Float64Array(BLOCK_SIZE);
}

export class MomentSums {
  private readonly grain: number;
  private readonly blocks = new Map<number, Block>();
  private last = -1;
  private block = new Block();

  /** `grain`: milliseconds that moments are a multiple of; itself a multiple of a quarter hour. */
  constructor(grain: number) {
    this.grain = grain;
  }

  /** `bucket`: a quarter hour, -1 for no time. `pico`: of costs, picodollars beside the value, which is microdollars then. */
  add(bucket: number, value: number, calls: number, unpriced = 0, pico = 0): void {
    const number = bucket < 0 ? 0 : Math.floor((bucket * QUARTER_HOUR_MS) / this.grain) + 1;
    const key = Math.floor(number / BLOCK_SIZE);
    // Rows of one time mostly follow one another.
    if (key !== this.last) this.enter(key);
    const { block } = this;
    const place = number % BLOCK_SIZE;
    block.value[place] = (block.value[place] as number) + value;
    block.calls[place] = (block.calls[place] as number) + calls;
    block.unpriced[place] = (block.unpriced[place] as number) + unpriced;
    block.pico[place] = (block.pico[place] as number) + pico;
  }

  /** Moments whose calls come to 0 are left out. */
  moments(isCost: boolean): Moments {
    const all = [...this.blocks].toSorted(([a], [b]) => a - b);
    let length = 0;
    for (const [, { calls }] of all) for (const some of calls) if (some !== 0) length += 1;
    const [at, value, told, unpriced] = [new Float64Array(length), new Float64Array(length), new Float64Array(length), new Float64Array(length)];
    let row = 0;
    for (const [key, block] of all) {
      for (let place = 0; place < BLOCK_SIZE; place++) {
        const calls = block.calls[place] as number;
        if (calls === 0) continue;
        const number = key * BLOCK_SIZE + place;
        at[row] = number === 0 ? -1 : (number - 1) * this.grain;
        value[row] = isCost ? Number(picodollars(block.value[place] as number, block.pico[place] as number)) : (block.value[place] as number);
        told[row] = isCost ? calls : 0;
        unpriced[row] = block.unpriced[place] as number;
        row += 1;
      }
    }
    return { length, at, value, calls: told, unpriced };
  }

  private enter(key: number): void {
    let block = this.blocks.get(key);
    if (block === undefined) this.blocks.set(key, (block = new Block()));
    this.last = key;
    this.block = block;
  }
}
