// When is looked without being told: hot files often, everything seldom, and nothing at all on a short
// timer while nothing is hot. Time stands still but for the test.

import { appendFileSync, lstatSync, writeFileSync } from 'node:fs';
import { setTimeout as realPause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FileTable } from '../../src/ingest/file-table.ts';
import { freshFingerprint } from '../../src/ingest/identity.ts';
import { Sweeper } from '../../src/ingest/sweeper.ts';
import type { TrackedFile } from '../../src/ingest/tracked-file.ts';
import { withFolder } from './test-ingest.ts';

const told: string[] = [];

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] }));
afterEach(() => {
  vi.useRealTimers();
  told.length = 0;
});

function newSweeper(intervalMs = 30_000, costMs = 1): Sweeper {
  return new Sweeper({
    clock: { now: () => Date.now() }, intervalMs,
    full: async () => {
      told.push('full');
      return costMs;
    },
    dirty: (file) => void told.push(`dirty ${file.entry.path}`),
    retry: () => void told.push('retry'),
  });
}

function fileAt(dir: string, name: string): TrackedFile {
  writeFileSync(`${dir}/${name}`, 'line\n');
  const stats = lstatSync(`${dir}/${name}`);
  return new FileTable().add({
    fileIx: 1, source: 'jsonl', root: dir, path: name, project: 'p', generation: 0, fingerprint: freshFingerprint(stats), offset: 5, lines: 1, rejects: 0, size: 5,
    modifiedMs: Math.trunc(stats.mtimeMs), adapterState: '', state: 'present',
  });
}

/** Lets time pass, and what was begun in it come to its end. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 500) {
    await vi.advanceTimersByTimeAsync(Math.min(500, left));
    // A look at a file takes real time.
    await realPause(2);
  }
}

describe('the sweeper', () => {
  it('looks at everything at its interval, and has no other timer', async () => {
    const sweeper = newSweeper();
    sweeper.start(1);
    told.length = 0;
    expect(vi.getTimerCount()).toBe(1);
    await pass(29_000);
    expect(told).toEqual([]);
    await pass(2_000);
    expect(told).toEqual(['full', 'retry']);
    expect(vi.getTimerCount()).toBe(1);
    sweeper.stop();
    expect(vi.getTimerCount()).toBe(0);
    await pass(100_000);
    expect(told).toEqual(['full', 'retry']);
  });

  it('sweeps the less often the more it costs, from the first one on, and not for ever less', async () => {
    const dear = newSweeper(1_000, 4);
    dear.start(2);
    told.length = 0;
    await pass(4_500);
    expect(told).toEqual([]);
    await pass(1_000);
    expect(told).toEqual(['full', 'retry']);
    await pass(9_000);
    expect(told).toHaveLength(2);
    await pass(2_000);
    expect(told).toHaveLength(4);
    dear.stop();
    const dearest = newSweeper(1_000, 1_000_000);
    dearest.start(1_000_000);
    told.length = 0;
    await pass(21_000);
    expect(told).toEqual(['full', 'retry']);
    dearest.stop();
  });

  it('looks at a hot file every two seconds, until it is cold', async () => {
    await withFolder(async (dir) => {
      const sweeper = newSweeper(3_600_000);
      const file = fileAt(dir, 'a.jsonl');
      sweeper.start(1);
      told.length = 0;
      sweeper.heat(file);
      await pass(10_000);
      expect(told).toEqual([]);
      appendFileSync(`${dir}/a.jsonl`, 'more\n');
      await pass(2_500);
      // The look at the file itself takes real time.
      for (let i = 0; i < 1000 && told.length === 0; i++) await realPause(5);
      expect(told[0]).toBe('dirty a.jsonl');
      file.seenSize = 10;
      file.seenModifiedMs = Math.trunc(lstatSync(`${dir}/a.jsonl`).mtimeMs);
      file.entry = { ...file.entry, size: 10 };
      await pass(70_000);
      expect(vi.getTimerCount()).toBe(1);
      told.length = 0;
      appendFileSync(`${dir}/a.jsonl`, 'unseen\n');
      await pass(20_000);
      expect(told).toEqual([]);
      sweeper.stop();
    });
  });

  it('forgets files that are gone, and those that were read anew', async () => {
    await withFolder(async (dir) => {
      const sweeper = newSweeper(3_600_000);
      const gone = fileAt(dir, 'gone.jsonl');
      const stale = fileAt(dir, 'stale.jsonl');
      sweeper.start(1);
      told.length = 0;
      sweeper.heat(gone);
      gone.entry = { ...gone.entry, state: 'gone' };
      appendFileSync(`${dir}/gone.jsonl`, 'more\n');
      await pass(5_000);
      sweeper.heat(stale);
      sweeper.forget();
      appendFileSync(`${dir}/stale.jsonl`, 'more\n');
      await pass(5_000);
      expect(told).toEqual([]);
      sweeper.stop();
    });
  });

  it('hurries where watching is not possible', async () => {
    const sweeper = newSweeper(60_000);
    sweeper.start(1);
    sweeper.hurry();
    sweeper.hurry();
    told.length = 0;
    await pass(7_000);
    expect(told.filter((what) => what === 'full').length).toBeGreaterThanOrEqual(2);
    sweeper.stop();
    const early = newSweeper(60_000);
    early.hurry();
    early.start(1);
    told.length = 0;
    await pass(3_000);
    expect(told).toContain('full');
    early.stop();
  });

  it('has what failed tried again when its pause is over, the soonest first', async () => {
    const sweeper = newSweeper(3_600_000);
    sweeper.retryAt(Date.now() + 1_000);
    expect(vi.getTimerCount()).toBe(0);
    sweeper.start(1);
    expect(told).toEqual(['retry']);
    told.length = 0;
    sweeper.retryAt(Date.now() + 8_000);
    sweeper.retryAt(Date.now() + 3_000);
    sweeper.retryAt(Date.now() + 9_000);
    await pass(2_500);
    expect(told).toEqual([]);
    await pass(1_000);
    expect(told).toEqual(['retry']);
    sweeper.stop();
  });
});
