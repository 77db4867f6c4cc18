// Small parts become one, whatever happens meanwhile.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Archiver } from '../../src/archive/archiver.ts';
import { COMPACT_AT_PARTS, groupSmallParts } from '../../src/archive/compaction-plan.ts';
import type { ArchivePartItem } from '../../src/core/answers/archive-part-item.ts';
import { query, restoredFiles, TestLake } from './test-lake.ts';
import type { TestFile } from './test-lake.ts';

let lake: TestLake;

beforeEach(() => {
  lake = new TestLake();
});

afterEach(() => lake.remove());

function open(): Archiver {
  return lake.archiver({ limits: { sourceBytes: 10_000, files: 256 } });
}

const lines = (count: number, from = 0): string => Array.from({ length: count }, (_, i) => `{"n":${from + i},"text":"${'x'.repeat(20)}"}\n`).join('');

async function parquetFiles(): Promise<string[]> {
  const entries = await readdir(lake.archiveDir, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

/** Three parts: two of one file that grew, and a third with another file beside it. */
async function threeParts(archiver: Archiver): Promise<TestFile[]> {
  const first = lake.write('a.jsonl', lines(10));
  await archiver.run({ all: true });
  lake.append(first, lines(5, 10));
  await archiver.run({ all: true });
  lake.append(first, Buffer.from([0xff, 0x0a]));
  const second = lake.write('b.jsonl', `${lines(7)}\n\r\nno json\n`);
  await archiver.run({ all: true });
  expect(lake.added).toHaveLength(3);
  return [first, second];
}

async function expectWhole(files: readonly TestFile[]): Promise<void> {
  const restored = await restoredFiles(lake.archiveDir);
  for (const file of files) expect(restored.get(`f${file.fileIx}`)).toEqual(readFileSync(file.path));
}

describe('compaction', () => {
  it('makes one part of several, with every line once and the pieces of a file joined', async () => {
    const archiver = open();
    const files = await threeParts(archiver);
    const before = lake.partPaths();
    const offsets = await query(lake.archiveDir, 'SELECT file_id, line, "offset", duplicate, session_id, reject FROM parts ORDER BY file_id, line');
    expect(await archiver.compact()).toMatchObject({ merged: 3, parts: 1, rows: 26, skipped: [] });
    expect(lake.added.map(({ segments, rows }) => ({ rows, segments: segments.map(({ fileIx, from, to, lines: count }) => [fileIx, from, to, count]) }))).toEqual([
      { rows: 26, segments: [[1, 0, files[0]?.indexed, 16], [2, 0, files[1]?.indexed, 10]] },
    ]);
    for (const path of before) expect(existsSync(path)).toBe(false);
    expect(await parquetFiles()).toHaveLength(1);
    await expectWhole(files);
    expect(await query(lake.archiveDir, 'SELECT file_id, line, "offset", duplicate, session_id, reject FROM parts ORDER BY file_id, line')).toEqual(offsets);
    expect(await archiver.compact()).toMatchObject({ merged: 0, parts: 0 });
  });

  it('leaves parts alone where one of them is damaged, and says which', async () => {
    const archiver = open();
    await threeParts(archiver);
    const [, damaged] = lake.partPaths() as [string, string, string];
    const bytes = readFileSync(damaged);
    bytes.writeUInt8((bytes.readUInt8(100) + 1) % 256, 100);
    writeFileSync(damaged, bytes);
    const { merged, skipped } = await archiver.compact();
    expect(merged).toBe(0);
    expect(skipped.map(({ reason }) => reason)).toContainEqual(expect.stringContaining('is damaged'));
    for (const path of lake.partPaths()) expect(existsSync(path)).toBe(true);
  });

  it('comes by itself once there are many small parts', async () => {
    const archiver = open();
    const file = lake.write('a.jsonl', lines(1));
    for (let n = 1; n < COMPACT_AT_PARTS; n++) {
      await archiver.run({ all: true });
      lake.append(file, lines(1, n));
    }
    expect(lake.added).toHaveLength(COMPACT_AT_PARTS - 1);
    await archiver.start();
    archiver.poke();
    await expect.poll(() => lake.added.length, { timeout: 10_000 }).toBe(1);
    await archiver.close();
    await expectWhole([file]);
    expect(await parquetFiles()).toHaveLength(1);
  });

  it('that ends before or after its part is listed leaves every line once', async () => {
    const archiver = open();
    const files = await threeParts(archiver);
    // The process dies where it would list the part: nothing after that happens.
    const dies = (): never => {
      throw new Error('dies here');
    };
    lake.beforeAdd = dies;
    expect((await archiver.compact()).merged).toBe(0);
    await expectWhole(files);
    expect(await parquetFiles()).toHaveLength(3);
    lake.beforeAdd = () => undefined;
    expect((await archiver.compact()).merged).toBe(3);
    await expectWhole(files);
  });
});

describe('the plan', () => {
  const part = (id: string, sourceBytes: number, month = '2026-11'): ArchivePartItem => ({
    id, path: id, source: 'jsonl', month, rows: 1, bytes: 1, source_bytes: sourceBytes, sessions: 1, sha256: '', created_at: '',
  });

  it('joins small parts of a month, never above the limit, and leaves those that are half full', () => {
    const parts = [part('a', 40), part('b', 51), part('c', 40), part('d', 10, '2026-10'), part('e', 30), part('f', 5)];
    expect(groupSmallParts(parts, { sourceBytes: 100 }).map((group) => group.map(({ id }) => id))).toEqual([['a', 'c'], ['e', 'f']]);
  });
});
