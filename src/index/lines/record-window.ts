// The rows of `records` in a range of the lake as DuckDB's columns, read where they lie: a window of
// thousands of rows that waits for a slow reader costs little, and no row becomes an object unless an
// object is asked for.

import type { DuckDBDataChunk } from '@duckdb/node-api';
import type { RecordQuery } from '../../core/answers/record.ts';
import { recordConditions } from '../rows/conditions.ts';
import type { Directories } from '../names/directories.ts';
import type { LineRange } from './line-range.ts';
import { rangeOf } from './line-runs.ts';
import { IN_RANGE } from './line-window.ts';
import type { OffsetRange, OffsetWindow } from './offset-windows.ts';
import type { Readers } from '../store/readers.ts';
import type { RecordRow } from '../rows/record-rows.ts';
import { fixedBytes, fixedColumn, isNilUuid, textsOf, uuidFromVector } from '../store/vectors.ts';

/** Two of DuckDB's vectors. */
export const RECORD_WINDOW_ROWS = 4096;

const COLUMNS = `lake_offset::DOUBLE, byte_offset::DOUBLE, ts_ms::DOUBLE, input::DOUBLE, output::DOUBLE, cache_creation::DOUBLE, cache_read::DOUBLE,
  file_ix, line, byte_length, session_ix, agent_ix, type_ix, role_ix, model_ix, flags::INTEGER, uuid, parent, tools, tool_results, uuid_text, parent_text`;

/** One of DuckDB's chunks, kept by the texts; the columns are views of it, valid as long as this is there. */
export class RecordChunk {
  readonly rows: number;
  readonly offset: Float64Array;
  readonly byteOffset: Float64Array;
  /** Milliseconds, -1 for none. */
  readonly ts: Float64Array;
  /** Input, output, cache creation, cache read. */
  readonly usage: readonly [Float64Array, Float64Array, Float64Array, Float64Array];
  readonly file: Int32Array;
  readonly line: Int32Array;
  readonly byteLength: Int32Array;
  readonly session: Int32Array;
  readonly agent: Int32Array;
  readonly type: Int32Array;
  readonly role: Int32Array;
  readonly model: Int32Array;
  readonly flags: Int32Array;
  /** 16 bytes a row, in the order of the vector. */
  readonly uuid: Uint8Array;
  readonly parent: Uint8Array;
  readonly tools: (row: number) => string | null;
  readonly toolResults: (row: number) => string | null;
  readonly uuidText: (row: number) => string | null;
  readonly parentText: (row: number) => string | null;

  constructor(chunk: DuckDBDataChunk) {
    this.rows = chunk.rowCount;
    let column = 0;
    const doubles = (): Float64Array => fixedColumn(chunk, column++, Float64Array);
    const integers = (): Int32Array => fixedColumn(chunk, column++, Int32Array);
    this.offset = doubles();
    this.byteOffset = doubles();
    this.ts = doubles();
    this.usage = [doubles(), doubles(), doubles(), doubles()];
    this.file = integers();
    this.line = integers();
    this.byteLength = integers();
    this.session = integers();
    this.agent = integers();
    this.type = integers();
    this.role = integers();
    this.model = integers();
    this.flags = integers();
    this.uuid = fixedBytes(chunk, column++, 16);
    this.parent = fixedBytes(chunk, column++, 16);
    this.tools = textsOf(chunk, column++);
    this.toolResults = textsOf(chunk, column++);
    this.uuidText = textsOf(chunk, column++);
    this.parentText = textsOf(chunk, column++);
  }

  row(at: number): RecordRow {
    const [input, output, cacheCreation, cacheRead] = this.usage;
    return {
      lake_offset: this.offset[at] as number, file_ix: this.file[at] as number, line: this.line[at] as number, byte_offset: this.byteOffset[at] as number, byte_length: this.byteLength[at] as number,
      ts_ms: this.ts[at] as number, session_ix: this.session[at] as number, agent_ix: this.agent[at] as number, type_ix: this.type[at] as number, role_ix: this.role[at] as number,
      model_ix: this.model[at] as number, flags: this.flags[at] as number, uuid: this.uuidText(at) ?? idOf(this.uuid, at), parent: this.parentText(at) ?? idOf(this.parent, at),
      input: input[at] as number, output: output[at] as number, cache_creation: cacheCreation[at] as number, cache_read: cacheRead[at] as number, tools: this.tools(at), tool_results: this.toolResults(at),
    };
  }
}

export class RecordWindow implements OffsetWindow {
  readonly length: number;
  readonly chunks: readonly RecordChunk[];

  constructor(chunks: readonly DuckDBDataChunk[]) {
    this.chunks = chunks.filter((chunk) => chunk.rowCount > 0).map((chunk) => new RecordChunk(chunk));
    this.length = this.chunks.reduce((rows, chunk) => rows + chunk.rows, 0);
  }

  get lastOffset(): number {
    const { offset, rows } = this.chunks.at(-1) as RecordChunk;
    return offset[rows - 1] as number;
  }

  rangeAt(row: number): LineRange {
    let at = row;
    let i = 0;
    for (; at >= (this.chunks[i] as RecordChunk).rows; i++) at -= (this.chunks[i] as RecordChunk).rows;
    return rangeOf(this.chunks[i] as RecordChunk, at);
  }
}

export function recordReader(readers: Readers, names: Directories, query: RecordQuery): (range: OffsetRange) => Promise<RecordWindow> {
  const where = recordConditions(query.filter, query.duplicates, names);
  const sql = `SELECT ${COLUMNS} FROM records WHERE ${IN_RANGE} AND ${where.sql} ORDER BY lake_offset LIMIT ${RECORD_WINDOW_ROWS}`;
  return (range) =>
    readers.use(async (connection) => {
      const result = await connection.run(sql, [...range, ...where.values]);
      return new RecordWindow(await result.fetchAllChunks());
    });
}

function idOf(vector: Uint8Array, row: number): string | null {
  return isNilUuid(vector, row * 16) ? null : uuidFromVector(vector, row * 16);
}
