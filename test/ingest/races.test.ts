// What another process does between two calls of this one, or in the middle of one, at the worst moments:
// nothing is lost, and nothing is there twice.

import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync, writeSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { valueSymbol } from 'piscina';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readSegments } from '../../src/ingest/scan-worker.ts';
import type { ReadSegment } from '../../src/ingest/scan-worker.ts';
import { Scanner } from '../../src/ingest/scanner.ts';
import { userLine } from '../support/claude-lines.ts';
import { MemoryLake } from './memory-lake.ts';
import { newIngest, rest, withFolder } from './test-ingest.ts';

/** Called before a name is looked at, and in the middle of each read of bytes. */
const meanwhile = vi.hoisted(() => ({ look: (_path: string): void => undefined, read: (_fd: number, _position: number): void => undefined, changedMs: null as number | null }));
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const lstatSync = ((path: string, options: object) => {
    meanwhile.look(path);
    return fs.lstatSync(path, options);
  }) as typeof fs.lstatSync;
  const readSync = (fd: number, bytes: Uint8Array, offset: number, length: number, position: number): number => {
    const half = Math.trunc(length / 2);
    const read = fs.readSync(fd, bytes, offset, half, position);
    meanwhile.read(fd, position);
    return read < half ? read : read + fs.readSync(fd, bytes, offset + half, length - half, position + half);
  };
  // The clock of a file system that ticks slowly.
  const statOf = (fd: number): Stats => Object.assign(fs.fstatSync(fd), meanwhile.changedMs === null ? {} : { ctimeMs: meanwhile.changedMs });
  return { ...fs, lstatSync, fstatSync: statOf, readSync };
});
afterEach(() => {
  meanwhile.look = () => undefined;
  meanwhile.read = () => undefined;
  meanwhile.changedMs = null;
  vi.restoreAllMocks();
});

const TEXT = 'x'.repeat(400);
const lines = (session: string, from: number, count: number): string => Array.from({ length: count }, (_, i) => `${userLine({ session, n: from + i, text: TEXT })}\n`).join('');

/** Lines of present files are those of their bytes, and no record is there more than once. */
function expectWhole(lake: MemoryLake): void {
  expect(lake.violations).toEqual([]);
  const uuids = lake.lines.map((line) => line.uuid);
  expect(uuids).toHaveLength(new Set(uuids).size);
  const { files } = lake.seen();
  for (const { fileIx, path, state } of files) {
    if (state !== 'present') continue;
    const there = readFileSync(path, 'utf8').split('\n').slice(0, -1).map((line) => (JSON.parse(line) as { uuid: string }).uuid);
    const found = lake.lines.filter((line) => line.fileIx === fileIx).map((line) => line.uuid);
    expect({ path, found }).toEqual({ path, found: there });
  }
}

/** Overwrites a file with as many other bytes. */
function overwrite(path: string, content: string): void {
  const fd = openSync(path, 'r+');
  writeSync(fd, content);
  closeSync(fd);
}

describe('a file that is overwritten in the middle of a read', () => {
  for (const [name, count] of [['here', 8], ['in a worker', 700]] as const) {
    it(`is not indexed as what it never was, ${name}`, async () => {
      // In this thread, where its reads can be disturbed.
      const away = vi.spyOn(Scanner.prototype, 'read').mockImplementation(async (jobs) => (readSegments(jobs) as { [valueSymbol]: (ReadSegment | null)[] })[valueSymbol]);
      await withFolder(async (dir) => {
        const lake = new MemoryLake();
        mkdirSync(`${dir}/p`);
        const path = `${dir}/p/a.jsonl`;
        writeFileSync(path, lines('s', 1000, count));
        const { ino } = statSync(path);
        let torn = 0;
        meanwhile.read = (fd, position) => {
          if (position !== 0 || torn > 0 || fstatSync(fd).ino !== ino) return;
          torn += 1;
          overwrite(path, lines('s', 5000, count));
        };
        const { ingest } = newIngest(dir, lake);
        await ingest.start();
        await rest(ingest, () => lake.commits);
        expect(torn).toBe(1);
        expect(away).toHaveBeenCalledTimes(count > 8 ? 1 : 0);
        expectWhole(lake);
        await ingest.close();
      });
    });
  }
});

