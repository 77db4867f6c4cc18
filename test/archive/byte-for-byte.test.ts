// The promise of the archive: the rows of a file are the file, whatever bytes it holds.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { query, restoredFiles, TestLake } from './test-lake.ts';

/** Small pieces, so that a few hundred bytes already make several parts of a file. */
const LIMITS = { sourceBytes: 700, files: 3 };
const lakes: TestLake[] = [];

afterAll(async () => {
  for (const lake of lakes) await lake.remove();
});

function newLake(): TestLake {
  const lake = new TestLake();
  lakes.push(lake);
  return lake;
}

async function archive(lake: TestLake, limits = LIMITS): Promise<void> {
  const archiver = lake.archiver({ workerThreads: 1, limits });
  expect((await archiver.run({ all: true })).skipped).toEqual([]);
  await archiver.close();
}

function fileOf(lines: readonly Uint8Array[]): Buffer {
  return Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]));
}

const ODD_LINES = [
  '', ' ', '\t \r', '\r', '{"a":1}\r', '\u0000', '\u0000\u0000{"a":1}\u0000', '{"a":"\\u0000"}', '\uFEFF{"a":1}', '{"a":1}{"b":2}', '[1]{"b":2}', '{"a":1}[2]{"c":3}', '{}{',
  'null', '"text"', '\u2028{"a":1}', '{"a":"\u2028"}', '{"a":"\\ud800"}', '\uFFFF', '\u{10FFFF}', '{"uuid":"a\\u0000b","type":"t\\u0000u"}', "{\"a\":\"it's\"}",
].map((text) => Buffer.from(text, 'utf8'));
const BROKEN_UTF8 = ['80', 'c080', 'e280', 'eda080', 'f4908080', 'ff00fe', '7b2261223a22ff227d', '00c3'].map((hex) => Buffer.from(hex, 'hex'));

const line = fc.oneof(
  { weight: 4, arbitrary: fc.object({ maxDepth: 2 }).map((value) => Buffer.from(JSON.stringify(value), 'utf8')) },
  { weight: 3, arbitrary: fc.constantFrom(...ODD_LINES) },
  { weight: 2, arbitrary: fc.constantFrom(...BROKEN_UTF8) },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes.filter((byte) => byte !== 10))) },
  { weight: 1, arbitrary: fc.integer({ min: 200, max: 3000 }).map((length) => Buffer.from(JSON.stringify({ long: 'z'.repeat(length) }))) },
);

it('gives back every file byte for byte, whatever its lines, pieces and appends', async () => {
  const oneFile = fc.array(fc.array(line, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(fc.array(oneFile, { minLength: 1, maxLength: 4 }), async (files) => {
      const lake = newLake();
      const written = files.map(([first = []], i) => lake.write(`${i}.jsonl`, fileOf(first)));
      await archive(lake);
      for (const [i, file] of written.entries()) for (const more of files[i]?.slice(1) ?? []) lake.append(file, fileOf(more));
      await archive(lake);
      const restored = await restoredFiles(lake.archiveDir);
      for (const file of written) expect(restored.get(`f${file.fileIx}`)).toEqual(readFileSync(file.path));
      for (const file of written) expect(file.archived).toEqual({ to: file.indexed, lines: file.lines, state: file.state });
    }),
    { numRuns: 12 },
  );
}, 120_000);

it('says of each line either its text or its bytes, its place, and why it is no record', async () => {
  const lake = newLake();
  const bytes = fileOf([...ODD_LINES, ...BROKEN_UTF8]);
  lake.write('odd.jsonl', bytes);
  await archive(lake, { sourceBytes: 1024 * 1024, files: 10 });
  const rows = await query(lake.archiveDir, 'SELECT line::INT AS line, byte_offset::INT AS start, byte_length::INT AS length, encode(raw) AS raw, raw_bytes, reject, session_id, "offset"::INT AS o FROM parts ORDER BY line');
  expect(rows).toHaveLength(ODD_LINES.length + BROKEN_UTF8.length);
  for (const [i, row] of rows.entries()) {
    const isText = i < ODD_LINES.length;
    expect(row['raw'] === null).toBe(!isText);
    expect(row['raw_bytes'] === null).toBe(isText);
    const kept = Buffer.from(((row['raw'] ?? row['raw_bytes']) as { bytes: Uint8Array }).bytes);
    const start = row['start'] as number;
    expect(kept).toEqual(bytes.subarray(start, start + (row['length'] as number)));
    expect(row['line']).toBe(i + 1);
    expect(row['session_id']).toContain('odd');
    expect(row['o']).not.toBeNull();
  }
  expect(rows.slice(0, 4).map((row) => row['reject'])).toEqual(['blank', 'blank', 'blank', 'blank']);
  expect(rows[5]).toMatchObject({ reject: 'nul_bytes' });
  expect(rows[8]).toMatchObject({ reject: null });
});

it('keeps lines of many MiB, text or not, beside short ones', async () => {
  const lake = newLake();
  const text = Buffer.from(JSON.stringify({ big: 'é'.repeat(5 * 1024 * 1024) }));
  const broken = Buffer.alloc(6 * 1024 * 1024, 0xfe);
  const file = lake.write('huge.jsonl', fileOf([Buffer.from('{"a":1}'), text, broken, Buffer.from('{"b":2}')]));
  await archive(lake, { sourceBytes: 64 * 1024 * 1024, files: 10 });
  const restored = (await restoredFiles(lake.archiveDir)).get('f1');
  expect(restored?.equals(readFileSync(file.path))).toBe(true);
  const rows = await query(lake.archiveDir, 'SELECT reject, raw IS NULL AS broken, byte_length::INT AS n FROM parts ORDER BY line');
  expect(rows).toEqual([
    { reject: null, broken: false, n: 7 },
    { reject: 'too_large', broken: false, n: text.length },
    { reject: 'too_large', broken: true, n: broken.length },
    { reject: null, broken: false, n: 7 },
  ]);
});
