// The rows of one session as columns, in the order of their offsets. Rows are only ever added, as in the table.

import type { DuckDBDataChunk } from '@duckdb/node-api';
import type { ToolRef, ToolResultRef } from '../../core/answers/record.ts';
import { textAt } from '../../core/bytes/text-column.ts';
import { copyInt64 } from '../store/int64.ts';
import type { RecordColumns } from '../rows/record-columns.ts';
import type { RecordRow } from '../rows/record-rows.ts';
import { fixedBytes, fixedColumn, isNilUuid, textsOf, uuidFromVector } from '../store/vectors.ts';

/** Stored as 64-bit integers. */
const DOUBLES = ['lake_offset', 'byte_offset', 'ts_ms', 'input', 'output', 'cache_creation', 'cache_read'] as const;
const INTEGERS = ['file_ix', 'line', 'byte_length', 'agent_ix', 'type_ix', 'role_ix', 'model_ix', 'flags'] as const;
const CALLS = ['call_message', 'call_request'] as const;
const IDS = ['uuid', 'parent'] as const;
const REFS = ['tools', 'tool_results'] as const;
const TEXTS = ['uuid_text', 'parent_text'] as const;
const ID_BYTES = 16;

/** The columns of `records` that `add` takes, in their order, as they are stored: for few rows, planning casts takes longer than making them here. */
export const SESSION_COLUMNS = [...DOUBLES, ...INTEGERS, ...CALLS, ...IDS, ...REFS, ...TEXTS].join(', ');

const ROW_BYTES = DOUBLES.length * 8 + INTEGERS.length * 4 + CALLS.length * 8 + IDS.length * ID_BYTES;
/** What a text takes beside its characters, and once more for what is parsed of it. */
const TEXT_BYTES = 150;
/** Columns grow by this part of themselves. */
const GROWTH = 0.25;

type Columns<Names extends readonly string[], Column> = Record<Names[number], Column>;
type Growing = Float64Array | Int32Array | BigUint64Array | Uint8Array;

function columnsOf<const Names extends readonly string[], Column>(names: Names, make: (name: Names[number]) => Column): Columns<Names, Column> {
  return Object.fromEntries(names.map((name) => [name, make(name as Names[number])])) as Columns<Names, Column>;
}

export class SessionColumns {
  rows = 0;
  doubles = columnsOf(DOUBLES, () => new Float64Array());
  integers = columnsOf(INTEGERS, () => new Int32Array());
  calls = columnsOf(CALLS, () => new BigUint64Array());
  /** 16 bytes a row, as DuckDB keeps them. */
  ids = columnsOf(IDS, () => new Uint8Array());
  /** JSON as it is stored, by row; sparse. */
  readonly refs = columnsOf(REFS, () => new Map<number, string>());
  /** Ids that are no UUIDs, by row; sparse. */
  private readonly texts = columnsOf(TEXTS, () => new Map<number, string>());
  private readonly parsed = columnsOf(REFS, () => new Map<number, readonly unknown[]>());
  private textBytes = 0;

  get bytes(): number {
    return this.doubles.lake_offset.length * ROW_BYTES + this.textBytes;
  }

  /** The offset of the last row; 0 where there is none. */
  get last(): number {
    return this.rows === 0 ? 0 : (this.doubles.lake_offset[this.rows - 1] as number);
  }

  /** Rows behind those that are here. */
  add(chunk: DuckDBDataChunk): void {
    const [first, count] = [this.rows, chunk.rowCount];
    this.makeRoom(first + count);
    let column = 0;
    for (const name of DOUBLES) copyInt64(fixedColumn(chunk, column++, BigInt64Array), this.doubles[name], first);
    for (const name of INTEGERS) this.integers[name].set(name === 'flags' ? fixedColumn(chunk, column++, Uint16Array) : fixedColumn(chunk, column++, Int32Array), first);
    for (const name of CALLS) this.calls[name].set(fixedColumn(chunk, column++, BigUint64Array), first);
    for (const name of IDS) this.ids[name].set(fixedBytes(chunk, column++, ID_BYTES), first * ID_BYTES);
    for (const texts of [...REFS.map((name) => this.refs[name]), ...TEXTS.map((name) => this.texts[name])]) {
      const textOf = textsOf(chunk, column++);
      for (let row = 0; row < count; row++) this.setText(texts, first + row, textOf(row));
    }
    this.rows += count;
  }

