// Ingest as a whole against an index in memory: commits that fail at every place, files that change while
// they are scanned, and closing when nothing can be committed.

import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import type { SegmentOp } from '../../src/core/commit-op.ts';
import { QUEUE_MAX_BYTES } from '../../src/ingest/commit-queue.ts';
import type { FileTable } from '../../src/ingest/file-table.ts';
import type { Ingest } from '../../src/ingest/ingest.ts';
import type { Scanner } from '../../src/ingest/scanner.ts';
import { userLine } from '../support/claude-lines.ts';
import { until } from '../support/daemon.ts';
import { MemoryLake } from './memory-lake.ts';
import { newIngest, rest, withFolder } from './test-ingest.ts';

const opening = vi.hoisted(() => ({ before: (_path: string): void => undefined }));
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const openSync: typeof fs.openSync = (path, ...more) => {
    opening.before(String(path));
    return fs.openSync(path, ...more);
  };
  return { ...fs, openSync };
});

const lines = (session: string, from: number, count: number): string => Array.from({ length: count }, (_, i) => `${userLine({ session, n: from + i })}\n`).join('');

/** Each complete line of each present file once, and nothing but what was ever there. */
function expectWhole(lake: MemoryLake, root: string): void {
  expect(lake.violations).toEqual([]);
  const { files, lines: rows } = lake.seen();
  for (const file of files.filter((candidate) => candidate.state === 'present')) {
    const bytes = readFileSync(file.path);
    const starts: number[] = [];
    for (let at = 0, end = bytes.indexOf(10); end !== -1; at = end + 1, end = bytes.indexOf(10, at)) starts.push(at);
    const found = rows.filter((row) => row.fileIx === file.fileIx).map((row) => row.byteOffset);
    expect({ path: file.path.slice(root.length), found }).toEqual({ path: file.path.slice(root.length), found: starts });
  }
}

function scannerOf(ingest: Ingest): Scanner {
  return (ingest as unknown as { intake: { scanner: Scanner } }).intake.scanner;
}

describe('a commit that fails', () => {
  for (const outcome of ['refused', 'stored_but_failed'] as const) {
    it(`leaves no hole and repeats nothing, whichever it is (${outcome})`, async () => {
      let failed = 0;
      for (let nth = 1; nth <= 14; nth++) {
        await withFolder(async (dir) => {
          const lake = new MemoryLake();
          lake.outcome = () => (lake.commits === nth ? outcome : 'stored');
          // While a commit is under way more is appended and read.
          lake.during = async () => {
            const session = `s${lake.commits % 3}`;
            if (lake.commits < 12) appendFileSync(`${dir}/p/${session}.jsonl`, lines(session, 100 * lake.commits, 3));
            await new Promise((resolve) => setTimeout(resolve, 3));
          };
          mkdirSync(`${dir}/p`);
          for (const session of ['s0', 's1', 's2']) writeFileSync(`${dir}/p/${session}.jsonl`, lines(session, 0, 4));
          const { ingest, problems } = newIngest(dir, lake, { watch: true });
          await ingest.start();
          await until(() => lake.commits >= 12);
          await rest(ingest, () => lake.commits);
          if (lake.commits >= nth) failed += 1;
          expectWhole(lake, dir);
          expect(lake.lines).toHaveLength(12 + 11 * 3);
          // An index that says so although it stored all is none; that nothing is lost then is all that is asked.
          if (outcome === 'refused') expect(problems.list()).toEqual([]);
          await ingest.close();
        });
      }
      expect(failed).toBeGreaterThan(8);
    });
  }
});

