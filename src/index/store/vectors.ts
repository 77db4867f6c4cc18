// The one module over the bindings' vectors: columns of typed arrays into a table by memory copy, and
// fixed-width results back out. The calls beneath are unsafe (lengths and validity are the caller's
// word), so every length is checked here and nowhere else.

import duckdb from '@duckdb/node-bindings';
import { BIGINT, BOOLEAN, DOUBLE, DuckDBDataChunk, INTEGER, UBIGINT, USMALLINT, UTINYINT, UUID, VARCHAR } from '@duckdb/node-api';
import type { DuckDBAppender, DuckDBConnection, DuckDBType, DuckDBVarCharVector } from '@duckdb/node-api';
import { firstFrom } from '../../core/bytes/text-column.ts';
import type { TextColumn } from '../../core/bytes/text-column.ts';
import type { ColumnType, TableSpec } from './schema.ts';

/** DuckDB's vector size. */
const CHUNK_ROWS = 2048;

export type FixedColumn = Uint8Array | Uint16Array | Int32Array | BigInt64Array | BigUint64Array | Float64Array;
/** Strings: null for a column of NULLs alone. */
export type ColumnData = FixedColumn | readonly (string | null)[] | TextColumn | null;

interface Layout {
  type: DuckDBType;
  /** Bytes a value; 0 for strings. */
  width: number;
}

const LAYOUTS: Record<ColumnType, Layout> = {
  UTINYINT: { type: UTINYINT, width: 1 },
  BOOLEAN: { type: BOOLEAN, width: 1 },
  USMALLINT: { type: USMALLINT, width: 2 },
  INTEGER: { type: INTEGER, width: 4 },
  BIGINT: { type: BIGINT, width: 8 },
  UBIGINT: { type: UBIGINT, width: 8 },
  DOUBLE: { type: DOUBLE, width: 8 },
  UUID: { type: UUID, width: 16 },
  VARCHAR: { type: VARCHAR, width: 0 },
};

/** Appends columns to one table through one kept appender. Rows belong to the caller's transaction. */
export class TableAppender<Name extends string> {
  private readonly layouts: Layout[];
  private readonly names: Name[];
  private readonly appender: DuckDBAppender;
  private readonly chunk: DuckDBDataChunk;
  private readonly table: string;

  private constructor(spec: TableSpec<Name>, appender: DuckDBAppender) {
    this.table = spec.name;
    this.names = Object.keys(spec.columns) as Name[];
    this.layouts = this.names.map((name) => LAYOUTS[spec.columns[name]]);
    this.appender = appender;
    this.chunk = DuckDBDataChunk.create(this.layouts.map((layout) => layout.type));
  }

  static async create<Name extends string>(connection: DuckDBConnection, spec: TableSpec<Name>): Promise<TableAppender<Name>> {
    return new TableAppender(spec, await connection.createAppender(spec.name));
  }

  append(rows: number, columns: Readonly<Record<Name, ColumnData>>): void {
    this.add(rows, columns);
    this.flush();
  }

  /** Appends `rows` rows, which are in the table after `flush`. Throws where a column is shorter than it must be. */
  add(rows: number, columns: Readonly<Record<Name, ColumnData>>): void {
    for (let start = 0; start < rows; start += CHUNK_ROWS) {
      const count = Math.min(CHUNK_ROWS, rows - start);
      this.chunk.reset();
      this.names.forEach((name, i) => this.fill(i, name, columns[name], start, count));
      this.chunk.rowCount = count;
      this.appender.appendDataChunk(this.chunk);
    }
  }

  flush(): void {
    this.appender.flushSync();
  }

  /** Drops what a failed `append` left in the appender: closing would store it, outside of any transaction. */
  close(): void {
    this.appender.clear();
    this.appender.closeSync();
  }

  private fill(index: number, name: Name, data: ColumnData, start: number, count: number): void {
    const vector = duckdb.data_chunk_get_vector(this.chunk.chunk, index);
    const width = (this.layouts[index] as Layout).width;
    if (data === null) {
      if (width !== 0) throw new RangeError(`${this.table}.${name}: no values`);
      setValidity(vector, NOTHING_VALID);
    } else if (ArrayBuffer.isView(data)) {
      const bytes = count * width;
      const from = data.byteOffset + start * width;
      if (width === 0 || from + bytes > data.byteOffset + data.byteLength) throw new RangeError(`${this.table}.${name}: ${data.byteLength} bytes do not hold ${start + count} rows of ${width}`);
      duckdb.copy_data_to_vector(vector, 0, data.buffer as ArrayBuffer, from, bytes);
    } else if ('ends' in data) {
      if (width !== 0) throw new RangeError(`${this.table}.${name}: texts for numbers`);
      fillTexts(vector, data, start, count);
    } else {
      if (width !== 0 || data.length < start + count) throw new RangeError(`${this.table}.${name}: ${data.length} strings for ${start + count} rows`);
      fillStrings(vector, data, start, count);
    }
  }
}

const DASH = 0x2d;
const HEX_DIGITS = Buffer.from('0123456789abcdef');
/** Of one UUID, for as long as it takes to make it a string. */
const TEXT = Buffer.alloc(36);

