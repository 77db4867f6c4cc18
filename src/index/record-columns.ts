// The rows of a commit's segments as columns of the `records` table: dictionary numbers in place of
// strings, lake offsets given out, repeats marked.

import { FLAG, ID_KIND, USAGE_WIDTH } from '../core/scan-batch.ts';
import type { IdColumn, ScanBatch } from '../core/scan-batch.ts';
import { uuidToVector } from './vectors.ts';

export class RecordColumns {
  readonly rows: number;
  at = 0;
  readonly offset: BigInt64Array;
  readonly file: Int32Array;
  readonly line: Int32Array;
  readonly byteOffset: BigInt64Array;
  readonly byteLength: Int32Array;
  readonly ts: BigInt64Array;
  readonly session: Int32Array;
  readonly agent: Int32Array;
  readonly type: Int32Array;
  readonly role: Int32Array;
  readonly model: Int32Array;
  readonly flags: Uint16Array;
  readonly uuid: Uint8Array;
  readonly parent: Uint8Array;
  readonly usage: BigInt64Array[];
  readonly callMessage: BigUint64Array;
  readonly callRequest: BigUint64Array;
  readonly tools: (string | null)[];
  readonly toolResults: (string | null)[];
  readonly uuidText: (string | null)[];
  readonly parentText: (string | null)[];

  constructor(rows: number) {
    this.rows = rows;
    this.offset = new BigInt64Array(rows);
    this.file = new Int32Array(rows);
    this.line = new Int32Array(rows);
    this.byteOffset = new BigInt64Array(rows);
    this.byteLength = new Int32Array(rows);
    this.ts = new BigInt64Array(rows);
    this.session = new Int32Array(rows);
    this.agent = new Int32Array(rows);
    this.type = new Int32Array(rows);
    this.role = new Int32Array(rows);
    this.model = new Int32Array(rows);
    this.flags = new Uint16Array(rows);
    this.uuid = new Uint8Array(rows * 16);
    this.parent = new Uint8Array(rows * 16);
    this.usage = Array.from({ length: 4 }, () => new BigInt64Array(rows));
    this.callMessage = new BigUint64Array(rows);
    this.callRequest = new BigUint64Array(rows);
    this.tools = Array.from({ length: rows }, () => null);
    this.toolResults = Array.from({ length: rows }, () => null);
    this.uuidText = Array.from({ length: rows }, () => null);
    this.parentText = Array.from({ length: rows }, () => null);
  }

  /** Copies what needs no look-up. `row` is the batch's, the next free row of these columns receives it. */
  copy(scan: ScanBatch, row: number, fileIx: number, offset: number): number {
    const to = this.at++;
    this.offset[to] = BigInt(offset);
    this.file[to] = fileIx;
    this.line[to] = scan.line[row] as number;
    this.byteOffset[to] = BigInt(scan.byteOffset[row] as number);
    this.byteLength[to] = scan.byteLength[row] as number;
    this.ts[to] = BigInt(msOf(scan, row));
    this.flags[to] = scan.flags[row] as number;
    for (let i = 0; i < 4; i++) (this.usage[i] as BigInt64Array)[to] = BigInt(scan.usage[row * USAGE_WIDTH + i] as number);
    this.callMessage[to] = scan.callMessage[row] as bigint;
    this.callRequest[to] = scan.callRequest[row] as bigint;
    this.tools[to] = scan.tools.get(row) ?? null;
    this.toolResults[to] = scan.toolResults.get(row) ?? null;
    copyId(scan.uuid, row, this.uuid, to, this.uuidText);
    copyId(scan.parent, row, this.parent, to, this.parentText);
    return to;
  }

  markDuplicate(row: number): void {
    this.flags[row] = (this.flags[row] as number) | FLAG.duplicate;
  }
}

export function msOf(scan: ScanBatch, row: number): number {
  return wholeMs(scan.ts[row] as number);
}

/** Whole milliseconds, -1 for none. */
export function wholeMs(ms: number): number {
  return Number.isNaN(ms) ? -1 : Math.trunc(ms);
}

function copyId(from: IdColumn, row: number, to: Uint8Array, toRow: number, text: (string | null)[]): void {
  if (from.kind[row] === ID_KIND.none) {
    to[toRow * 16 + 15] = 0x80;
    return;
  }
  uuidToVector(from.bytes, row * 16, to, toRow * 16);
  if (from.kind[row] === ID_KIND.text) text[toRow] = from.text.get(row) ?? null;
}