describe('a file that changes while it is scanned', () => {
  const changes: Record<string, (path: string) => void> = {
    'is deleted': (path) => rmSync(path),
    'is moved': (path) => renameSync(path, `${path.slice(0, -6)}-moved.jsonl`),
    'is cut': (path) => truncateSync(path, 10),
    'is emptied': (path) => truncateSync(path, 0),
    'is rewritten': (path) => writeFileSync(path, lines('other', 0, 20)),
    'is replaced': (path) => {
      writeFileSync(`${path}.tmp`, lines('other', 0, 2));
      renameSync(`${path}.tmp`, path);
    },
    'makes room for another': (path) => {
      renameSync(path, `${path.slice(0, -6)}-moved.jsonl`);
      writeFileSync(path, lines('other', 0, 3));
    },
    'is covered by another known one': (path) => renameSync(`${path.slice(0, -6)}-second.jsonl`, path),
    'grows': (path) => appendFileSync(path, lines('s', 50, 5)),
    'becomes a folder': (path) => {
      rmSync(path);
      mkdirSync(path);
    },
  };
  for (const [name, change] of Object.entries(changes)) {
    for (const watch of [true, false]) {
      it(`is indexed as it was and as it is when it ${name}${watch ? '' : ', found by sweeping'}`, async () => {
        await withFolder(async (dir) => {
          const lake = new MemoryLake();
          const path = `${dir}/p/s.jsonl`;
          mkdirSync(`${dir}/p`);
          writeFileSync(path, lines('s', 0, 5));
          writeFileSync(`${dir}/p/s-second.jsonl`, lines('second', 0, 4));
          const { ingest } = newIngest(dir, lake, { watch });
          const scanner = scannerOf(ingest);
          const scan = scanner.scan.bind(scanner);
          let changed = 0;
          scanner.scan = async (inputs) => {
            const mine = inputs.some((input) => input.path.path === 'p/s.jsonl');
            const scanned = await scan(inputs);
            if (mine && existsSync(path) && changed++ === 0) {
              change(path);
              // Hints are heard, and what they lead to is done, before this pack goes on.
              await new Promise((resolve) => setTimeout(resolve, 20));
              if (!watch) await ingest.sweep();
            }
            return scanned;
          };
          await ingest.start();
          await rest(ingest, () => lake.commits);
          expect(changed).toBeGreaterThan(0);
          expectWhole(lake, dir);
          const uuids = lake.lines.map((line) => line.uuid);
          expect(uuids).toHaveLength(new Set(uuids).size);
          expect(uuids.length).toBeGreaterThanOrEqual(9);
          await ingest.close();
          // Nothing is left that another start would find.
          const before = lake.lines.length;
          const again = newIngest(dir, lake, { watch });
          await again.ingest.start();
          await rest(again.ingest, () => lake.commits);
          await again.ingest.close();
          expect(lake.lines).toHaveLength(before);
        });
      });
    }
  }
});

describe('a line too long to be held', () => {
  it('is told once and whole where its file loses its place while the others of its pack are scanned', async () => {
    await withFolder(async (dir) => {
      const lake = new MemoryLake();
      mkdirSync(`${dir}/p`);
      writeFileSync(`${dir}/p/s.jsonl`, lines('s', 0, 3));
      writeFileSync(`${dir}/p/long.jsonl`, `${'x'.repeat(5_000_000)}\n${lines('long', 0, 2)}`);
      const { ingest } = newIngest(dir, lake, { lineMaxBytes: 4096 });
      const scanner = scannerOf(ingest);
      const scan = scanner.scan.bind(scanner);
      let replaced = false;
      scanner.scan = async (inputs) => {
        if (!replaced) {
          replaced = true;
          writeFileSync(`${dir}/p/other`, lines('new', 0, 1));
          renameSync(`${dir}/p/other`, `${dir}/p/long.jsonl`);
          await ingest.sweep();
        }
        return scan(inputs);
      };
      await ingest.start();
      await rest(ingest, () => lake.commits);
      expectWhole(lake, dir);
      expect(lake.lines).toHaveLength(3 + 3 + 1);
      await ingest.close();
    });
  });
});

