// What a crash leaves behind, at each step of making a part.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newPartId, PartStore } from '../../src/archive/part-store.ts';
import type { PartPlace } from '../../src/archive/part-store.ts';
import { sweepArchive } from '../../src/archive/sweep.ts';
import type { NewPart } from '../../src/core/archive-port.ts';
import { TestLake } from './test-lake.ts';

let lake: TestLake;
let place: PartPlace;

beforeEach(async () => {
  lake = new TestLake();
  const store = new PartStore(lake.archiveDir);
  place = store.place('jsonl', '2026-11', newPartId(Date.UTC(2026, 10, 20)));
  await store.prepare(place);
});

afterEach(() => lake.remove());

function sweep(): ReturnType<typeof sweepArchive> {
  return sweepArchive(lake.archiveDir, lake);
}

async function list({ id, path }: PartPlace): Promise<void> {
  const part: NewPart = { id, path, source: 'jsonl', month: '2026-11', rows: 1, bytes: 1, sourceBytes: 1, sessions: 1, sha256: '', segments: [] };
  await lake.add(part);
}

describe('a crash', () => {
  it('while a part is written leaves a temporary file, which is removed', async () => {
    writeFileSync(place.temporary, 'half a part');
    mkdirSync(join(lake.archiveDir, '.spill-3'));
    writeFileSync(join(lake.archiveDir, '.spill-3', 'duckdb_temp_block-1.block'), 'x');
    const report = await sweep();
    expect(report.removed).toContain(`source=jsonl/month=2026-11/.part-${place.id}.tmp`);
    expect(existsSync(place.temporary)).toBe(false);
    expect(existsSync(join(lake.archiveDir, '.spill-3'))).toBe(false);
    expect(report).toMatchObject({ setAside: [], unlisted: [] });
  });

  it('between marking and naming leaves nothing of use, which is removed', async () => {
    writeFileSync(place.temporary, 'a part');
    writeFileSync(place.marker, '');
    expect((await sweep()).removed).toHaveLength(2);
    expect(existsSync(place.temporary) || existsSync(place.marker)).toBe(false);
  });

  it('between naming and listing leaves a part that readers must not see: it is set aside, not deleted', async () => {
    writeFileSync(place.final, 'a part');
    writeFileSync(place.marker, '');
    const report = await sweep();
    const aside = `.${basename(place.path)}.unlisted`;
    expect(report.setAside).toEqual([`${dirname(place.path)}/${aside}`]);
    expect(existsSync(place.final)).toBe(false);
    expect(readFileSync(join(dirname(place.final), aside), 'utf8')).toBe('a part');
    expect(await sweep()).toEqual({ removed: [], setAside: [], unlisted: [] });
  });

  it('after listing leaves only the marker, which is removed', async () => {
    writeFileSync(place.final, 'a part');
    writeFileSync(place.marker, '');
    await list(place);
    const report = await sweep();
    expect(report).toMatchObject({ setAside: [], unlisted: [] });
    expect(existsSync(place.final)).toBe(true);
    expect(existsSync(place.marker)).toBe(false);
  });
});

it('reports parts it does not know, and touches nothing that is not its own', async () => {
  const others = [join(dirname(place.final), 'someone.parquet'), join(dirname(place.final), 'notes.txt'), join(lake.archiveDir, '.part-.tmp'), join(lake.archiveDir, 'part-1.tmp')];
  for (const path of others) writeFileSync(path, 'kept');
  writeFileSync(place.final, 'listed');
  await list(place);
  expect(await sweep()).toEqual({ removed: [], setAside: [], unlisted: ['source=jsonl/month=2026-11/someone.parquet'] });
  for (const path of [...others, place.final]) expect(existsSync(path)).toBe(true);
});

it('finds nothing to do where there is no archive yet', async () => {
  expect(await sweepArchive(join(lake.dir, 'nowhere'), lake)).toEqual({ removed: [], setAside: [], unlisted: [] });
});

it('never gives a part id twice, and sorts ids by time', () => {
  const ids = [newPartId(Date.UTC(2026, 0, 2)), newPartId(Date.UTC(2026, 0, 2)), newPartId(Date.UTC(2026, 10, 2))];
  expect(new Set(ids).size).toBe(3);
  expect([...ids].sort().at(-1)).toBe(ids[2]);
  expect(ids[0]).toMatch(/^20260102T000000-[0-9a-f]{12}$/);
});
