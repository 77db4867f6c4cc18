import fc from 'fast-check';
import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wellFormed } from '../../src/core/bytes/well-formed.ts';
import { readWhole, takeWhole } from '../../src/index/store/whole-rows.ts';

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

describe('rows read whole', () => {
  it('are those of the table, whatever their texts', async () => {
    const text = fc.string({ unit: fc.oneof(fc.constantFrom('a', '/', 'é', '名', '😀', '\u0000', '\n'), fc.string({ unit: 'grapheme', maxLength: 1 })), maxLength: 40 });
    const row = fc.record({ path: text, root: text, size: fc.integer({ min: -1, max: 2 ** 45 }) });
    await fc.assert(fc.asyncProperty(fc.array(row, { maxLength: 30 }), fc.integer({ min: 1, max: 200 }), async (rows, pieceBytes) => {
      await connection.run('CREATE OR REPLACE TABLE t (ix INTEGER, path VARCHAR, root VARCHAR, size BIGINT)');
      const stored = rows.map((some, ix) => ({ ix, path: wellFormed(some.path), root: wellFormed(some.root), size: some.size }));
      for (const { ix, path, root, size } of stored.toReversed()) await connection.run('INSERT INTO t VALUES (?, ?, ?, ?)', [ix, path, root, BigInt(size)]);
      expect(await readWhole(connection, { from: 't', by: 'ix', texts: { root: 'root', path: 'path' }, numbers: { ix: 'ix', size: 'size' } }, pieceBytes)).toEqual(stored);
    }), { numRuns: 60 });
  });

  it('stay in order where several have one key and texts come in pieces', async () => {
    const from = 'range(3000) r(n)';
    const rows = await readWhole(connection, { from: `(SELECT n // 7 AS k, n FROM ${from}) t`, by: 'k, n DESC', texts: { name: "'n' || n" }, numbers: { n: 'n' } }, 100);
    expect(rows).toHaveLength(3000);
    expect(rows.every(({ n, name }) => name === `n${n}`)).toBe(true);
    expect(rows.slice(0, 8).map(({ n }) => n)).toEqual([6, 5, 4, 3, 2, 1, 0, 13]);
  });

  it('take little of DuckDB’s memory, however many there are', async () => {
    await connection.run("SET memory_limit = '40MB'");
    try {
      let bytes = 0;
      await takeWhole(connection, { from: 'range(60000) r(n)', by: 'n', texts: { name: "repeat('abcdefghij', 100) || n" }, numbers: { n: 'n' } }, ({ name }) => { bytes += name.length; });
      expect(bytes).toBe(60_000_000 + Array.from({ length: 60_000 }, (_, n) => String(n).length).reduce((sum, length) => sum + length, 0));
    } finally {
      await connection.run("SET memory_limit = '1GB'");
    }
  });

  it('may be more than one chunk, and without texts', async () => {
    const rows = await readWhole(connection, { from: 'range(5000) r(n)', by: 'n', texts: {}, numbers: { n: 'n', twice: '2 * n' } });
    expect(rows).toHaveLength(5000);
    expect(rows[4321]).toEqual({ n: 4321, twice: 8642 });
    const named = await readWhole(connection, { from: 'range(5000) r(n)', by: 'n DESC', texts: { name: "'nº ' || n" }, numbers: { n: 'n' } });
    expect(named[0]).toEqual({ n: 4999, name: 'nº 4999' });
    expect(named[4999]).toEqual({ n: 0, name: 'nº 0' });
  });
});
