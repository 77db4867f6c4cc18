// Rows into a DuckDB table, cell after cell in the order of its columns, by way of typed arrays and
// memory copies. The calls beneath are unsafe (lengths and validity are the caller's word), so types
// and counts are checked here. Text must be valid UTF-8: the bindings turn anything else into NULL.

import duckdb from '@duckdb/node-bindings';
import { BIGINT, BLOB, BOOLEAN, DuckDBDataChunk, INTEGER, TIMESTAMPTZ, VARCHAR } from '@duckdb/node-api';
import type { DuckDBAppender } from '@duckdb/node-api';
import type { Column, ColumnType } from './columns.ts';

/** DuckDB's vector size. */
const CHUNK_ROWS = 2048;
const VALIDITY_BYTES = CHUNK_ROWS / 8;
/** In a millisecond. */
const MICROSECONDS = 1000n;

const TYPES = { BIGINT, INTEGER, BOOLEAN, TIMESTAMPTZ, VARCHAR, BLOB } as const;

interface Cells {
  name: string;
  type: ColumnType;
  /** Undefined for strings and bytes, which go straight into the vector. */
  values: BigInt64Array | Int32Array | Uint8Array | undefined;
  width: number;
  validity: Uint8Array;
  nulls: number;
}

export class RowWriter {
  /** Rows ended so far. */
  rows = 0;
  private readonly appender: DuckDBAppender;
  private readonly cells: Cells[];
  private readonly chunk: DuckDBDataChunk;
  private vectors: duckdb.Vector[] = [];
  private row = 0;
  private column = 0;

  /** The appender's table must have exactly these columns. */
  constructor(appender: DuckDBAppender, columns: readonly Column[]) {
    this.appender = appender;
    this.cells = columns.map(cellsOf);
    this.chunk = DuckDBDataChunk.create(columns.map(({ type }) => TYPES[type]));
    this.beginChunk();
  }

  integer(value: number | null): this {
    const cells = this.next(value === null);
    if (cells.values instanceof BigInt64Array) cells.values[this.row] = BigInt(value ?? 0);
    else if (cells.values instanceof Int32Array) cells.values[this.row] = value ?? 0;
    else throw mismatch(cells, 'an integer');
    return this;
  }

  /** Milliseconds since the epoch; NaN is no time. */
  time(ms: number): this {
    const cells = this.next(Number.isNaN(ms));
    if (!(cells.values instanceof BigInt64Array)) throw mismatch(cells, 'a time');
    cells.values[this.row] = Number.isNaN(ms) ? 0n : BigInt(Math.round(ms)) * MICROSECONDS;
    return this;
  }

  boolean(value: boolean): this {
    const cells = this.next(false);
    if (!(cells.values instanceof Uint8Array)) throw mismatch(cells, 'a boolean');
    cells.values[this.row] = value ? 1 : 0;
    return this;
  }

  text(value: string | null): this {
    return this.bytes(value === null ? null : Buffer.from(value, 'utf8'));
  }

  /** Copied. For a VARCHAR column they must be valid UTF-8. */
  bytes(value: Uint8Array | null): this {
    const cells = this.next(value === null);
    if (cells.values !== undefined) throw mismatch(cells, 'text or bytes');
    if (value !== null) duckdb.vector_assign_string_element_len(this.vectors[this.column - 1] as duckdb.Vector, this.row, value);
    return this;
  }

  endRow(): void {
    if (this.column !== this.cells.length) throw new RangeError(`a row of ${this.column} cells for ${this.cells.length} columns`);
    this.column = 0;
    this.row += 1;
    this.rows += 1;
    if (this.row === CHUNK_ROWS) this.append();
  }

  /** Makes every ended row visible in the table. */
  flush(): void {
    if (this.column !== 0) throw new RangeError('the last row was not ended');
    if (this.row > 0) this.append();
    this.appender.flushSync();
  }

  private next(isNull: boolean): Cells {
    const cells = this.cells[this.column++];
    if (cells === undefined) throw new RangeError(`a row has more than ${this.cells.length} cells`);
    if (isNull) {
      const at = this.row >> 3;
      cells.validity[at] = (cells.validity[at] as number) & ~(1 << (this.row & 7));
      cells.nulls += 1;
    }
    return cells;
  }

  private append(): void {
    this.cells.forEach((cells, i) => {
      const vector = this.vectors[i] as duckdb.Vector;
      if (cells.values !== undefined) {
        duckdb.copy_data_to_vector(vector, 0, cells.values.buffer as ArrayBuffer, 0, this.row * cells.width);
      }
      if (cells.nulls === 0) return;
      duckdb.vector_ensure_validity_writable(vector);
      duckdb.copy_data_to_vector_validity(vector, 0, cells.validity.buffer as ArrayBuffer, 0, VALIDITY_BYTES);
      cells.validity.fill(0xff);
      cells.nulls = 0;
    });
    this.chunk.rowCount = this.row;
    this.appender.appendDataChunk(this.chunk);
    this.beginChunk();
  }

  private beginChunk(): void {
    this.row = 0;
    this.chunk.reset();
    this.vectors = this.cells.map((_, i) => duckdb.data_chunk_get_vector(this.chunk.chunk, i));
  }
}

function cellsOf({ name, type }: Column): Cells {
  const values = valuesOf(type);
  // An array of its own buffer, so that a copy of the buffer's head is a copy of the array's.
  return { name, type, values, width: values?.BYTES_PER_ELEMENT ?? 0, validity: new Uint8Array(VALIDITY_BYTES).fill(0xff), nulls: 0 };
}

function valuesOf(type: ColumnType): Cells['values'] {
  if (type === 'BIGINT' || type === 'TIMESTAMPTZ') return new BigInt64Array(CHUNK_ROWS);
  if (type === 'INTEGER') return new Int32Array(CHUNK_ROWS);
  return type === 'BOOLEAN' ? new Uint8Array(CHUNK_ROWS) : undefined;
}

function mismatch(cells: Cells, got: string): TypeError {
  return new TypeError(`column ${cells.name} is ${cells.type}, not ${got}`);
}
