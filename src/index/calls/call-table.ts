// Calls in memory: one row a request of a call, in two arrays of numbers, the rows of one message linked. As objects
// and maps by BigInts those of a first index were a third of all its garbage.

import { setInt64, wordsOf } from '../store/int64.ts';

/** Columns of whole numbers. Hashes are two words each. */
export const INT = { messageHigh: 0, messageLow: 1, requestHigh: 2, requestLow: 3, session: 4, agent: 5, model: 6, tier: 7, sidechain: 8, next: 9, turn: 10, unstored: 11 } as const;
/** Columns of other numbers. Times are milliseconds, -1 for none. */
export const NUMBER = { ms: 0, birthMs: 1, bestMs: 2, input: 3, output: 4, cacheCreation: 5, cacheRead: 6, cacheCreation1h: 7, webSearches: 8 } as const;

const INTS = 12;
const NUMBERS = 9;
const FIRST_ROWS = 256;
const LOW_WORD = 0xffff_ffffn;
/** No row. */
export const NONE = -1;

/** A call and one of its requests, each by the two words of its hash. */
export interface CallKey {
  messageHigh: number;
  messageLow: number;
  requestHigh: number;
  requestLow: number;
}

export function callKey(message: bigint, request: bigint): CallKey {
  return { messageHigh: Number(message >> 32n), messageLow: Number(message & LOW_WORD), requestHigh: Number(request >> 32n), requestLow: Number(request & LOW_WORD) };
}

/** The hash of two words of a row. */
export function hashOf(high: number, low: number): bigint {
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}

export class CallTable {
  rows = 0;
  private ints = new Int32Array(FIRST_ROWS * INTS);
  private numbers = new Float64Array(FIRST_ROWS * NUMBERS);
  /** The first row of each message and 1, 0 for none; at most a quarter full. */
  private slots = new Int32Array(FIRST_ROWS * 4);

  /** `column`: one of `INT`. */
  int(row: number, column: number): number {
    return this.ints[row * INTS + column] as number;
  }

  setInt(row: number, column: number, value: number): void {
    this.ints[row * INTS + column] = value;
  }

  /** `column`: one of `NUMBER`. */
  number(row: number, column: number): number {
    return this.numbers[row * NUMBERS + column] as number;
  }

  setNumber(row: number, column: number, value: number): void {
    this.numbers[row * NUMBERS + column] = value;
  }

  /** The first row of a message; the others follow by `next`. */
  find(high: number, low: number): number {
    return (this.slots[this.slotOf(high, low)] as number) - 1;
  }

  /** The row of a call's request, of which `first` is the first. */
  findRequest(first: number, { requestHigh, requestLow }: CallKey): number {
    let row = first;
    while (row !== NONE && (this.int(row, INT.requestHigh) !== (requestHigh | 0) || this.int(row, INT.requestLow) !== (requestLow | 0))) row = this.int(row, INT.next);
    return row;
  }

  /** A further row, of zeros; there must be none of its key. */
  insert(key: CallKey): number {
    if (this.rows * INTS === this.ints.length) this.grow();
    const row = this.rows++;
    this.setInt(row, INT.messageHigh, key.messageHigh);
    this.setInt(row, INT.messageLow, key.messageLow);
    this.setInt(row, INT.requestHigh, key.requestHigh);
    this.setInt(row, INT.requestLow, key.requestLow);
    this.link(row);
    return row;
  }

  /** A column of these rows; `column`: one of `INT`. */
  intsOf(rows: readonly number[], column: number): Int32Array {
    const { ints } = this;
    const to = new Int32Array(rows.length);
    for (let i = 0; i < rows.length; i++) to[i] = ints[(rows[i] as number) * INTS + column] as number;
    return to;
  }

  /** The same; `column`: one of `NUMBER`. */
  numbersOf(rows: readonly number[], column: number): BigInt64Array {
    const { numbers } = this;
    const to = new BigInt64Array(rows.length);
    const words = wordsOf(to);
    for (let i = 0; i < rows.length; i++) setInt64(words, i, numbers[(rows[i] as number) * NUMBERS + column] as number);
    return to;
  }

  /** Hashes of these rows by their two columns. */
  hashesOf(rows: readonly number[], high: number, low: number): BigUint64Array {
    const { ints } = this;
    const words = new Int32Array(rows.length * 2);
    for (let i = 0; i < rows.length; i++) {
      const at = (rows[i] as number) * INTS;
      words[i * 2] = ints[at + low] as number;
      words[i * 2 + 1] = ints[at + high] as number;
    }
    return new BigUint64Array(words.buffer);
  }

  /** A copy without the messages whose first row is not to be kept. */
  with(isKept: (first: number) => boolean): CallTable {
    const to = new CallTable();
    for (let row = 0; row < this.rows; row++) {
      if (!isKept(this.find(this.int(row, INT.messageHigh), this.int(row, INT.messageLow)))) continue;
      if (to.rows * INTS === to.ints.length) to.grow();
      const at = to.rows++;
      for (let i = 0; i < INTS; i++) to.ints[at * INTS + i] = this.ints[row * INTS + i] as number;
      for (let i = 0; i < NUMBERS; i++) to.numbers[at * NUMBERS + i] = this.numbers[row * NUMBERS + i] as number;
      to.link(at);
    }
    return to;
  }

  /** Behind the rows of its message that are there. */
  private link(row: number): void {
    this.setInt(row, INT.next, NONE);
    const slot = this.slotOf(this.int(row, INT.messageHigh), this.int(row, INT.messageLow));
    let last = (this.slots[slot] as number) - 1;
    if (last === NONE) {
      this.slots[slot] = row + 1;
      return;
    }
    while (this.int(last, INT.next) !== NONE) last = this.int(last, INT.next);
    this.setInt(last, INT.next, row);
  }

  private slotOf(high: number, low: number): number {
    const { slots, ints } = this;
    const mask = slots.length - 1;
    let hash = Math.imul(high ^ Math.imul(low, 0x9e3779b1), 0x85ebca6b);
    hash ^= hash >>> 15;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const row = (slots[slot] as number) - 1;
      if (row === NONE || (ints[row * INTS + INT.messageHigh] === (high | 0) && ints[row * INTS + INT.messageLow] === (low | 0))) return slot;
    }
  }

  private grow(): void {
    const { ints, numbers, slots } = this;
    this.ints = new Int32Array(ints.length * 2);
    this.ints.set(ints);
    this.numbers = new Float64Array(numbers.length * 2);
    this.numbers.set(numbers);
    this.slots = new Int32Array(slots.length * 2);
    for (const slot of slots) if (slot !== 0) this.slots[this.slotOf(this.int(slot - 1, INT.messageHigh), this.int(slot - 1, INT.messageLow))] = slot;
  }
}