describe('a file that moves on while it is found', () => {
  it('is not taken for a new one: nothing is read twice', async () => {
    await withFolder(async (dir) => {
      const lake = new MemoryLake();
      mkdirSync(`${dir}/p`);
      writeFileSync(`${dir}/p/a.jsonl`, lines('s', 0, 3));
      const before = newIngest(dir, lake);
      await before.ingest.start();
      await before.ingest.close();
      renameSync(`${dir}/p/a.jsonl`, `${dir}/p/b.jsonl`);
      appendFileSync(`${dir}/p/b.jsonl`, lines('s', 3, 1));
      // Between finding its new name and looking who it is, it gets another one.
      const moves = [['b', 'c'], ['c', 'd'], ['d', 'b']].map(([from, to]) => [`${dir}/p/${from}.jsonl`, `${dir}/p/${to}.jsonl`] as const);
      opening.before = (path) => {
        if (path !== moves[0]?.[0]) return;
        const [from, to] = moves.shift() as readonly [string, string];
        renameSync(from, to);
      };
      const { ingest } = newIngest(dir, lake);
      await ingest.start();
      await rest(ingest, () => lake.commits);
      opening.before = () => undefined;
      expect(moves).toEqual([]);
      await rest(ingest, () => lake.commits);
      expectWhole(lake, dir);
      expect(lake.lines).toHaveLength(4);
      await ingest.close();
    });
  });
});

describe('a start after the process died', () => {
  it('knows both of two files whose path is the same in the index, because only one move was stored', async () => {
    await withFolder(async (dir) => {
      const lake = new MemoryLake();
      mkdirSync(`${dir}/p`);
      writeFileSync(`${dir}/p/first.jsonl`, lines('first', 0, 3));
      const before = newIngest(dir, lake);
      await before.ingest.start();
      writeFileSync(`${dir}/p/second.jsonl`, lines('second', 0, 3));
      await rest(before.ingest, () => lake.commits);
      await before.ingest.close();
      // The first took the second's place, which went elsewhere; of that nothing was stored.
      renameSync(`${dir}/p/second.jsonl`, `${dir}/p/elsewhere.jsonl`);
      renameSync(`${dir}/p/first.jsonl`, `${dir}/p/second.jsonl`);
      for (const [fileIx, entry] of lake.entries) lake.entries.set(fileIx, { ...entry, path: 'p/second.jsonl' });
      appendFileSync(`${dir}/p/second.jsonl`, lines('first', 3, 1));
      appendFileSync(`${dir}/p/elsewhere.jsonl`, lines('second', 3, 1));
      const { ingest } = newIngest(dir, lake);
      await ingest.start();
      await ingest.caughtUp();
      expectWhole(lake, dir);
      expect(lake.lines).toHaveLength(8);
      expect(lake.seen().files.map(({ path, state }) => [path.slice(dir.length), state]).toSorted()).toEqual([['/p/elsewhere.jsonl', 'present'], ['/p/second.jsonl', 'present']]);
      await ingest.close();
    });
  });
});

describe('scanning that fails', () => {
  it('has the files read again, and the others of the pack are not lost', async () => {
    await withFolder(async (dir) => {
      const lake = new MemoryLake();
      mkdirSync(`${dir}/p`);
      writeFileSync(`${dir}/p/a.jsonl`, lines('a', 0, 3));
      writeFileSync(`${dir}/p/b.jsonl`, lines('b', 0, 3));
      writeFileSync(`${dir}/p/long.jsonl`, `${'x'.repeat(9000)}\n${lines('long', 0, 2)}`);
      const { ingest, problems } = newIngest(dir, lake, { watch: true, lineMaxBytes: 4096 });
      const scanner = scannerOf(ingest);
      const scan = scanner.scan.bind(scanner);
      let failures = 2;
      scanner.scan = (inputs) => (inputs.length > 0 && failures-- > 0 ? Promise.reject(new Error('the worker died')) : scan(inputs));
      await ingest.start();
      await ingest.caughtUp();
      expect(problems.list().map((problem) => problem.code)).toContain('unreadable_file');
      await until(() => lake.lines.length === 9);
      await rest(ingest, () => lake.commits);
      expectWhole(lake, dir);
      expect(problems.list()).toEqual([]);
      await ingest.close();
    });
  });

  it('at one file again and again holds up no other, and is tried less and less often', async () => {
    await withFolder(async (dir) => {
      const lake = new MemoryLake();
      mkdirSync(`${dir}/p`);
      for (const name of ['a', 'bad', 'c']) writeFileSync(`${dir}/p/${name}.jsonl`, lines(name, 0, 3));
      const { ingest, problems } = newIngest(dir, lake, { watch: true });
      const scanner = scannerOf(ingest);
      const scan = scanner.scan.bind(scanner);
      let tries = 0;
      scanner.scan = (inputs) => {
        if (!inputs.some(({ path }) => path.path.endsWith('bad.jsonl'))) return scan(inputs);
        tries += 1;
        return Promise.reject(new Error('nobody expected this'));
      };
      await ingest.start();
      await until(() => lake.lines.length === 6 && tries === 2);
      expect(problems.list()).toMatchObject([{ code: 'unreadable_file', path: `${dir}/p/bad.jsonl` }]);
      expect((ingest as unknown as { table: FileTable }).table.failed().map(({ failures }) => failures)).toEqual([2]);
      scanner.scan = scan;
      await until(() => lake.lines.length === 9);
      await rest(ingest, () => lake.commits);
      expectWhole(lake, dir);
      expect(problems.list()).toEqual([]);
      await ingest.close();
    });
  });
});

