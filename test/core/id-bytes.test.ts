import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createIdColumn, getId, readUuid, setId, writeUuid } from '../../src/core/id-bytes.ts';
import { ID_KIND } from '../../src/core/scan-batch.ts';

const NIL = '00000000-0000-0000-0000-000000000000';
const HEX = '0123456789abcdef';
const anyUuid = fc.string({ unit: fc.constantFrom(...HEX), minLength: 32, maxLength: 32 }).map((hex) => `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`);

describe('a canonical UUID', () => {
  it('is its own sixteen bytes', () => {
    fc.assert(
      fc.property(anyUuid, fc.nat(20), (uuid, at) => {
        const bytes = new Uint8Array(40).fill(0xee);
        expect(writeUuid(uuid, bytes, at)).toBe(true);
        expect(Buffer.from(bytes.subarray(at, at + 16)).toString('hex')).toBe(uuid.replaceAll('-', ''));
        expect(readUuid(bytes, at)).toBe(uuid);
        expect([...bytes.subarray(0, at), ...bytes.subarray(at + 16)].every((byte) => byte === 0xee)).toBe(true);
      }),
    );
  });

  it('is one only in canonical form: a changed character makes it text', () => {
    fc.assert(
      fc.property(anyUuid, fc.nat(35), fc.constantFrom('g', 'A', 'F', '-', '0', ' ', 'é', '\u0130', '\uff41', '\u0000'), (uuid, at, by) => {
        const changed = uuid.slice(0, at) + by + uuid.slice(at + 1);
        expect(writeUuid(changed, new Uint8Array(16), 0)).toBe(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(changed));
      }),
    );
  });
});

describe('a column of ids', () => {
  const id = fc.oneof(anyUuid, fc.constant(NIL), fc.constant(null), fc.string({ minLength: 1 }), fc.constantFrom('toolu_01', 'C0FFEE00-0000-4000-8000-000000000000', 'f0'.repeat(18)));

  it('gives every id back, whatever its form', () => {
    fc.assert(
      fc.property(fc.array(id, { maxLength: 20 }), (ids) => {
        const column = createIdColumn(ids.length);
        ids.forEach((value, row) => setId(column, row, value));
        expect(ids.map((_, row) => getId(column, row))).toEqual(ids);
      }),
    );
  });

  it('has different bytes for different ids and zero bytes for none alone', () => {
    fc.assert(
      fc.property(fc.uniqueArray(id, { maxLength: 20 }), (ids) => {
        const column = createIdColumn(ids.length);
        ids.forEach((value, row) => setId(column, row, value));
        const bytes = ids.map((_, row) => Buffer.from(column.bytes.subarray(row * 16, row * 16 + 16)).toString('hex'));
        expect(new Set(bytes).size).toBe(ids.length);
        ids.forEach((value, row) => expect(bytes[row] === '0'.repeat(32)).toBe(value === null));
      }),
    );
  });

  it('keeps the nil UUID as text: its bytes would mean none', () => {
    const column = createIdColumn(1);
    setId(column, 0, NIL);
    expect(column.kind[0]).toBe(ID_KIND.text);
    expect(getId(column, 0)).toBe(NIL);
  });

  it('shows a lone surrogate as the database will', () => {
    const column = createIdColumn(1);
    setId(column, 0, 'x\ud83d');
    expect(getId(column, 0)).toBe('x\ufffd');
  });
});
