// What is read and scanned in a worker, through descriptors that the main thread holds: nothing counts
// that was read of a file that turns out to be another, and what a worker cannot do is done here.

import { appendFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Ingest } from '../../src/ingest/ingest.ts';
import type { Scanner } from '../../src/ingest/scanner.ts';
import { userLine } from '../support/claude-lines.ts';
import { until } from '../support/daemon.ts';
import { MemoryLake } from './memory-lake.ts';
import { newIngest, rest, withFolder } from './test-ingest.ts';

/** More than is scanned on the main thread. */
const MANY = 2000;
const lines = (session: string, count = MANY, from = 0): string => Array.from({ length: count }, (_, i) => `${userLine({ session, n: from + i })}\n`).join('');

function scannerOf(ingest: Ingest): Scanner {
  return (ingest as unknown as { intake: { scanner: Scanner } }).intake.scanner;
}

/** Does `between` after the worker read, and before that counts; the first time only. */
function interfere(ingest: Ingest, between: () => void): { reads: number } {
  const scanner = scannerOf(ingest);
  const read = scanner.read.bind(scanner);
  const seen = { reads: 0 };
  scanner.read = async (jobs) => {
    const segments = await read(jobs);
    if (seen.reads++ === 0) between();
    return segments;
  };
  return seen;
}

async function afterwards(between: (path: string) => void): Promise<{ lake: MemoryLake; text: string; path: string }> {
  return withFolder(async (dir) => {
    const lake = new MemoryLake();
    const path = `${dir}/p/a.jsonl`;
    mkdirSync(`${dir}/p`);
    writeFileSync(path, lines('a', 10));
    const first = newIngest(dir, lake);
    await first.ingest.start();
    await first.ingest.caughtUp();
    await first.ingest.close();
    appendFileSync(path, lines('a', MANY, 10));
    const { ingest, problems } = newIngest(dir, lake);
    const seen = interfere(ingest, () => between(path));
    await ingest.start();
    await rest(ingest, () => lake.commits);
    await ingest.close();
    expect(seen.reads).toBeGreaterThan(0);
    expect(lake.violations).toEqual([]);
    expect(problems.list()).toEqual([]);
    return { lake, text: readFileSync(path, 'utf8'), path };
  });
}

function presentLines(lake: MemoryLake, path: string): number[] {
  const { files, lines: rows } = lake.seen();
  const present = files.filter((file) => file.path === path && file.state === 'present');
  expect(present).toHaveLength(1);
  return rows.filter((row) => row.fileIx === present[0]?.fileIx).map((row) => row.byteOffset);
}

function startsOf(text: string): number[] {
  const starts: number[] = [];
  for (let at = 0; at < text.length; at = text.indexOf('\n', at) + 1) starts.push(at);
  return starts;
}

describe('a bulk read', () => {
  it('of a file that stays as it is has every line once', async () => {
    const { lake, text, path } = await afterwards(() => undefined);
    expect(presentLines(lake, path)).toEqual(startsOf(text));
    expect(lake.lines).toHaveLength(MANY + 10);
  });

  it('of a file that is rewritten in place meanwhile does not count', async () => {
    const { lake, text, path } = await afterwards((file) => writeFileSync(file, lines('b', MANY + 50)));
    expect(presentLines(lake, path)).toEqual(startsOf(text));
    expect(lake.lines).toHaveLength(10 + MANY + 50);
  });

  it('of a file that is cut short meanwhile does not count', async () => {
    const { lake, text, path } = await afterwards((file) => writeFileSync(file, lines('b', 1)));
    expect(presentLines(lake, path)).toEqual(startsOf(text));
    expect(lake.lines).toHaveLength(11);
  });

  it('of a file whose place another one takes counts for the one that was read', async () => {
    const { lake, text, path } = await afterwards((file) => {
      writeFileSync(`${file}.new`, lines('b', 3));
      renameSync(`${file}.new`, file);
    });
    expect(presentLines(lake, path)).toEqual(startsOf(text));
    expect(lake.lines).toHaveLength(10 + MANY + 3);
  });

  it('takes in what a worker makes nothing of: long lines, files that are gone, unfinished lines', async () => {
    await withFolder(async (dir) => {
      const lake = new MemoryLake();
      mkdirSync(`${dir}/p`);
      const long = userLine({ session: 'long', n: 1, text: 'x'.repeat(5 * 1024 * 1024) });
      writeFileSync(`${dir}/p/long.jsonl`, `${long}\n${lines('long', 20, 2)}`);
      writeFileSync(`${dir}/p/tail.jsonl`, `${lines('tail')}{"type":"us`);
      writeFileSync(`${dir}/p/gone.jsonl`, lines('gone'));
      const { ingest } = newIngest(dir, lake);
      const { open } = ingest;
      const hold = open.hold.bind(open);
      open.hold = (entry) => {
        if (entry.path.endsWith('gone.jsonl')) {
          open.forget(entry.fileIx);
          rmSync(`${dir}/p/gone.jsonl`, { force: true });
        }
        return hold(entry);
      };
      await ingest.start();
      await rest(ingest, () => lake.commits);
      await ingest.close();
      expect(lake.violations).toEqual([]);
      const offsets = Object.fromEntries([...lake.entries.values()].map(({ path, state, offset }) => [path.slice(2), [state, offset]]));
      const sizeOf = (name: string): number => readFileSync(`${dir}/p/${name}.jsonl`).length;
      expect(offsets).toEqual({ 'long.jsonl': ['present', sizeOf('long')], 'tail.jsonl': ['present', sizeOf('tail') - 11], 'gone.jsonl': ['gone', 0] });
    });
  });

  it('whose worker dies is done again', async () => {
    await withFolder(async (dir) => {
      const lake = new MemoryLake();
      mkdirSync(`${dir}/p`);
      writeFileSync(`${dir}/p/a.jsonl`, lines('a'));
      const { ingest, problems } = newIngest(dir, lake, { watch: true });
      const scanner = scannerOf(ingest);
      const read = scanner.read.bind(scanner);
      let failures = 1;
      scanner.read = (jobs) => (failures-- > 0 ? Promise.reject(new Error('the worker died')) : read(jobs));
      await ingest.start();
      await ingest.caughtUp();
      expect(problems.list().map((problem) => problem.code)).toEqual(['unreadable_file']);
      await until(() => lake.lines.length === MANY);
      await rest(ingest, () => lake.commits);
      expect(lake.violations).toEqual([]);
      expect(problems.list()).toEqual([]);
      await ingest.close();
    });
  });
});
