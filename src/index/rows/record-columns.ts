// The rows of a commit's segments as columns of the `records` table: dictionary numbers in place of
// strings, lake offsets given out, repeats marked.

import { FLAG, ID_KIND, USAGE_WIDTH } from '../../core/scan-batch.ts';
import type { IdColumn, ScanBatch } from '../../core/scan-batch.ts';
import { TextColumnBuilder } from '../../core/bytes/text-column.ts';
import { setInt64, wordsOf } from '../store/int64.ts';
import { uuidToVector } from '../store/vectors.ts';

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
  readonly tools = new TextColumnBuilder();
  readonly toolResults = new TextColumnBuilder();
  /** Null where no row has one. */
  uuidText: (string | null)[] | null = null;
  parentText: (string | null)[] | null = null;
  /** The same memory as `uuid`, four words an id. */
  readonly uuidWords: Uint32Array;
  /** The same memory as `callMessage` and `callRequest`, the low word of each first. */
  readonly callWords: Uint32Array;
  readonly requestWords: Uint32Array;
  private readonly words: { offset: Int32Array; byteOffset: Int32Array; ts: Int32Array; usage: Int32Array[] };

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
    this.uuidWords = new Uint32Array(this.uuid.buffer);
    this.callWords = new Uint32Array(this.callMessage.buffer);
    this.requestWords = new Uint32Array(this.callRequest.buffer);
    this.words = { offset: wordsOf(this.offset), byteOffset: wordsOf(this.byteOffset), ts: wordsOf(this.ts), usage: this.usage.map(wordsOf) };
  }

  /** Takes over what needs no look-up, into the next free rows; returns the first of them. */
  addSegment(scan: ScanBatch, fileIx: number): number {
    const first = this.at;
    this.at += scan.rows;
    this.file.fill(fileIx, first, this.at);
    this.line.set(scan.line, first);
    this.byteLength.set(scan.byteLength, first);
    this.flags.set(scan.flags, first);
    this.callMessage.set(scan.callMessage, first);
    this.callRequest.set(scan.callRequest, first);
    for (let row = 0; row < scan.rows; row++) {
      const to = first + row;
      setInt64(this.words.byteOffset, to, scan.byteOffset[row] as number);
      setInt64(this.words.ts, to, msOf(scan, row));
      copyId(scan.uuid, row, this.uuid, to);
      copyId(scan.parent, row, this.parent, to);
    }
    this.words.usage.forEach((column, i) => {
      for (let row = 0; row < scan.rows; row++) setInt64(column, first + row, scan.usage[row * USAGE_WIDTH + i] as number);
    });
    this.tools.addAll(scan.tools, first);
    this.toolResults.addAll(scan.toolResults, first);
    this.uuidText = this.withTexts(this.uuidText, scan.uuid.text, first);
    this.parentText = this.withTexts(this.parentText, scan.parent.text, first);
    return first;
  }

  private withTexts(to: (string | null)[] | null, from: ReadonlyMap<number, string>, first: number): (string | null)[] | null {
    if (from.size === 0) return to;
    const texts = to ?? Array.from({ length: this.rows }, () => null);
    for (const [row, text] of from) texts[first + row] = text;
    return texts;
  }

  setOffset(row: number, offset: number): void {
    setInt64(this.words.offset, row, offset);
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

function copyId(from: IdColumn, row: number, to: Uint8Array, toRow: number): void {
  if (from.kind[row] === ID_KIND.none) to[toRow * 16 + 15] = 0x80;
  else uuidToVector(from.bytes, row * 16, to, toRow * 16);
}

