// Parts are for every reader, not only for the one that wrote them. parquetjs-lite has no code of
// DuckDB's. It reads the footer of a part as it is, but knows no zstd and trips over dictionaries of
// integers: for the data, the part is written again with gzip and without dictionaries.

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { query, TestLake } from './test-lake.ts';

interface ParquetReader {
  getRowCount(): number | { valueOf(): number };
  schema: { fields: Record<string, { primitiveType: string; originalType?: string }> };
  metadata: { schema: { name: string; logicalType?: { TIMESTAMP?: { isAdjustedToUTC: boolean } | null } | null }[]; row_groups: { columns: { meta_data: { codec: number } }[] }[] };
  getCursor(): { next(): Promise<Record<string, unknown> | null> };
  close(): Promise<void>;
}
const parquet = createRequire(import.meta.url)('parquetjs-lite') as { ParquetReader: { openFile(path: string): Promise<ParquetReader> } };
const ZSTD = 6;

let lake: TestLake;
let path: string;
const LINE = { type: 'user', sessionId: 's', uuid: '11111111-2222-4333-8444-555555555555', timestamp: '2026-11-20T10:00:00.123Z', message: { role: 'user', content: 'hé\u0000llo' } };
const CONTENT = Buffer.concat([Buffer.from(`${JSON.stringify(LINE)}\nnot json\n`), Buffer.from([0xff, 0xfe, 0x0a]), Buffer.from('\n')]);

beforeAll(async () => {
  lake = new TestLake();
  lake.write('p/s.jsonl', CONTENT, { source: 'claude-code' });
  const archiver = lake.archiver({ workerThreads: 1 });
  await archiver.run({ all: true });
  await archiver.close();
  path = lake.partPaths()[0] as string;
});

afterAll(() => lake.remove());

it('has only types that every Parquet reader knows', async () => {
  const reader = await parquet.ParquetReader.openFile(path);
  expect(Number(reader.getRowCount())).toBe(4);
  expect(reader.metadata.row_groups.flatMap((group) => group.columns.map((column) => column.meta_data.codec))).toEqual(Array.from({ length: 26 }, () => ZSTD));
  const types = Object.entries(reader.schema.fields).map(([name, { primitiveType, originalType }]) => `${name} ${primitiveType} ${originalType ?? ''}`.trim());
  await reader.close();
  const text = (name: string): string => `${name} BYTE_ARRAY UTF8`;
  const integer = (name: string): string => `${name} INT64 INT_64`;
  expect(types).toEqual([
    integer('offset'), ...['session_id', 'agent_id', 'project', 'file_id', 'file'].map(text), 'generation INT32 INT_32', ...['line', 'byte_offset', 'byte_length'].map(integer),
    'ts INT64 TIMESTAMP_MICROS', ...['type', 'role', 'uuid', 'parent_uuid', 'model'].map(text),
    ...['input_tokens', 'output_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens'].map(integer), ...['tools', 'tool_results'].map(text), 'duplicate BOOLEAN', ...['reject', 'raw'].map(text), 'raw_bytes BYTE_ARRAY',
  ]);
});

it('says that its times are instants in UTC', async () => {
  const reader = await parquet.ParquetReader.openFile(path);
  const times = reader.metadata.schema.flatMap(({ name, logicalType }) => (logicalType?.TIMESTAMP ? [[name, logicalType.TIMESTAMP.isAdjustedToUTC]] : []));
  await reader.close();
  expect(times).toEqual([['ts', true]]);
});

it('is one table with parts whose times did not say so', async () => {
  const old = join(lake.dir, 'old.parquet');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`COPY (SELECT * REPLACE (make_timestamp(epoch_us(ts)) AS ts) FROM read_parquet('${path}', hive_partitioning = false)) TO '${old}' (FORMAT parquet)`);
  const types = await connection.runAndReadAll(`SELECT logical_type FROM parquet_schema('${old}') WHERE name = 'ts'`);
  expect(String(types.getRows()[0]?.[0])).toContain('isAdjustedToUTC=0');
  // Where a session's zone is another, DuckDB takes such older times for local ones.
  await connection.run("SET TimeZone = 'UTC'");
  for (const order of [`'${old}', '${path}'`, `'${path}', '${old}'`]) {
    const read = await connection.runAndReadAll(`SELECT DISTINCT epoch_us(ts::TIMESTAMPTZ) FROM read_parquet([${order}], hive_partitioning = false) WHERE ts IS NOT NULL`);
    expect([order, read.getRows()]).toEqual([order, [[BigInt(Date.parse(LINE.timestamp)) * 1000n]]]);
  }
  connection.closeSync();
  instance.closeSync();
});

it('reads the same without DuckDB', async () => {
  const copy = join(lake.dir, 'copy.parquet');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`COPY (FROM read_parquet('${path}', hive_partitioning = false)) TO '${copy}' (FORMAT parquet, COMPRESSION gzip, DICTIONARY_SIZE_LIMIT 0)`);
  connection.closeSync();
  instance.closeSync();
  const reader = await parquet.ParquetReader.openFile(copy);
  const cursor = reader.getCursor();
  const rows: Record<string, unknown>[] = [];
  for (let row = await cursor.next(); row !== null; row = await cursor.next()) rows.push(row);
  await reader.close();
  const bytes = rows.flatMap((row) => [Buffer.from((row['raw'] ?? row['raw_bytes']) as string | Uint8Array), Buffer.from('\n')]);
  expect(Buffer.concat(bytes)).toEqual(CONTENT);
  expect(rows[0]).toMatchObject({ session_id: 's', uuid: LINE.uuid, type: 'user', role: 'user', ts: new Date(LINE.timestamp), duplicate: false });
  expect(rows.map((row) => Number(row['line']))).toEqual([1, 2, 3, 4]);
  expect(rows.map((row) => row['reject'] ?? null)).toEqual([null, 'invalid_json', expect.any(String), 'blank']);
});

it('is one table partitioned by source and month', async () => {
  const [row] = await query(lake.archiveDir, "SELECT source, month, count(*)::INT AS n FROM parts WHERE source = 'claude-code' AND month = '2026-11' GROUP BY ALL");
  expect(row).toEqual({ source: 'claude-code', month: '2026-11', n: 4 });
});