describe('closing', () => {
  it('ends while the disk is full and more was read than may wait, and loses nothing', async () => {
    await withFolder(async (dir) => {
      const lake = new MemoryLake();
      mkdirSync(`${dir}/p`);
      for (let i = 0; i < 12; i++) {
        const session = `s${i}`;
        writeFileSync(`${dir}/p/${session}.jsonl`, Array.from({ length: 3000 }, (_, n) => `${userLine({ session, n })}\n`).join(''));
      }
      const { ingest, problems } = newIngest(dir, lake, { minFreeBytes: Number.POSITIVE_INFINITY, commitRetryMs: 3_600_000 });
      await ingest.start();
      await until(() => problems.list().some((problem) => problem.code === 'disk_full') && (ingest as unknown as { intake: { queue: { waitingBytes: number } } }).intake.queue.waitingBytes > QUEUE_MAX_BYTES);
      await Promise.all([ingest.close(), ingest.close()]);
      expect(lake.commits).toBe(0);
      const again = newIngest(dir, lake);
      await again.ingest.start();
      await again.ingest.caughtUp();
      expectWhole(lake, dir);
      expect(lake.lines).toHaveLength(36_000);
      await again.ingest.close();
    });
  });

  it('ends while it starts', async () => {
    await withFolder(async (dir) => {
      mkdirSync(`${dir}/p`);
      for (let i = 0; i < 300; i++) writeFileSync(`${dir}/p/${i}.jsonl`, lines(`s${i}`, 0, 1));
      const { ingest } = newIngest(dir, new MemoryLake(), { watch: true });
      const starting = ingest.start();
      await ingest.close();
      await starting;
      await ingest.caughtUp();
    });
  });
});

describe('many large files that arrive at once', () => {
  it('are read a bounded piece at a time', async () => {
    await withFolder(async (dir) => {
      const lake = new MemoryLake();
      mkdirSync(`${dir}/p`);
      const { ingest } = newIngest(dir, lake, { watch: false });
      const scanner = scannerOf(ingest);
      const scan = scanner.scan.bind(scanner);
      let most = 0;
      scanner.scan = (inputs) => {
        most = Math.max(most, inputs.reduce((sum, input) => sum + input.bytes.length, 0));
        return scan(inputs);
      };
      await ingest.start();
      const text = `${userLine({ session: 's', n: 0, text: 'long '.repeat(200_000) })}\n`.repeat(5);
      for (let i = 0; i < 16; i++) writeFileSync(`${dir}/p/${i}.jsonl`, text);
      await rest(ingest, () => lake.commits);
      expect(lake.lines).toHaveLength(80);
      expect(most).toBeLessThanOrEqual(12 * 1024 * 1024);
      await ingest.close();
    });
  });
});

