// The columns of a ScanBatch while rows are added, and how they leave. One set per thread grows and is
// used again for every segment; a batch takes a copy of exact length, all columns in one buffer, because
// seventeen small allocations would cost as much as scanning a small file.

import { createIdColumn } from '../core/id-bytes.ts';
import { USAGE_WIDTH } from '../core/scan-batch.ts';
import type { IdColumn, ScanBatch } from '../core/scan-batch.ts';
import { TextColumnBuilder } from '../core/bytes/text-column.ts';
import type { TextColumn } from '../core/bytes/text-column.ts';

export type Columns = Pick<
  ScanBatch,
  'line' | 'byteOffset' | 'byteLength' | 'ts' | 'session' | 'agent' | 'type' | 'role' | 'model' | 'flags' | 'usage' | 'callMessage' | 'callRequest' | 'uuid' | 'parent'
>;

/** What only some rows have. */
export interface Texts {
  tools: TextColumnBuilder;
  toolResults: TextColumnBuilder;
  calledRows: number[];
  calledNames: number[];
}

type Words = Pick<TextColumn, 'rows' | 'ends'>;
type CutTexts = Pick<ScanBatch, 'tools' | 'toolResults' | 'calledRows' | 'calledNames'>;

const FIRST_ROWS = 1024;
/** Columns grown beyond this are let go after the batch. */
const KEPT_ROWS = 32 * 1024;

let spare: Columns | null = null;
let spareTexts: Texts | null = null;

export function takeTexts(): Texts {
  const texts = spareTexts ?? { tools: new TextColumnBuilder(), toolResults: new TextColumnBuilder(), calledRows: [], calledNames: [] };
  spareTexts = null;
  return texts;
}

/** Columns to fill, zero where a row need not set them: usage, calls and ids. */
export function takeColumns(): Columns {
  const columns = spare ?? allocate(FIRST_ROWS);
  spare = null;
  return columns;
}

export function grown(from: Columns): Columns {
  const to = allocate(from.line.length * 2);
  for (const name of ['line', 'byteOffset', 'byteLength', 'ts', 'session', 'agent', 'type', 'role', 'model', 'flags', 'usage'] as const) to[name].set(from[name]);
  to.callMessage.set(from.callMessage);
  to.callRequest.set(from.callRequest);
  for (const name of ['uuid', 'parent'] as const) {
    to[name].kind.set(from[name].kind);
    to[name].bytes.set(from[name].bytes);
    to[name].text = from[name].text;
  }
  return to;
}

/** A copy of the first `rows` rows. What is given is taken back. */
export function cutColumns(from: Columns, rows: number, texts: Texts): Columns & CutTexts {
  const { tools, toolResults } = { tools: texts.tools.column, toolResults: texts.toolResults.column };
  const cutter = new Cutter(rows, textBytes(tools) + textBytes(toolResults) + texts.calledRows.length * 8);
  // Wide ones first: each column begins at a multiple of its width.
  const wide = {
    byteOffset: cutter.floats(from.byteOffset, 1),
    ts: cutter.floats(from.ts, 1),
    usage: cutter.floats(from.usage, USAGE_WIDTH),
    callMessage: cutter.hashes(from.callMessage),
    callRequest: cutter.hashes(from.callRequest),
    line: cutter.counts(from.line),
    byteLength: cutter.counts(from.byteLength),
    session: cutter.codes(from.session),
    agent: cutter.codes(from.agent),
    type: cutter.codes(from.type),
    role: cutter.codes(from.role),
    model: cutter.codes(from.model),
    calledRows: cutter.words(texts.calledRows),
    calledNames: cutter.words(texts.calledNames),
  };
  const sparse = cutter.texts([tools, toolResults]);
  const narrow = { flags: cutter.flags(from.flags), uuid: cutter.ids(from.uuid), parent: cutter.ids(from.parent) };
  const [toolTexts, resultTexts] = sparse.bytes() as [TextColumn, TextColumn];
  giveBack(from, rows);
  giveTextsBack(texts);
  return { ...wide, ...narrow, tools: toolTexts, toolResults: resultTexts };
}

const ROW_BYTES = 8 * (2 + USAGE_WIDTH + 2) + 4 * 7 + 2 + 2 * 17;

