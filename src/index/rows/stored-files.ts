// What is stored of files once for ever, for who writes further rows of them: numbers alone, for tens of thousands.

import { withRow } from '../../core/columns/columns.ts';
import { HashSet64 } from '../names/hash-set.ts';

/** A hash of what is stored of each file, by its number. */
export class Origins {
  /** One more, 0 for none. */
  private hashes = new Float64Array();

  has(file: number): boolean {
    return this.get(file) !== undefined;
  }

  get(file: number): number | undefined {
    const hash = this.hashes[file] ?? 0;
    return hash === 0 ? undefined : hash - 1;
  }

  /** `hash`: a whole number below 2^53. */
  set(file: number, hash: number): void {
    this.hashes = withRow(this.hashes, file);
    this.hashes[file] = hash + 1;
  }
}

/** Whole numbers below 2^53. */
export class NumberSet {
  private readonly numbers = new HashSet64();

  has(number: number): boolean {
    return this.numbers.has(Math.floor(number / 2 ** 32), number >>> 0);
  }

  add(number: number): void {
    this.numbers.add(Math.floor(number / 2 ** 32), number >>> 0);
  }
}