const VALIDITY_BYTES = CHUNK_ROWS / 8;
const NOTHING_VALID = new Uint8Array(VALIDITY_BYTES);

/** By bytes and length, so that NUL characters survive; JavaScript's UTF-8 is always valid. */
function fillStrings(vector: duckdb.Vector, data: readonly (string | null)[], start: number, count: number): void {
  const validity = new Uint8Array(VALIDITY_BYTES);
  let nulls = 0;
  for (let i = 0; i < count; i++) {
    const text = data[start + i];
    if (text === null || text === undefined) {
      nulls += 1;
      continue;
    }
    validity[i >> 3] = (validity[i >> 3] as number) | (1 << (i & 7));
    duckdb.vector_assign_string_element_len(vector, i, Buffer.from(text, 'utf8'));
  }
  if (nulls > 0) setValidity(vector, validity);
}

/** The texts of some rows; the others are NULL. */
function fillTexts(vector: duckdb.Vector, { rows, ends, bytes }: TextColumn, start: number, count: number): void {
  const validity = new Uint8Array(VALIDITY_BYTES);
  for (let at = firstFrom(rows, start); at < rows.length && (rows[at] as number) < start + count; at++) {
    const i = (rows[at] as number) - start;
    validity[i >> 3] = (validity[i >> 3] as number) | (1 << (i & 7));
    duckdb.vector_assign_string_element_len(vector, i, bytes.subarray(at === 0 ? 0 : ends[at - 1], ends[at]));
  }
  setValidity(vector, validity);
}

function setValidity(vector: duckdb.Vector, validity: Uint8Array<ArrayBuffer>): void {
  duckdb.vector_ensure_validity_writable(vector);
  duckdb.copy_data_to_vector_validity(vector, 0, validity.buffer, 0, VALIDITY_BYTES);
}

/** A UUID's 16 bytes as DuckDB keeps them: a little-endian 128-bit integer with the top bit flipped. */
export function uuidToVector(from: Uint8Array, fromAt: number, to: Uint8Array, toAt: number): void {
  for (let i = 0; i < 16; i++) to[toAt + i] = from[fromAt + 15 - i] as number;
  to[toAt + 15] = (to[toAt + 15] as number) ^ 0x80;
}

/** Sixteen zero bytes, as DuckDB keeps them. */
export function isNilUuid(vector: Uint8Array, at: number): boolean {
  if (vector[at + 15] !== 0x80) return false;
  for (let i = 0; i < 15; i++) if (vector[at + i] !== 0) return false;
  return true;
}

/** The text of a UUID as DuckDB keeps it. */
export function uuidFromVector(vector: Uint8Array, at: number): string {
  writeUuidText(vector, at, TEXT, 0);
  return TEXT.toString('latin1');
}

/** Writes the 36 characters of a UUID as DuckDB keeps it. */
export function writeUuidText(vector: Uint8Array, at: number, to: Uint8Array, toAt: number): void {
  let out = toAt;
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) to[out++] = DASH;
    const byte = (vector[at + 15 - i] as number) ^ (i === 0 ? 0x80 : 0);
    to[out++] = HEX_DIGITS[byte >> 4] as number;
    to[out++] = HEX_DIGITS[byte & 15] as number;
  }
}

/** A column of fixed width, without NULLs, where it lies: valid as long as the chunk is there. */
export function fixedBytes(chunk: DuckDBDataChunk, column: number, width: number): Uint8Array {
  return duckdb.vector_get_data(duckdb.data_chunk_get_vector(chunk.chunk, column), chunk.rowCount * width);
}

/** The same, as numbers. */
export function fixedColumn<Column>(chunk: DuckDBDataChunk, column: number, type: NumberColumn<Column>): Column {
  const { buffer, byteOffset } = fixedBytes(chunk, column, type.BYTES_PER_ELEMENT);
  return new type(buffer, byteOffset, chunk.rowCount);
}

interface NumberColumn<Column> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): Column;
}

/**
 * The texts of a VARCHAR column, made when they are asked for. Keeps the chunk. Whether a row has one is looked
 * up here: node-api asks with four BigInts.
 */
export function textsOf(chunk: DuckDBDataChunk, column: number): (row: number) => string | null {
  const validity = duckdb.vector_get_validity(duckdb.data_chunk_get_vector(chunk.chunk, column), Math.ceil(chunk.rowCount / 64) * 8) as Uint8Array | null;
  return (row) => (validity !== null && ((validity[row >> 3] as number) & (1 << (row & 7))) === 0 ? null : (chunk.getColumnVector(column) as DuckDBVarCharVector).getItem(row));
}

/** Runs a query and hands each chunk's fixed-width columns, without NULLs, to `visit` as copied bytes. */
export async function readFixed(connection: DuckDBConnection, sql: string, widths: readonly number[], visit: (columns: Uint8Array[], rows: number) => void): Promise<void> {
  const result = await connection.stream(sql);
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return;
    const rows = chunk.rowCount;
    const columns = widths.map((width, i) => duckdb.vector_get_data(duckdb.data_chunk_get_vector(chunk.chunk, i), rows * width).slice());
    visit(columns, rows);
  }
}
