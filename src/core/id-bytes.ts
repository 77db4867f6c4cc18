// Ids as 16 bytes. A UUID in canonical form is its own bytes; any other id is its hash, and its text
// is kept beside it. So is the nil UUID: sixteen zero bytes stand for no id at all.

import { ID_KIND } from './scan-batch.ts';
import type { IdColumn } from './scan-batch.ts';
import { hash64 } from './bytes/hash64.ts';
import { wellFormed } from './bytes/well-formed.ts';

const NIBBLE = new Int8Array(128).fill(-1);
for (let i = 0; i < 16; i++) NIBBLE['0123456789abcdef'.charCodeAt(i)] = i;
const NIL = '00000000-0000-0000-0000-000000000000';
const DIGIT = Buffer.from('0123456789abcdef');

/** Writes a lower-case canonical UUID to 16 bytes; false, with the bytes undefined, where it is none. */
export function writeUuid(text: string, bytes: Uint8Array, at: number): boolean {
  if (text.length !== 36) return false;
  let out = at;
  for (let i = 0; i < 36; i++) {
    if (i === 8 || i === 13 || i === 18 || i === 23) {
      if (text.charCodeAt(i) !== 45) return false;
      continue;
    }
    const high = NIBBLE[text.charCodeAt(i)] ?? -1;
    const low = NIBBLE[text.charCodeAt(++i)] ?? -1;
    if (high < 0 || low < 0) return false;
    bytes[out++] = (high << 4) | low;
  }
  return true;
}

const written = Buffer.alloc(36, '-');

/** Decoded at once: a text put together from its digits would be a tree, and slow to compare. */
export function readUuid(bytes: Uint8Array, at: number): string {
  let out = 0;
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) out += 1;
    const byte = bytes[at + i] as number;
    written[out++] = DIGIT[byte >> 4] as number;
    written[out++] = DIGIT[byte & 15] as number;
  }
  return written.toString('latin1');
}

/** A UUID by its bytes, read as four little-endian words: to pass on, it costs less than its text. Never the nil UUID. */
export class UuidWords {
  private readonly first: number;
  private readonly second: number;
  private readonly third: number;
  private readonly fourth: number;

  constructor(first: number, second: number, third: number, fourth: number) {
    this.first = first;
    this.second = second;
    this.third = third;
    this.fourth = fourth;
  }

  write(bytes: Uint8Array, at: number): void {
    writeWord(bytes, at, this.first);
    writeWord(bytes, at + 4, this.second);
    writeWord(bytes, at + 8, this.third);
    writeWord(bytes, at + 12, this.fourth);
  }

  /** Without making a text of either. */
  equals(other: UuidWords): boolean {
    return this.first === other.first && this.second === other.second && this.third === other.third && this.fourth === other.fourth;
  }

  toString(): string {
    const bytes = new Uint8Array(16);
    this.write(bytes, 0);
    return readUuid(bytes, 0);
  }
}

function writeWord(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word;
  bytes[at + 1] = word >>> 8;
  bytes[at + 2] = word >>> 16;
  bytes[at + 3] = word >>> 24;
}

export type Id = string | UuidWords;

export function isSameId(a: Id, b: Id): boolean {
  if (typeof a !== 'string' && typeof b !== 'string') return a.equals(b);
  return a.toString() === b.toString();
}

export function createIdColumn(rows: number): IdColumn {
  return { kind: new Uint8Array(rows), bytes: new Uint8Array(rows * 16), text: new Map() };
}

export function setId(column: IdColumn, row: number, id: Id | null): void {
  if (id === null) return;
  if (typeof id !== 'string') {
    id.write(column.bytes, row * 16);
    column.kind[row] = ID_KIND.uuid;
    return;
  }
  if (id !== NIL && writeUuid(id, column.bytes, row * 16)) {
    column.kind[row] = ID_KIND.uuid;
    return;
  }
  const view = new DataView(column.bytes.buffer, column.bytes.byteOffset + row * 16, 16);
  view.setBigUint64(0, hash64(id, 1));
  view.setBigUint64(8, hash64(id, 2));
  column.kind[row] = ID_KIND.text;
  column.text.set(row, wellFormed(id));
}

export function getId(column: IdColumn, row: number): string | null {
  if (column.kind[row] === ID_KIND.none) return null;
  return column.kind[row] === ID_KIND.uuid ? readUuid(column.bytes, row * 16) : (column.text.get(row) ?? null);
}
