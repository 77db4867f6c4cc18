import { rmSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeUuid } from '../../src/core/id-bytes.ts';
import type { ColumnType } from '../../src/index/store/schema.ts';
import { readFixed, TableAppender, uuidToVector } from '../../src/index/store/vectors.ts';
import type { ColumnData } from '../../src/index/store/vectors.ts';
import { newFolder } from './support/test-index.ts';

const dir = newFolder();
let instance: DuckDBInstance;
let connection: DuckDBConnection;
let tables = 0;

beforeAll(async () => {
  instance = await DuckDBInstance.create(`${dir}/vectors.duckdb`, { threads: '1' });
  connection = await instance.connect();
});

afterAll(() => {
  connection.closeSync();
  instance.closeSync();
  rmSync(dir, { recursive: true, force: true });
});

async function newTable<Name extends string>(columns: Record<Name, ColumnType>): Promise<{ name: string; appender: TableAppender<Name> }> {
  const name = `t${tables++}`;
  await connection.run(`CREATE TABLE ${name} (${Object.entries(columns).map(([column, type]) => `${column} ${String(type)}`).join(', ')})`);
  return { name, appender: await TableAppender.create(connection, { name, columns }) };
}

async function valuesOf(table: string, column = 'v'): Promise<unknown[]> {
  return (await connection.runAndReadAll(`SELECT ${column} FROM ${table} ORDER BY rowid`)).getRows().map(([value]) => value);
}

async function roundTrip(type: ColumnType, rows: number, data: ColumnData): Promise<unknown[]> {
  const { name, appender } = await newTable({ v: type });
  appender.append(rows, { v: data });
  appender.close();
  return valuesOf(name);
}

/** Around the size of a vector, where one chunk becomes two. */
const SIZES = [0, 1, 7, 2047, 2048, 2049, 4096, 5000];

describe('columns of fixed width', () => {
  const EDGES: [ColumnType, (rows: number) => ColumnData, (value: unknown) => unknown][] = [
    ['UTINYINT', (rows) => Uint8Array.from({ length: rows }, (_, i) => i * 37), Number],
    ['BOOLEAN', (rows) => Uint8Array.from({ length: rows }, (_, i) => i % 2), Number],
    ['USMALLINT', (rows) => Uint16Array.from({ length: rows }, (_, i) => i * 7919), Number],
    ['INTEGER', (rows) => Int32Array.from({ length: rows }, (_, i) => Math.imul(i, 0x9e3779b1)), Number],
    ['BIGINT', (rows) => BigInt64Array.from({ length: rows }, (_, i) => (i % 2 === 0 ? 1n : -1n) * (2n ** 63n - 1n - BigInt(i))), (value) => value],
    ['UBIGINT', (rows) => BigUint64Array.from({ length: rows }, (_, i) => 2n ** 64n - 1n - BigInt(i)), (value) => value],
  ];

  it.each(EDGES)('%s come back, extremes and all, at every size', async (type, make, read) => {
    for (const rows of SIZES) {
      const data = make(rows);
      expect((await roundTrip(type, rows, data)).map(read)).toEqual([...(data as Iterable<unknown>)]);
    }
  });

  it('are taken from views into larger buffers, and only as many rows as asked for', async () => {
    const large = new BigInt64Array(6000).map((_, i) => BigInt(i));
    expect(await roundTrip('BIGINT', 2049, large.subarray(100, 2200))).toEqual([...large.subarray(100, 2149)]);
  });
});

describe('UUIDs', () => {
  const toVector = (uuids: readonly string[]): Uint8Array => {
    const bytes = new Uint8Array(16);
    const vector = new Uint8Array(uuids.length * 16);
    uuids.forEach((uuid, i) => {
      writeUuid(uuid, bytes, 0);
      uuidToVector(bytes, 0, vector, i * 16);
    });
    return vector;
  };

  it('are the same to DuckDB, and sort as their text does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(fc.uuid(), fc.constantFrom('00000000-0000-0000-0000-000000000000', '7fffffff-ffff-ffff-ffff-ffffffffffff', '80000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff')), { minLength: 1, maxLength: 40 }), async (uuids) => {
        const { name, appender } = await newTable({ v: 'UUID' });
        appender.append(uuids.length, { v: toVector(uuids) });
        appender.close();
        expect(await valuesOf(name, 'v::VARCHAR')).toEqual(uuids);
        const sorted = await connection.runAndReadAll(`SELECT v::VARCHAR FROM ${name} ORDER BY v`);
        expect(sorted.getRows().map(([value]) => value)).toEqual(uuids.toSorted());
        await connection.run(`DROP TABLE ${name}`);
      }),
      { numRuns: 15 },
    );
  });

  it('read back as the bytes they were written from', async () => {
    const uuids = Array.from({ length: 2050 }, (_, i) => `${i.toString(16).padStart(8, '0')}-0000-4000-8000-${(i * 7).toString(16).padStart(12, 'f')}`);
    const written = toVector(uuids);
    const { name, appender } = await newTable({ v: 'UUID' });
    appender.append(uuids.length, { v: written });
    appender.close();
    const read: number[] = [];
    await readFixed(connection, `SELECT v FROM ${name} ORDER BY rowid`, [16], ([column], rows) => read.push(...(column as Uint8Array).subarray(0, rows * 16)));
    expect(Buffer.from(read).equals(Buffer.from(written))).toBe(true);
  });
});

