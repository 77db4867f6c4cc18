// The cells that the scanner notes, as the values JSON.parse would give. Nothing is decoded before it is
// asked for; texts of a window are decoded together and words once for many windows, because making
// strings costs more than scanning.

import { UuidWords } from '../../core/id-bytes.ts';
import { ReadTime } from '../json-value.ts';

/** Kinds of cells, as in wasm/cells.ts. */
export const CELL = {
  absent: 0, null: 1, false: 2, true: 3, integer: 4, number: 5, symbol: 6, ascii: 7, utf8: 8, escaped: 9, object: 10, list: 11,
  otherObject: 12, otherList: 13, uuid: 14, time: 15,
} as const;

/** A line's row begins with its start, its end, whether it was understood, and where the next row begins. */
export const LINE_HEADER_BYTES = 16;

export class Cells {
  /** The row of the line at hand. */
  row = 0;
  private ints: Int32Array;
  private bytes: Buffer;
  private readonly symbols: string[] = [];
  private texts = '';
  constructor(memory: ArrayBuffer) {
    this.ints = new Int32Array(memory);
    this.bytes = Buffer.from(memory);
  }

  /** After the scanner's memory grew, the one from before is no more. */
  useMemory(memory: ArrayBuffer): void {
    this.ints = new Int32Array(memory);
    this.bytes = Buffer.from(memory);
  }

  useTexts(from: number, to: number): void {
    this.texts = from === to ? '' : this.bytes.toString('latin1', from, to);
  }

  get symbolCount(): number {
    return this.symbols.length;
  }

  addSymbol(entry: number): void {
    const from = this.int(entry);
    this.symbols.push(internalized(this.bytes.toString('latin1', from, from + this.int(entry + 4))));
  }

  dropSymbols(): void {
    this.symbols.length = 0;
  }

  int(at: number): number {
    return this.ints[at >> 2] as number;
  }

  kind(cell: number): number {
    return this.int(cell) & 0xff;
  }

  next(cell: number): number {
    return this.int(cell + 4);
  }

  /** For what was not asked to be looked into: an empty object or list. */
  value(cell: number): unknown {
    const head = this.int(cell);
    const value = this.int(cell + 4);
    switch (head & 0xff) {
      case CELL.absent:
        return undefined;
      case CELL.symbol:
        return this.symbols[value];
      case CELL.ascii:
        return this.texts.slice(value, value + (head >>> 8));
      case CELL.uuid:
        return new UuidWords(this.int(value), this.int(value + 4), this.int(value + 8), this.int(value + 12));
      case CELL.integer:
        return value;
      case CELL.time:
        return new ReadTime((head >>> 8) * 2 ** 32 + (value >>> 0));
      case CELL.null:
        return null;
      case CELL.true:
        return true;
      case CELL.false:
        return false;
      default:
        return this.rareValue(head & 0xff, value, head >>> 8);
    }
  }

  private rareValue(kind: number, from: number, length: number): unknown {
    if (kind === CELL.number) return Number(this.bytes.toString('latin1', from, from + length));
    if (kind === CELL.utf8) return this.bytes.toString('utf8', from, from + length);
    if (kind === CELL.escaped) return JSON.parse(this.bytes.toString('utf8', from - 1, from + length + 1));
    return kind === CELL.otherList ? [] : {};
  }
}

/** As the engine keeps literals and keys: comparing with these is then comparing two addresses. */
function internalized(text: string): string {
  return Object.keys({ [text]: null })[0] as string;
}
