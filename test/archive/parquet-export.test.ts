// Records as one Parquet file: complete, in order, and without a trace afterwards.

import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { exportParquet } from '../../src/archive/parquet-export.ts';
import type { LakeRecord } from '../../src/core/answers/record.ts';
import { query } from './test-lake.ts';

const dir = mkdtempSync(join(tmpdir(), 'export-test-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function record(offset: number, changes: Partial<LakeRecord> = {}): LakeRecord {
  return {
    offset: String(offset), session_id: 's', agent_id: null, source: 'jsonl', project: 'p', file_id: 'f1', line: offset, byte_offset: offset * 10, byte_length: 9,
    ts: '2026-11-20T10:00:00.123Z', type: 'user', role: 'user', uuid: `u${offset}`, parent_uuid: null, model: null, usage: null, tools: [], tool_results: [], text: `text ${offset}`, ...changes,
  };
}

async function* batches(count: number, size: number): AsyncGenerator<LakeRecord[]> {
  for (let from = 1; from <= count; from += size) yield Array.from({ length: Math.min(size, count - from + 1) }, (_, i) => record(from + i));
}

it('writes every field', async () => {
  const usage = { input_tokens: 1, output_tokens: 2, cache_creation_input_tokens: 3, cache_read_input_tokens: 4 };
  async function* records(): AsyncGenerator<LakeRecord[]> {
    yield [record(1, { usage, tools: [{ id: 't', name: 'Bash' }], tool_results: [{ id: null, is_error: true }], agent_id: 'a', model: 'm', parent_uuid: 'p', raw: '{"a":"\u0000"}', duplicate: true })];
    yield [record(2, { ts: null, text: null })];
  }
  const table = await exportParquet(records(), dir);
  const rows = await query(join(table.path, '..'), 'SELECT * REPLACE (epoch_ms(ts)::DOUBLE AS ts) FROM parts ORDER BY "offset"');
  expect(rows).toMatchObject([
    {
      offset: 1n, session_id: 's', agent_id: 'a', source: 'jsonl', project: 'p', file_id: 'f1', line: 1n, byte_offset: 10n, byte_length: 9n, ts: Date.parse('2026-11-20T10:00:00.123Z'), type: 'user', role: 'user',
      uuid: 'u1', parent_uuid: 'p', model: 'm', ...Object.fromEntries(Object.entries(usage).map(([name, value]) => [name, BigInt(value)])),
      tools: '[{"id":"t","name":"Bash"}]', tool_results: '[{"id":null,"is_error":true}]', duplicate: true, text: 'text 1', raw: '{"a":"\u0000"}',
    },
    { offset: 2n, ts: null, input_tokens: null, tools: '[]', duplicate: false, text: null, raw: null },
  ]);
  await table.dispose();
});

it('joins its pieces in order', async () => {
  const table = await exportParquet(batches(5000, 333), dir, { pieceBytes: 100_000 });
  expect(table).toMatchObject({ rows: 5000, bytes: statSync(table.path).size });
  const [row] = await query(join(table.path, '..'), 'SELECT count(*)::INT AS n, sum(("offset" != place)::INT)::INT AS moved FROM (SELECT "offset", row_number() OVER () AS place FROM parts)');
  expect(row).toEqual({ n: 5000, moved: 0 });
  expect(readdirSync(join(table.path, '..'))).toEqual(['records.parquet']);
  await table.dispose();
  expect(existsSync(table.path)).toBe(false);
  await table.dispose();
});

it('writes many long lines in bounded memory, in order', async () => {
  const raw = '"x"'.repeat(40_000);
  async function* long(): AsyncGenerator<LakeRecord[]> {
    for (let i = 1; i <= 2500; i++) yield [record(i, { raw: `${i} ${raw}`, text: raw })];
  }
  const table = await exportParquet(long(), dir);
  expect(table.rows).toBe(2500);
  const [row] = await query(join(table.path, '..'), `SELECT count(*)::INT AS n, sum(("offset" != place)::INT)::INT AS moved, sum((length(raw) = ${raw.length + 1} + length("offset"::VARCHAR))::INT)::INT AS whole FROM (SELECT "offset", raw, row_number() OVER () AS place FROM parts)`);
  expect(row).toEqual({ n: 2500, moved: 0, whole: 2500 });
  await table.dispose();
});

it('writes a table without rows where there are no records', async () => {
  const table = await exportParquet(batches(0, 1), dir);
  expect(table.rows).toBe(0);
  expect(await query(join(table.path, '..'), 'SELECT count(*)::INT AS n FROM parts')).toEqual([{ n: 0 }]);
  await table.dispose();
});

it('leaves nothing behind when it is stopped or its records fail', async () => {
  const stop = new AbortController();
  async function* stopped(): AsyncGenerator<LakeRecord[]> {
    yield [record(1)];
    stop.abort(new Error('the client left'));
    yield [record(2)];
  }
  await expect(exportParquet(stopped(), dir, { signal: stop.signal })).rejects.toThrow('the client left');
  async function* failing(): AsyncGenerator<LakeRecord[]> {
    yield [record(1)];
    throw new Error('the index closed');
  }
  await expect(exportParquet(failing(), dir)).rejects.toThrow('the index closed');
  expect(readdirSync(dir)).toEqual([]);
});
