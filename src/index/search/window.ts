// Rows of a span of time, given out in pieces, the newest first. Within a piece they are in the order of the lake, which is
// mostly that of their files: so lines are read as they lie, and nothing has to be sorted by time but what is found.

import type { Place, Rows } from './rows.ts';

export interface Window {
  /** Everything newer than this, and it itself, was given out. Until there was a piece, where the window begins. */
  readonly at: Place;
  readonly isUsedUp: boolean;
  /** Nothing is older. */
  readonly isLast: boolean;
  /** Rows of at most so many bytes, one at least. Not after `isUsedUp`. */
  take(bytes: number): Rows;
}

const SLICES = 1024;

/** All rows from a time on, in the order of the lake. They are divided by time, into slices of equal length, and a slice that is too large into slices again. */
export class TimeWindow implements Window {
  readonly isLast: boolean;
  /** The newest time. */
  readonly upper: number;
  at: Place;
  private readonly rows: Rows;
  private readonly lower: number;
  private readonly width: number;
  private readonly sliceOf: Uint16Array;
  private readonly bytes = new Float64Array(SLICES);
  private readonly counts = new Uint32Array(SLICES);
  private slice = 0;
  /** The rows of the slice that is given out, where it is divided itself. */
  private inner: Window | null = null;

  /** No row is older than `lower`, in milliseconds; all newer ones that `at` has not passed are there. */
  constructor(rows: Rows, lower: number, { at, isLast }: Pick<Window, 'at' | 'isLast'>) {
    this.rows = rows;
    this.lower = lower;
    this.at = at;
    this.isLast = isLast;
    this.upper = newest(rows.ts, lower);
    this.width = Math.ceil((this.upper - lower + 1) / SLICES);
    this.sliceOf = new Uint16Array(rows.length);
    this.divide();
    if (rows.length === 0) this.passed(SLICES);
  }

  get isUsedUp(): boolean {
    return this.slice === SLICES;
  }

  take(bytes: number): Rows {
    if (this.inner !== null) return this.takeInner(this.inner, bytes);
    const first = this.slice;
    let [sum, end] = [0, first];
    while (end < SLICES && sum + (this.bytes[end] as number) <= bytes) sum += this.bytes[end++] as number;
    const rows = this.rowsIn(first, Math.max(end, first + 1));
    if (end > first || rows.length === 1) {
      this.passed(Math.max(end, first + 1));
      return rows;
    }
    this.inner = this.width > 1 ? new TimeWindow(rows, this.endOf(first + 1), this) : new SortedWindow(rows.pick(lakeOrder(rows.offset, 0).reverse()), this);
    return this.takeInner(this.inner, bytes);
  }

  private takeInner(inner: Window, bytes: number): Rows {
    const rows = inner.take(bytes);
    this.at = inner.at;
    if (inner.isUsedUp) {
      this.inner = null;
      this.passed(this.slice + 1);
    }
    return rows;
  }

  private rowsIn(first: number, end: number): Rows {
    const order = new Uint32Array(this.counts.subarray(first, end).reduce((sum, count) => sum + count, 0));
    const { sliceOf } = this;
    for (let row = 0, at = 0; at < order.length; row++) {
      const slice = sliceOf[row] as number;
      if (slice >= first && slice < end) order[at++] = row;
    }
    return this.rows.pick(order);
  }

  /** Once for all of what may be a hundred thousand rows: with what it needs at hand. */
  private divide(): void {
    const { upper, width, bytes, counts, sliceOf, rows: { ts, byteLength } } = this;
    for (let row = 0; row < sliceOf.length; row++) {
      const slice = Math.floor((upper - (ts[row] as number)) / width);
      sliceOf[row] = slice;
      bytes[slice] = (bytes[slice] as number) + (byteLength[row] as number);
      counts[slice] = (counts[slice] as number) + 1;
    }
  }

  /** The oldest time of the slices before this one. */
  private endOf(slice: number): number {
    return Math.max(this.lower, this.upper - slice * this.width + 1);
  }

  private passed(slice: number): void {
    this.slice = slice;
    while (this.slice < SLICES && this.counts[this.slice] === 0) this.slice += 1;
    this.at = [this.isUsedUp ? this.lower : this.endOf(this.slice), 0];
  }
}

/** Rows that are in order, the newest first. */
export class SortedWindow implements Window {
  readonly isLast: boolean;
  at: Place;
  private readonly rows: Rows;
  private next = 0;

  constructor(rows: Rows, { at, isLast }: Pick<Window, 'at' | 'isLast'>) {
    this.rows = rows;
    this.at = at;
    this.isLast = isLast;
  }

  get isUsedUp(): boolean {
    return this.next === this.rows.length;
  }

  take(bytes: number): Rows {
    const { rows, next: first } = this;
    let sum = rows.byteLength[first] as number;
    let end = first + 1;
    while (end < rows.length && sum + (rows.byteLength[end] as number) <= bytes) sum += rows.byteLength[end++] as number;
    this.next = end;
    this.at = rows.place(end - 1);
    return rows.pick(lakeOrder(rows.offset.subarray(first, end), first));
  }
}

/** Numbers are sorted natively, which a comparison is not: each offset with its place behind it. */
function lakeOrder(offsets: Float64Array, first: number): Uint32Array {
  const least = offsets.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const keys = offsets.map((offset, i) => (offset - least) * offsets.length + i).sort();
  return Uint32Array.from(keys, (key) => first + (key % offsets.length));
}

function newest(times: Float64Array, least: number): number {
  let time = least;
  for (let row = 0; row < times.length; row++) if ((times[row] as number) > time) time = times[row] as number;
  return time;
}