  /** A row of a commit that is not in the tables yet. */
  addRecord(from: RecordColumns, row: number): void {
    const at = this.rows;
    this.makeRoom(at + 1);
    const [input, output, cacheCreation, cacheRead] = from.usage.map((column) => Number(column[row])) as [number, number, number, number];
    const doubles = { lake_offset: Number(from.offset[row]), byte_offset: Number(from.byteOffset[row]), ts_ms: Number(from.ts[row]), input, output, cache_creation: cacheCreation, cache_read: cacheRead };
    const integers = { file_ix: from.file, line: from.line, byte_length: from.byteLength, agent_ix: from.agent, type_ix: from.type, role_ix: from.role, model_ix: from.model, flags: from.flags };
    for (const name of DOUBLES) this.doubles[name][at] = doubles[name];
    for (const name of INTEGERS) this.integers[name][at] = integers[name][row] as number;
    this.calls.call_message[at] = from.callMessage[row] as bigint;
    this.calls.call_request[at] = from.callRequest[row] as bigint;
    for (const name of IDS) this.ids[name].set(from[name].subarray(row * ID_BYTES, (row + 1) * ID_BYTES), at * ID_BYTES);
    this.setText(this.refs.tools, at, textAt(from.tools.column, row));
    this.setText(this.refs.tool_results, at, textAt(from.toolResults.column, row));
    this.setText(this.texts.uuid_text, at, from.uuidText?.[row]);
    this.setText(this.texts.parent_text, at, from.parentText?.[row]);
    this.rows += 1;
  }

  tools(at: number): readonly ToolRef[] {
    return this.refsAt('tools', at) as readonly ToolRef[];
  }

  toolResults(at: number): readonly ToolResultRef[] {
    return this.refsAt('tool_results', at) as readonly ToolResultRef[];
  }

  /** Equal for two rows that have the same id; null for one that has none. */
  idKey(at: number): string | null {
    return isNilUuid(this.ids.uuid, at * ID_BYTES) ? null : uuidFromVector(this.ids.uuid, at * ID_BYTES);
  }

  row(at: number, session: number): RecordRow {
    const { doubles, integers } = this;
    return {
      lake_offset: doubles.lake_offset[at] as number, file_ix: integers.file_ix[at] as number, line: integers.line[at] as number, byte_offset: doubles.byte_offset[at] as number, byte_length: integers.byte_length[at] as number,
      ts_ms: doubles.ts_ms[at] as number, session_ix: session, agent_ix: integers.agent_ix[at] as number, type_ix: integers.type_ix[at] as number, role_ix: integers.role_ix[at] as number,
      model_ix: integers.model_ix[at] as number, flags: integers.flags[at] as number, uuid: this.idOf('uuid', 'uuid_text', at), parent: this.idOf('parent', 'parent_text', at),
      input: doubles.input[at] as number, output: doubles.output[at] as number, cache_creation: doubles.cache_creation[at] as number, cache_read: doubles.cache_read[at] as number,
      tools: this.refs.tools.get(at) ?? null, tool_results: this.refs.tool_results.get(at) ?? null,
    };
  }

  private idOf(id: (typeof IDS)[number], text: (typeof TEXTS)[number], at: number): string | null {
    return this.texts[text].get(at) ?? (isNilUuid(this.ids[id], at * ID_BYTES) ? null : uuidFromVector(this.ids[id], at * ID_BYTES));
  }

  private refsAt(name: (typeof REFS)[number], at: number): readonly unknown[] {
    const known = this.parsed[name].get(at);
    if (known !== undefined) return known;
    const text = this.refs[name].get(at);
    if (text === undefined) return NOTHING;
    const refs = JSON.parse(text) as unknown[];
    this.parsed[name].set(at, refs);
    return refs;
  }

  private setText(texts: Map<number, string>, at: number, text: string | null | undefined): void {
    if (text === null || text === undefined) return;
    texts.set(at, text);
    this.textBytes += text.length * 2 + TEXT_BYTES;
  }

  private makeRoom(rows: number): void {
    const room = this.doubles.lake_offset.length;
    if (rows <= room) return;
    const more = Math.max(rows, Math.ceil(room * (1 + GROWTH)));
    this.doubles = columnsOf(DOUBLES, (name) => grown(this.doubles[name], new Float64Array(more)));
    this.integers = columnsOf(INTEGERS, (name) => grown(this.integers[name], new Int32Array(more)));
    this.calls = columnsOf(CALLS, (name) => grown(this.calls[name], new BigUint64Array(more)));
    this.ids = columnsOf(IDS, (name) => grown(this.ids[name], new Uint8Array(more * ID_BYTES)));
  }
}

const NOTHING: readonly unknown[] = [];

function grown<Column extends Growing>(from: Column, to: Column): Column {
  (to as Uint8Array).set(from as Uint8Array);
  return to;
}
