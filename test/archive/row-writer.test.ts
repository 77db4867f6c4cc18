// Rows through the unsafe calls and back: nothing may be lost, cut or moved.

import { isUtf8 } from 'node:buffer';
import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTableSql } from '../../src/archive/columns.ts';
import type { Column } from '../../src/archive/columns.ts';
import { RowWriter } from '../../src/archive/row-writer.ts';

const COLUMNS: Column[] = [
  { name: 'id', type: 'BIGINT' },
  { name: 'small', type: 'INTEGER' },
  { name: 'flag', type: 'BOOLEAN' },
  { name: 'ts', type: 'TIMESTAMPTZ' },
  { name: 'text', type: 'VARCHAR' },
  { name: 'bytes', type: 'BLOB' },
];
let instance: DuckDBInstance;
let connection: DuckDBConnection;

beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:');
  connection = await instance.connect();
});

afterAll(() => {
  connection.closeSync();
  instance.closeSync();
});

async function writerOf(columns: readonly Column[] = COLUMNS): Promise<RowWriter> {
  await connection.run(createTableSql('t', columns));
  return new RowWriter(await connection.createAppender('t'), columns);
}

async function rows(sql: string): Promise<unknown[][]> {
  return (await connection.runAndReadAll(sql)).getRows();
}

describe('cells', () => {
  it('keep their values and NULLs over many chunks', async () => {
    const writer = await writerOf();
    const count = 5000;
    for (let i = 0; i < count; i++) {
      writer.integer(i).integer(i % 3 === 0 ? null : -i).boolean(i % 2 === 0).time(i % 5 === 0 ? Number.NaN : i);
      writer.text(i % 7 === 0 ? null : `row ${i} ${'x'.repeat(i % 40)}`).bytes(i % 11 === 0 ? null : Buffer.from([i & 255, 0, 255])).endRow();
    }
    writer.flush();
    expect(writer.rows).toBe(count);
    const wrong = await rows(`
      SELECT count(*)::INT FROM t WHERE
        small IS DISTINCT FROM (CASE WHEN id % 3 = 0 THEN NULL ELSE -id END) OR flag IS DISTINCT FROM (id % 2 = 0) OR
        epoch_us(ts) IS DISTINCT FROM (CASE WHEN id % 5 = 0 THEN NULL ELSE id * 1000 END) OR
        text IS DISTINCT FROM (CASE WHEN id % 7 = 0 THEN NULL ELSE 'row ' || id || ' ' || repeat('x', (id % 40)::INT) END) OR
        hex(bytes) IS DISTINCT FROM (CASE WHEN id % 11 = 0 THEN NULL ELSE printf('%02X00FF', (id & 255)::INT) END)`);
    expect(wrong).toEqual([[0]]);
    expect(await rows('SELECT count(*)::INT, count(DISTINCT id)::INT FROM t')).toEqual([[count, count]]);
  });

  it('hold the whole range of integers and times', async () => {
    const writer = await writerOf(COLUMNS.filter(({ type }) => type === 'BIGINT' || type === 'TIMESTAMPTZ'));
    writer.integer(Number.MAX_SAFE_INTEGER).time(Date.UTC(9999, 11, 31)).endRow();
    writer.integer(-1).time(Date.UTC(1960, 0, 1)).endRow();
    writer.flush();
    expect(await rows('SELECT id, epoch_us(ts) FROM t')).toEqual([
      [BigInt(Number.MAX_SAFE_INTEGER), BigInt(Date.UTC(9999, 11, 31)) * 1000n],
      [-1n, BigInt(Date.UTC(1960, 0, 1)) * 1000n],
    ]);
  });

  it('hold NUL characters, empty text and lone surrogates', async () => {
    const writer = await writerOf([{ name: 'text', type: 'VARCHAR' }]);
    for (const text of ['', '\u0000', 'a\u0000b', `${'long '.repeat(10)}\u0000end`, '\ud800']) writer.text(text).endRow();
    writer.flush();
    expect(await rows('SELECT text FROM t')).toEqual([[''], ['\u0000'], ['a\u0000b'], [`${'long '.repeat(10)}\u0000end`], ['\uFFFD']]);
  });

  it('take every text that Node calls UTF-8', async () => {
    const writer = await writerOf([{ name: 'text', type: 'VARCHAR' }]);
    let written = 0;
    for (let code = 0; code <= 0x10ffff; code += code < 0x1000 ? 1 : 61) {
      const bytes = Buffer.from(String.fromCodePoint(code));
      if (!isUtf8(bytes)) throw new Error(`not UTF-8: ${code}`);
      writer.bytes(bytes).endRow();
      written += 1;
    }
    for (const code of [0xd7ff, 0xe000, 0xfdd0, 0xfffe, 0xffff, 0x10000, 0x1fffe, 0x10fffe, 0x10ffff]) {
      writer.text(String.fromCodePoint(code)).endRow();
      written += 1;
    }
    writer.flush();
    expect(await rows('SELECT count(text)::INT FROM t')).toEqual([[written]]);
  });
});

describe('a mistake of the caller', () => {
  it('is an error before anything is copied', async () => {
    const writer = await writerOf();
    expect(() => writer.text('no')).toThrow('column id is BIGINT');
    const short = await writerOf();
    short.integer(1);
    expect(() => short.endRow()).toThrow('1 cells for 6 columns');
    expect(() => short.flush()).toThrow('not ended');
    const long = await writerOf([{ name: 'id', type: 'BIGINT' }]);
    long.integer(1);
    expect(() => long.integer(2)).toThrow('more than 1');
    const boolean = await writerOf([{ name: 'flag', type: 'BOOLEAN' }]);
    expect(() => boolean.integer(1)).toThrow('BOOLEAN, not an integer');
    const time = await writerOf([{ name: 'small', type: 'INTEGER' }]);
    expect(() => time.time(1)).toThrow('INTEGER, not a time');
    expect(() => time.boolean(true)).toThrow();
  });
});
