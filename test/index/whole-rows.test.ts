import fc from 'fast-check';
import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wellFormed } from '../../src/core/bytes/well-formed.ts';
import { readWhole } from '../../src/index/store/whole-rows.ts';

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
    await fc.assert(fc.asyncProperty(fc.array(row, { maxLength: 30 }), async (rows) => {
      await connection.run('CREATE OR REPLACE TABLE t (ix INTEGER, path VARCHAR, root VARCHAR, size BIGINT)');
      const stored = rows.map((some, ix) => ({ ix, path: wellFormed(some.path), root: wellFormed(some.root), size: some.size }));
      for (const { ix, path, root, size } of stored.toReversed()) await connection.run('INSERT INTO t VALUES (?, ?, ?, ?)', [ix, path, root, BigInt(size)]);
      expect(await readWhole(connection, { from: 't', by: 'ix', texts: { root: 'root', path: 'path' }, numbers: { ix: 'ix', size: 'size' } })).toEqual(stored);
    }), { numRuns: 60 });
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
