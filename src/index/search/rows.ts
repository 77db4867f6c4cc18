// Where lines of the lake lie, as columns of equal length.

import type { DuckDBDataChunk } from '@duckdb/node-api';
import type { RecordRow } from '../rows/record-rows.ts';
import { fixedColumn } from '../store/vectors.ts';

/** Of a record in the order of time. */
export type Place = readonly [ts: number, offset: number];
/** After every time there is. */
export const NEWEST: Place = [Number.MAX_SAFE_INTEGER, 0];

/** What `Rows.of` takes. */
export const ROW_COLUMNS = 'lake_offset::DOUBLE, ts_ms::DOUBLE, byte_offset::DOUBLE, file_ix, byte_length, session_ix';

export const PLACE_COLUMNS = ['offset', 'ts', 'byteOffset', 'file', 'byteLength', 'session'] as const;

export class Rows {
  readonly length: number;
  readonly offset: Float64Array;
  readonly ts: Float64Array;
  readonly byteOffset: Float64Array;
  readonly file: Int32Array;
  readonly byteLength: Int32Array;
  readonly session: Int32Array;

  constructor(length: number) {
    this.length = length;
    [this.offset, this.ts, this.byteOffset] = [new Float64Array(length), new Float64Array(length), new Float64Array(length)];
    [this.file, this.byteLength, this.session] = [new Int32Array(length), new Int32Array(length), new Int32Array(length)];
  }

  /** In their order. */
  static of(chunks: readonly DuckDBDataChunk[]): Rows {
    const rows = new Rows(chunks.reduce((total, chunk) => total + chunk.rowCount, 0));
    let at = 0;
    for (const chunk of chunks) {
      if (chunk.rowCount === 0) continue;
      [rows.offset, rows.ts, rows.byteOffset].forEach((column, i) => column.set(fixedColumn(chunk, i, Float64Array), at));
      [rows.file, rows.byteLength, rows.session].forEach((column, i) => column.set(fixedColumn(chunk, i + 3, Int32Array), at));
      at += chunk.rowCount;
    }
    return rows;
  }

  /** The same, and `more` behind them. */
  with(more: readonly RecordRow[]): Rows {
    if (more.length === 0) return this;
    const rows = new Rows(this.length + more.length);
    for (const name of PLACE_COLUMNS) rows[name].set(this[name]);
    for (const [i, row] of more.entries()) {
      const at = this.length + i;
      [rows.offset[at], rows.ts[at], rows.byteOffset[at]] = [row.lake_offset, row.ts_ms, row.byte_offset];
      [rows.file[at], rows.byteLength[at], rows.session[at]] = [row.file_ix, row.byte_length, row.session_ix];
    }
    return rows;
  }

  place(row: number): Place {
    return [this.ts[row] as number, this.offset[row] as number];
  }

  /** Of the lines of all rows that are newer, and of the one that is there. */
  bytesUpTo([upto, last]: Place): number {
    const { ts, offset, byteLength } = this;
    let sum = 0;
    for (let row = 0; row < this.length; row++) {
      const time = ts[row] as number;
      if (time > upto || (time === upto && (offset[row] as number) >= last)) sum += byteLength[row] as number;
    }
    return sum;
  }

  /** These rows, in this order. */
  pick(order: Uint32Array): Rows {
    const picked = new Rows(order.length);
    for (const name of PLACE_COLUMNS) {
      const [from, to] = [this[name], picked[name]];
      for (let at = 0; at < order.length; at++) to[at] = from[order[at] as number] as number;
    }
    return picked;
  }

  /** Those of one file together, each file's in their order: sessions that are written at once lie line by line between one another. */
  byFile(): Rows {
    const { file, length } = this;
    const places = new Map<number, number[]>();
    let runs = 0;
    for (let row = 0; row < length; row++) {
      const ix = file[row] as number;
      if (row === 0 || ix !== file[row - 1]) runs += 1;
      const rows = places.get(ix);
      if (rows === undefined) places.set(ix, [row]);
      else rows.push(row);
    }
    return runs === places.size ? this : this.pick(Uint32Array.from([...places.values()].flat()));
  }

  /** The newest of all, in order. The first `sorted` rows are in order themselves, of the few others nothing is known. */
  newest(count: number, sorted: number): Rows {
    if (sorted === this.length) return this;
    const isNewer = (a: number, b: number): boolean => (this.ts[a] as number) > (this.ts[b] as number) || (this.ts[a] === this.ts[b] && (this.offset[a] as number) > (this.offset[b] as number));
    const others = Array.from({ length: this.length - sorted }, (_, i) => sorted + i).sort((a, b) => (isNewer(a, b) ? -1 : 1));
    const order = new Uint32Array(Math.min(count, this.length));
    for (let at = 0, row = 0, other = 0; at < order.length; at++) {
      const candidate = others[other];
      order[at] = candidate === undefined || (row < sorted && isNewer(row, candidate)) ? row++ : (others[other++] as number);
    }
    return this.pick(order);
  }
}
