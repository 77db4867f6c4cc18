// Ids as 16 bytes. A UUID in canonical form is its own bytes; any other id is its hash, and its text
// is kept beside it. So is the nil UUID: sixteen zero bytes stand for no id at all.

import { ID_KIND } from './scan-batch.ts';
import type { IdColumn } from './scan-batch.ts';
import { hash64 } from './hash64.ts';
import { wellFormed } from './well-formed.ts';

const NIBBLE = new Int8Array(128).fill(-1);
for (let i = 0; i < 16; i++) NIBBLE['0123456789abcdef'.charCodeAt(i)] = i;
const NIL = '00000000-0000-0000-0000-000000000000';
const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));

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

export function readUuid(bytes: Uint8Array, at: number): string {
  let text = '';
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text += '-';
    text += HEX[bytes[at + i] as number];
  }
  return text;
}

export function createIdColumn(rows: number): IdColumn {
  return { kind: new Uint8Array(rows), bytes: new Uint8Array(rows * 16), text: new Map() };
}

export function setId(column: IdColumn, row: number, id: string | null): void {
  if (id === null) return;
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
