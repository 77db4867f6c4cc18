// The first look at many files: what is read first, and that what is read before all is known is read once.

import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { userLine } from '../support/claude-lines.ts';
import { MemoryLake } from './memory-lake.ts';
import { newIngest, withFolder } from './test-ingest.ts';

/** A file of two lines for each number, strewn over folders of two roots, each a second newer than the one before. */
function strew(dir: string, count: number): void {
  for (let i = 0; i < count; i++) {
    const folder = `${dir}/${i % 2}/p${i % 7}`;
    mkdirSync(folder, { recursive: true });
    const path = `${folder}/s${i}.jsonl`;
    writeFileSync(path, `${userLine({ session: `s${i}`, n: 0 })}\n${userLine({ session: `s${i}`, n: 1 })}\n`);
    utimesSync(path, 1_700_000_000 + i, 1_700_000_000 + i);
  }
}

const rootsOf = (dir: string): { source: string; path: string }[] => [0, 1].map((root) => ({ source: 'claude-code', path: `${dir}/${root}` }));

describe('the first look', () => {
  it('has the newest files read first, whatever their folders and roots', async () => {
    await withFolder(async (dir) => {
      strew(dir, 300);
      const lake = new MemoryLake();
      const { ingest } = newIngest(dir, lake, { roots: rootsOf(dir) });
      await ingest.start();
      await ingest.caughtUp();
      await ingest.close();
      const read = lake.lines.map(({ fileIx }) => lake.entries.get(fileIx)?.modifiedMs);
      expect(read).toHaveLength(600);
      expect(read).toEqual(read.toSorted((a, b) => Number(b) - Number(a)));
    });
  });

  it('has files of the same time read by their paths', async () => {
    await withFolder(async (dir) => {
      for (const name of ['c', 'a', 'd', 'b']) {
        writeFileSync(`${dir}/${name}.jsonl`, `${userLine({ session: name, n: 0 })}\n`);
        utimesSync(`${dir}/${name}.jsonl`, 1_700_000_000, 1_700_000_000);
      }
      const lake = new MemoryLake();
      const { ingest } = newIngest(dir, lake);
      await ingest.start();
      await ingest.caughtUp();
      await ingest.close();
      expect(lake.lines.map(({ fileIx }) => lake.entries.get(fileIx)?.path)).toEqual(['a.jsonl', 'b.jsonl', 'c.jsonl', 'd.jsonl']);
    });
  });

  it('has each line read once, where some are read before all is found', async () => {
    await withFolder(async (dir) => {
      strew(dir, 3000);
      const lake = new MemoryLake();
      const { ingest } = newIngest(dir, lake, { roots: rootsOf(dir), earlyMs: 0 });
      await ingest.start();
      await ingest.caughtUp();
      await ingest.close();
      expect(lake.violations).toEqual([]);
      expect(lake.lines).toHaveLength(6000);
      expect(new Set(lake.lines.map(({ fileIx, byteOffset }) => `${fileIx} ${byteOffset}`)).size).toBe(6000);
    });
  });
});