describe('strings', () => {
  it('come back whatever they hold, NULL where there is none, at every size', async () => {
    const kinds = ['', 'a', '\0', 'a\0b', '12 bytes long', 'é\u2028\ud83d\ude00', null];
    const long = 'x'.repeat(100_000);
    for (const rows of SIZES) {
      const data = Array.from({ length: rows }, (_, i) => (i % 500 === 6 ? long : (kinds[i % kinds.length] as string | null)));
      expect(await roundTrip('VARCHAR', rows, data)).toEqual(data);
    }
  });

  it('forget the NULLs of the chunk before', async () => {
    const data = Array.from({ length: 4096 }, (_, i) => (i < 2048 ? null : `row ${i}`));
    expect(await roundTrip('VARCHAR', data.length, data)).toEqual(data);
    const other = data.toReversed();
    expect(await roundTrip('VARCHAR', other.length, other)).toEqual(other);
  });

  it('that are all NULL need no list, and leave nothing behind for the next rows', async () => {
    const { name, appender } = await newTable({ text: 'VARCHAR' });
    appender.append(3, { text: ['a', 'b', 'c'] });
    appender.append(2, { text: null });
    appender.append(1, { text: ['d'] });
    const rows = (await connection.runAndReadAll(`SELECT text FROM ${name}`)).getRows().map(([text]) => text);
    expect(rows).toEqual(['a', 'b', 'c', null, null, 'd']);
    const numbers = await newTable({ n: 'INTEGER' });
    expect(() => numbers.appender.append(1, { n: null })).toThrow(RangeError);
    for (const each of [appender, numbers.appender]) each.close();
  });

  it('of any code units come back as UTF-8 keeps them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(fc.string({ unit: 'binary' })), { minLength: 1, maxLength: 30 }), async (texts) => {
        const kept = texts.map((text) => (text === null ? null : Buffer.from(text, 'utf8').toString('utf8')));
        expect(await roundTrip('VARCHAR', texts.length, texts)).toEqual(kept);
      }),
      { numRuns: 30 },
    );
  });
});

describe('an append', () => {
  it('belongs to the caller’s transaction', async () => {
    const { name, appender } = await newTable({ v: 'INTEGER' });
    await connection.run('BEGIN');
    appender.append(3, { v: Int32Array.of(1, 2, 3) });
    await connection.run('ROLLBACK');
    appender.append(1, { v: Int32Array.of(4) });
    appender.close();
    expect(await valuesOf(name)).toEqual([4]);
  });

  it.each<[string, number, ColumnData, ColumnData]>([
    ['a fixed column is short', 3, new Int32Array(2), ['a', 'b', 'c']],
    ['a fixed column is short in its second chunk', 2049, new Int32Array(2048), Array.from({ length: 2049 }, () => 'x')],
    ['strings are missing', 3, new Int32Array(3), ['a', 'b']],
    ['a fixed column holds strings', 1, ['1'], ['a']],
    ['a string column holds numbers', 1, new Int32Array(1), new Int32Array(1)],
  ])('throws where %s, and nothing of it is ever stored', async (_name, rows, numbers, strings) => {
    const { name, appender } = await newTable({ a: 'INTEGER', b: 'VARCHAR' });
    await connection.run('BEGIN');
    expect(() => appender.append(rows, { a: numbers, b: strings })).toThrow(RangeError);
    await connection.run('ROLLBACK');
    appender.close();
    expect(await valuesOf(name, 'a')).toEqual([]);
  });
});

describe('reading columns back', () => {
  it('gives every chunk of any result, computed, constant or sorted', async () => {
    const numbers: bigint[] = [];
    await readFixed(connection, 'SELECT (i * 3)::UBIGINT, 9::UBIGINT, (i % 5)::INTEGER FROM range(5000) r(i) WHERE i % 2 = 0 ORDER BY i DESC', [8, 8, 4], ([triple, nine, fifth], rows) => {
      const view = (bytes: Uint8Array | undefined): DataView => new DataView((bytes as Uint8Array).buffer, (bytes as Uint8Array).byteOffset);
      for (let row = 0; row < rows; row++) {
        const value = view(triple).getBigUint64(row * 8, true);
        expect(view(nine).getBigUint64(row * 8, true)).toBe(9n);
        expect(BigInt(view(fifth).getInt32(row * 4, true))).toBe((value / 3n) % 5n);
        numbers.push(value);
      }
    });
    expect(numbers).toEqual(Array.from({ length: 2500 }, (_, i) => BigInt(4998 - i * 2) * 3n));
  });

  it('calls nobody where there is nothing', async () => {
    await readFixed(connection, 'SELECT 1::UBIGINT WHERE false', [8], () => expect.unreachable());
  });
});