it('a file that is overwritten in the middle of a read which then waits for long is not indexed as what it never was, where all bears one time', async () => {
  await withFolder(async (dir) => {
    const lake = new MemoryLake();
    mkdirSync(`${dir}/p`);
    const path = `${dir}/p/a.jsonl`;
    writeFileSync(path, lines('s', 1000, 8));
    const { ino } = statSync(path);
    const changedMs = Date.now();
    const now = vi.spyOn(Date, 'now').mockReturnValue(changedMs + 5);
    meanwhile.changedMs = changedMs;
    let torn = 0;
    meanwhile.read = (fd, position) => {
      if (position !== 0 || torn > 0 || fstatSync(fd).ino !== ino) return;
      torn += 1;
      overwrite(path, lines('s', 5000, 8));
      now.mockReturnValue(changedMs + 500);
    };
    const { ingest } = newIngest(dir, lake);
    await ingest.start();
    await rest(ingest, () => lake.commits);
    expect(torn).toBe(1);
    expectWhole(lake);
    await ingest.close();
  });
});

describe('a file that was rewritten', () => {
  it('is found again where another one stood in its place for a moment', async () => {
    await withFolder(async (dir) => {
      const lake = new MemoryLake();
      mkdirSync(`${dir}/p`);
      const path = `${dir}/p/a.jsonl`;
      writeFileSync(path, lines('s', 0, 3));
      const { ingest } = newIngest(dir, lake);
      await ingest.start();
      await rest(ingest, () => lake.commits);
      writeFileSync(path, lines('other', 100, 4));
      utimesSync(path, 1, 1);
      // Found; then, as its bytes are others, looked at twice.
      const looks = [
        () => undefined,
        () => {
          renameSync(path, `${dir}/aside`);
          writeFileSync(path, '');
        },
        () => {
          rmSync(path);
          renameSync(`${dir}/aside`, path);
        },
      ];
      meanwhile.look = (looked) => {
        if (looked === path) looks.shift()?.();
      };
      await rest(ingest, () => lake.commits);
      expect(looks).toEqual([]);
      expectWhole(lake);
      expect(lake.lines).toHaveLength(7);
      await ingest.close();
    });
  });
});

describe('a file that is gone', () => {
  it('is told as gone though another one stood in its place while it was looked for', async () => {
    await withFolder(async (dir) => {
      const lake = new MemoryLake();
      mkdirSync(`${dir}/p`);
      const path = `${dir}/p/a.jsonl`;
      writeFileSync(path, lines('s', 0, 3));
      const { ingest } = newIngest(dir, lake);
      await ingest.start();
      await rest(ingest, () => lake.commits);
      renameSync(path, `${dir}/kept`);
      overwrite(`${dir}/kept`, lines('x', 9, 1));
      const looks = [() => writeFileSync(path, ''), () => rmSync(path)];
      meanwhile.look = (looked) => {
        if (looked === path) looks.shift()?.();
      };
      await rest(ingest, () => lake.commits);
      expect(looks).toEqual([]);
      expect(lake.seen().files.map(({ state }) => state)).toEqual(['gone']);
      await ingest.close();
    });
  });
});

describe('an inode that was another file\'s', () => {
  it('leads to the file that lies in it, also where the index has not heard of the other one\'s end', async () => {
    await withFolder(async (dir) => {
      const lake = new MemoryLake();
      mkdirSync(`${dir}/p`);
      writeFileSync(`${dir}/p/old.jsonl`, lines('old', 0, 3));
      const before = newIngest(dir, lake);
      await before.ingest.start();
      await rest(before.ingest, () => lake.commits);
      writeFileSync(`${dir}/p/new.jsonl`, lines('new', 10, 3));
      await rest(before.ingest, () => lake.commits);
      await before.ingest.close();
      // The new one got the inode of the old one. It was seen to go, and the process died before it heard of the old one.
      const [old, young] = [...lake.entries.values()].toSorted((a, b) => a.fileIx - b.fileIx) as [Entry, Entry];
      lake.entries.set(old.fileIx, { ...old, fingerprint: { ...old.fingerprint, dev: young.fingerprint.dev, ino: young.fingerprint.ino } });
      lake.entries.set(young.fileIx, { ...young, state: 'gone' });
      rmSync(`${dir}/p/old.jsonl`);
      renameSync(`${dir}/p/new.jsonl`, `${dir}/p/elsewhere.jsonl`);
      const { ingest } = newIngest(dir, lake);
      await ingest.start();
      await rest(ingest, () => lake.commits);
      expectWhole(lake);
      expect(lake.seen().files.map(({ path, state }) => [path.slice(dir.length), state])).toEqual([['/p/old.jsonl', 'gone'], ['/p/elsewhere.jsonl', 'present']]);
      await ingest.close();
    });
  });
});

type Entry = MemoryLake['entries'] extends Map<number, infer Each> ? Each : never;
