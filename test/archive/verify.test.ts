// Damage to a part is found, and told for what it is.

import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { verifyArchive } from '../../src/archive/verify.ts';
import type { Archiver } from '../../src/archive/archiver.ts';
import { TestLake } from './test-lake.ts';

let lake: TestLake;
let archiver: Archiver;

beforeEach(async () => {
  lake = new TestLake();
  for (const month of ['2026-08', '2026-09', '2026-10', '2026-11']) lake.write(`${month}.jsonl`, `{"month":"${month}"}\n`.repeat(20), { month });
  archiver = lake.archiver({ workerThreads: 1 });
  await archiver.run({ all: true });
});

afterEach(() => lake.remove());

it('finds nothing wrong with a sound archive', async () => {
  const seen: number[] = [];
  const report = await verifyArchive(lake.archiveDir, lake, { onProgress: ({ parts, partsTotal }) => seen.push(parts / partsTotal) });
  expect(report).toEqual({ parts: 4, bytes: lake.added.reduce((sum, { bytes }) => sum + bytes, 0), problems: [] });
  expect(seen).toEqual([0.25, 0.5, 0.75, 1]);
});

it('tells a missing, a cut and a changed part, and one that the manifest counts differently', async () => {
  const [missing, cut, changed] = lake.partPaths() as [string, string, string, string];
  rmSync(missing);
  truncateSync(cut, 100);
  const bytes = readFileSync(changed);
  bytes[40] = (bytes[40] as number) ^ 1;
  writeFileSync(changed, bytes);
  (lake.added[3] as { rows: number }).rows = 21;
  const { parts, problems } = await verifyArchive(lake.archiveDir, lake);
  expect(parts).toBe(4);
  expect(problems.map(({ part, problem }) => [part.id, problem])).toEqual([
    [lake.added[0]?.id, 'the file is missing'],
    [lake.added[1]?.id, expect.stringContaining('it has 100 bytes') as string],
    [lake.added[2]?.id, expect.stringContaining('SHA-256 differs') as string],
    [lake.added[3]?.id, 'its footer says 20 rows; the manifest says 21'],
  ]);
});

it('stops between parts when told to', async () => {
  const report = await verifyArchive(lake.archiveDir, lake, { signal: AbortSignal.abort() });
  expect(report.parts).toBe(0);
});
