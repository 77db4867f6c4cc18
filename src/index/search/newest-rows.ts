// Where the lines of the lake lie, the newest first, a window after the other. A window is a span of time and
// is put in order here: for so few columns the engine's own sort costs more than reading them. Spans follow from how many
// rows the last one had.

import type { DuckDBValue } from '@duckdb/node-api';
import type { Conditions } from '../conditions.ts';
import type { Readers } from '../readers.ts';
import { fixedColumn } from '../vectors.ts';

/** Of a record in the order of time. */
export type Place = readonly [ts: number, offset: number];
/** After every time there is. */
export const NEWEST: Place = [Number.MAX_SAFE_INTEGER, 0];

/** The first window, which tells how dense the rows are. */
const FIRST_ROWS = 1024;
/** What a window should have, and what it may. */
const ROWS = 16_384;
const MAX_ROWS = 131_072;
/** How much wider or narrower than the last a window may be. */
const CHANGE = 8;
const UNDATED = -1;

/** Columns of equal length, the newest row first. */
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

  place(row: number): Place {
    return [this.ts[row] as number, this.offset[row] as number];
  }
}

const COLUMNS = 'lake_offset::DOUBLE, ts_ms::DOUBLE, byte_offset::DOUBLE, file_ix, byte_length, session_ix';
const ORDER = 'ORDER BY records.ts_ms DESC, records.lake_offset DESC';

export class NewestRows {
  private readers: Readers;
  private readonly where: Conditions;
  /** Milliseconds; null before the first window. */
  private span: number | null = null;
  private place: Place;
  private ended = false;
  private reach: number | null;
  private firstEnd: number | null = null;

  /** `where` lets through rows alone that are committed. `reach`: how far back the first window goes, where something is known of that. */
  constructor(readers: Readers, where: Conditions, from: Place, reach: number | null) {
    this.readers = readers;
    this.where = where;
    this.place = from;
    this.reach = reach;
  }

  /** The oldest time of a first window of the usual size; null before it was read, and where there are not so many rows. */
  get firstReach(): number | null {
    return this.firstEnd;
  }

  /** Everything newer than this, and it itself, was given out and used. */
  get at(): Place {
    return this.place;
  }

  /** No row is left. */
  get isAtEnd(): boolean {
    return this.ended;
  }

  /** `use` says how many of the rows, from the first on, it went through. May be called until `isAtEnd`. */
  async next(use: (rows: Rows) => Promise<number>): Promise<void> {
    const { span } = this;
    const lower = span === null ? this.reach : Math.max(UNDATED, this.place[0] - span);
    if (lower !== null) {
      const rows = await this.read(`AND ts_ms >= ${lower}`, `LIMIT ${MAX_ROWS}`);
      if (rows.length < MAX_ROWS && (span !== null || rows.length >= FIRST_ROWS)) return this.since(lower, sorted(rows), use);
    }
    const limit = span === null ? FIRST_ROWS : MAX_ROWS;
    const rows = await this.read('', `${ORDER} LIMIT ${limit}`);
    this.began(rows);
    if (!(await this.used(rows, use))) return;
    this.ended = rows.length < limit;
    if (rows.length > 0) this.span = spanOf(rows, rows.ts[rows.length - 1] as number);
  }

  /** Of all rows of that time or later. */
  private async since(lower: number, rows: Rows, use: (rows: Rows) => Promise<number>): Promise<void> {
    const { span } = this;
    this.began(rows);
    if (!(await this.used(rows, use))) return;
    this.place = [lower, 0];
    this.ended = lower === UNDATED;
    if (rows.length === 0) return this.jump();
    this.span = span === null ? spanOf(rows, lower) : span * Math.min(CHANGE, Math.max(1 / CHANGE, ROWS / Math.max(1, rows.length)));
  }

  /** Over a time in which nothing was written, however long: widening windows would come there in many steps. */
  private jump(): void {
    this.span = null;
    this.reach = null;
  }

  private began(rows: Rows): void {
    if (this.firstEnd === null && rows.length >= FIRST_ROWS) this.firstEnd = rows.ts[FIRST_ROWS - 1] as number;
  }

  /** Whether all rows were. */
  private async used(rows: Rows, use: (rows: Rows) => Promise<number>): Promise<boolean> {
    const count = rows.length === 0 ? 0 : await use(rows);
    if (count > 0) this.place = rows.place(count - 1);
    return count === rows.length;
  }

  private read(condition: string, rest: string): Promise<Rows> {
    const [ts, offset] = this.place;
    const sql = `SELECT ${COLUMNS} FROM records WHERE ${this.where.sql} AND records.ts_ms <= ${ts} AND (records.ts_ms, records.lake_offset) < (${ts}, ${offset}) ${condition} ${rest}`;
    return this.rows(sql, this.where.values);
  }

  private async rows(sql: string, values: DuckDBValue[]): Promise<Rows> {
    const rows = await this.take(sql, values);
    // The windows to come are of rows that were committed before this one was asked for.
    this.readers = this.readers.asStored();
    return rows;
  }

  private take(sql: string, values: DuckDBValue[]): Promise<Rows> {
    return this.readers.use(async (connection) => {
      const chunks = (await (await connection.run(sql, values)).fetchAllChunks()).filter((chunk) => chunk.rowCount > 0);
      const rows = new Rows(chunks.reduce((total, chunk) => total + chunk.rowCount, 0));
      let at = 0;
      for (const chunk of chunks) {
        [rows.offset, rows.ts, rows.byteOffset].forEach((column, i) => column.set(fixedColumn(chunk, i, Float64Array), at));
        [rows.file, rows.byteLength, rows.session].forEach((column, i) => column.set(fixedColumn(chunk, i + 3, Int32Array), at));
        at += chunk.rowCount;
      }
      return rows;
    });
  }
}

/** In which as many rows should be as a window is to have. */
function spanOf(rows: Rows, lower: number): number {
  return Math.max(1, ((rows.ts[0] as number) - lower) * (ROWS / rows.length));
}

function sorted(rows: Rows): Rows {
  const { ts, offset } = rows;
  const order = Uint32Array.from({ length: rows.length }, (_, row) => row).sort((a, b) => (ts[b] as number) - (ts[a] as number) || (offset[b] as number) - (offset[a] as number));
  const ordered = new Rows(rows.length);
  const columns = ['offset', 'ts', 'byteOffset', 'file', 'byteLength', 'session'] as const;
  for (const name of columns) {
    const [from, to] = [rows[name], ordered[name]];
    order.forEach((row, at) => (to[at] = from[row] as number));
  }
  return ordered;
}