describe('what counts as live', () => {
  it('is what was appended since the daemon watches, to files known before too', async () => {
    await withFolder(async (dir) => {
      const lake = new MemoryLake();
      const liveFrom: [string, number, number][] = [];
      const commit = lake.commit.bind(lake);
      lake.commit = async (ops) => {
        for (const op of ops) if (op.kind === 'segment') liveFrom.push([op.file.path, (op as SegmentOp).firstByte, op.liveFrom]);
        await commit(ops);
      };
      mkdirSync(`${dir}/p`);
      writeFileSync(`${dir}/p/old.jsonl`, lines('old', 0, 2));
      const first = newIngest(dir, lake);
      await first.ingest.start();
      await first.ingest.caughtUp();
      await first.ingest.close();
      const before = readFileSync(`${dir}/p/old.jsonl`).length;
      appendFileSync(`${dir}/p/old.jsonl`, lines('old', 2, 2));
      const size = readFileSync(`${dir}/p/old.jsonl`).length;
      liveFrom.length = 0;
      const { ingest } = newIngest(dir, lake);
      await ingest.start();
      await ingest.caughtUp();
      // What came while nobody watched is not live.
      expect(liveFrom).toMatchObject([['p/old.jsonl', before, size]]);
      appendFileSync(`${dir}/p/old.jsonl`, lines('old', 4, 1));
      await new Promise((resolve) => setTimeout(resolve, 20));
      writeFileSync(`${dir}/p/new.jsonl`, lines('new', 0, 1));
      await rest(ingest, () => lake.commits);
      expect(liveFrom.slice(1).toSorted()).toMatchObject([['p/new.jsonl', 0, 0], ['p/old.jsonl', size, size]]);
      await ingest.close();
    });
  });

  it('is also what is dated since the start and was there before the first look, unless its clock is ahead', async () => {
    await withFolder(async (dir) => {
      const lake = new MemoryLake();
      const liveFrom: [string, number][] = [];
      const commit = lake.commit.bind(lake);
      lake.commit = async (ops) => {
        for (const op of ops) if (op.kind === 'segment') liveFrom.push([op.file.path, (op as SegmentOp).liveFrom]);
        await commit(ops);
      };
      mkdirSync(`${dir}/p`);
      writeFileSync(`${dir}/p/now.jsonl`, lines('now', 0, 2));
      writeFileSync(`${dir}/p/ahead.jsonl`, lines('ahead', 0, 2));
      const first = newIngest(dir, lake);
      await first.ingest.start();
      await first.ingest.caughtUp();
      await first.ingest.close();
      appendFileSync(`${dir}/p/now.jsonl`, lines('now', 2, 1));
      const border = readFileSync(`${dir}/p/now.jsonl`).length;
      liveFrom.length = 0;
      const { ingest } = newIngest(dir, lake);
      const dated = (session: string, timestamp: number): string => `${userLine({ session, n: 3, extra: { timestamp: new Date(timestamp).toISOString() } })}\n`;
      appendFileSync(`${dir}/p/now.jsonl`, dated('now', Date.now()) + lines('now', 4, 1));
      appendFileSync(`${dir}/p/ahead.jsonl`, dated('ahead', Date.now() + 3_600_000));
      const size = readFileSync(`${dir}/p/ahead.jsonl`).length;
      await ingest.start();
      await ingest.caughtUp();
      expect(liveFrom.toSorted()).toEqual([['p/ahead.jsonl', size], ['p/now.jsonl', border]]);
      await ingest.close();
    });
  });
});

describe('a size without a new line', () => {
  it('that was passed over, because one was written down just before, is at a later sweep', async () => {
    await withFolder(async (dir) => {
      const lake = new MemoryLake();
      const path = `${dir}/s0.jsonl`;
      writeFileSync(path, lines('s0', 0, 2));
      const { ingest } = newIngest(dir, lake);
      await ingest.start();
      await ingest.caughtUp();
      const whole = readFileSync(path).length;
      const sizeNow = async (): Promise<number | undefined> => {
        await ingest.sweep();
        await ingest.caughtUp();
        return lake.entries.get(1)?.size;
      };
      appendFileSync(path, '{"a":');
      expect(await sizeNow()).toBe(whole + 5);
      appendFileSync(path, '"b');
      expect(await sizeNow()).toBe(whole + 5);
      await until(async () => (await sizeNow()) === whole + 7);
      await ingest.close();
    });
  });
});