function textBytes({ rows, bytes }: TextColumn): number {
  return rows.length * 8 + bytes.length;
}

class Cutter {
  private readonly rows: number;
  private readonly buffer: ArrayBuffer;
  private used = 0;

  /** `more`: bytes of what only some rows have. */
  constructor(rows: number, more: number) {
    this.rows = rows;
    this.buffer = new ArrayBuffer(rows * ROW_BYTES + more);
  }

  floats(from: Float64Array, width: number): Float64Array {
    const length = this.rows * width;
    const to = new Float64Array(this.buffer, this.take(length * 8), length);
    to.set(from.subarray(0, length));
    return to;
  }

  hashes(from: BigUint64Array): BigUint64Array {
    const to = new BigUint64Array(this.buffer, this.take(this.rows * 8), this.rows);
    to.set(from.subarray(0, this.rows));
    return to;
  }

  counts(from: Uint32Array): Uint32Array {
    const to = new Uint32Array(this.buffer, this.take(this.rows * 4), this.rows);
    to.set(from.subarray(0, this.rows));
    return to;
  }

  codes(from: Int32Array): Int32Array {
    const to = new Int32Array(this.buffer, this.take(this.rows * 4), this.rows);
    to.set(from.subarray(0, this.rows));
    return to;
  }

  flags(from: Uint16Array): Uint16Array {
    const to = new Uint16Array(this.buffer, this.take(this.rows * 2), this.rows);
    to.set(from.subarray(0, this.rows));
    return to;
  }

  words(from: ArrayLike<number>): Uint32Array {
    const to = new Uint32Array(this.buffer, this.take(from.length * 4), from.length);
    to.set(from);
    return to;
  }

  /** Their numbers at once; their bytes when `bytes` is called, because nothing wider fits behind those. */
  texts(columns: readonly TextColumn[]): { bytes: () => TextColumn[] } {
    const numbers = columns.map(({ rows, ends }) => ({ rows: this.words(rows), ends: this.words(ends) }));
    return { bytes: () => columns.map(({ bytes }, i) => ({ ...(numbers[i] as Words), bytes: this.copy(bytes) })) };
  }

  ids(from: IdColumn): IdColumn {
    return { kind: this.bytes(from.kind, 1), bytes: this.bytes(from.bytes, 16), text: from.text };
  }

  private bytes(from: Uint8Array, width: number): Uint8Array {
    return this.copy(from.subarray(0, this.rows * width));
  }

  private copy(from: Uint8Array): Uint8Array {
    const to = new Uint8Array(this.buffer, this.take(from.length), from.length);
    to.set(from);
    return to;
  }

  private take(bytes: number): number {
    const at = this.used;
    this.used += bytes;
    return at;
  }
}

function giveTextsBack(texts: Texts): void {
  texts.calledRows.length = 0;
  texts.calledNames.length = 0;
  texts.tools.clear();
  texts.toolResults.clear();
  spareTexts = texts;
}

function giveBack(columns: Columns, rows: number): void {
  if (columns.line.length > KEPT_ROWS) return;
  columns.usage.fill(0, 0, rows * USAGE_WIDTH);
  columns.callMessage.fill(0n, 0, rows);
  columns.callRequest.fill(0n, 0, rows);
  for (const ids of [columns.uuid, columns.parent]) {
    ids.kind.fill(0, 0, rows);
    ids.bytes.fill(0, 0, rows * 16);
    ids.text = new Map();
  }
  spare = columns;
}

function allocate(rows: number): Columns {
  return {
    line: new Uint32Array(rows),
    byteOffset: new Float64Array(rows),
    byteLength: new Uint32Array(rows),
    ts: new Float64Array(rows),
    session: new Int32Array(rows),
    agent: new Int32Array(rows),
    type: new Int32Array(rows),
    role: new Int32Array(rows),
    model: new Int32Array(rows),
    flags: new Uint16Array(rows),
    usage: new Float64Array(rows * USAGE_WIDTH),
    callMessage: new BigUint64Array(rows),
    callRequest: new BigUint64Array(rows),
    uuid: createIdColumn(rows),
    parent: createIdColumn(rows),
  };
}
