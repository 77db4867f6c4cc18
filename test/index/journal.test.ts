// Commits that are durable in the journal before their rows are in the tables: a daemon may die at any
// moment, in the middle of an entry too, and the next one has every commit that was whole, once.

import { cpSync, existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CommitOp } from '../../src/core/commit-op.ts';
import { answersOf, rowsOf } from './support/answers.ts';
import { histories, operationsOf } from './support/histories.ts';
import { SourceFile } from './support/source-file.ts';
import { newFolder, TestIndex } from './support/test-index.ts';

const JOURNAL = 'index.duckdb.journal';
const WATERMARK = 'index.duckdb.watermark';

/** The folder as a daemon that is killed now would leave it. */
function killed(index: TestIndex): string {
  const dir = newFolder();
  cpSync(index.dir, dir, { recursive: true });
  return dir;
}

async function withIndex<T>(dir: string | undefined, use: (index: TestIndex) => Promise<T>): Promise<T> {
  const index = await TestIndex.open(dir);
  try {
    return await use(index);
  } finally {
    await index.remove();
  }
}

async function seen(index: TestIndex): Promise<unknown> {
  return { top: index.writer.top(), rows: await rowsOf(index), answers: await answersOf(index) };
}

function seenAfter(commits: readonly (readonly CommitOp[])[]): Promise<unknown> {
  return withIndex(undefined, async (index) => {
    for (const ops of commits) await index.commit(ops);
    return seen(index);
  });
}

function oneLine(uuid: string): string {
  return JSON.stringify({ type: 'user', uuid, sessionId: 's1', message: { role: 'user', content: uuid } });
}

/** Where the journal changed: from the first byte that differs to behind the last one. */
function changedRange(before: Buffer, after: Buffer): [number, number] {
  const differs = (at: number): boolean => before[at] !== after[at];
  let [from, to] = [0, after.length];
  while (from < to && !differs(from)) from += 1;
  while (to > from && !differs(to - 1)) to -= 1;
  return [from, to];
}

describe('a daemon that died', () => {
  it('loses no commit and has none twice, wherever its journal and its tables were', async () => {
    await fc.assert(
      fc.asyncProperty(histories(6), fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }), async (steps, settled) => {
        const commits = operationsOf(steps);
        await withIndex(undefined, async (index) => {
          for (const [i, ops] of commits.entries()) {
            await index.commit(ops);
            if (settled[i] === true) await index.writer.settle();
          }
          await withIndex(killed(index), async (next) => {
            const expected = await seenAfter(commits);
            expect(await seen(next)).toEqual(expected);
            expect(next.published).toEqual([]);
            await next.restart();
            expect(await seen(next)).toEqual(expected);
          });
        });
      }),
      { numRuns: 4, endOnFailure: true },
    );
  }, 120_000);

  it('in the middle of an entry has every commit before it, and takes the lines again', async () => {
    await fc.assert(
      fc.asyncProperty(histories(4), fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }), fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), fc.boolean(), async (steps, settled, place, cut) => {
        const commits = operationsOf(steps);
        const last = commits.at(-1) as CommitOp[];
        await withIndex(undefined, async (index) => {
          for (const [i, ops] of commits.slice(0, -1).entries()) {
            await index.commit(ops);
            if (settled[i] === true) await index.writer.settle();
          }
          const before = readFileSync(join(index.dir, JOURNAL));
          const early = killed(index);
          await index.commit(last);
          const dir = killed(index);
          // Died before the commit was acknowledged, so before it was counted.
          rmSync(join(dir, WATERMARK), { force: true });
          if (existsSync(join(early, WATERMARK))) cpSync(join(early, WATERMARK), join(dir, WATERMARK));
          const path = join(dir, JOURNAL);
          const after = readFileSync(path);
          const [from, to] = changedRange(before, after);
          const at = from + Math.floor(place * (to - from));
          if (cut) truncateSync(path, at);
          else writeFileSync(path, after.map((byte, i) => (i === at ? byte ^ 0x41 : byte)));
          await withIndex(dir, async (next) => {
            expect(await seen(next)).toEqual(await seenAfter(commits.slice(0, -1)));
            await next.commit(last);
            expect(await seen(next)).toEqual(await seenAfter(commits));
          });
        });
      }),
      { numRuns: 4, endOnFailure: true },
    );
  }, 120_000);

  it('leaves entries that the tables have, and older ones behind newer ones: neither is taken again', async () => {
    await withIndex(undefined, async (index) => {
      const file = new SourceFile(1, '-p/s1.jsonl');
      for (let n = 0; n < 5; n++) await index.commit([file.read([oneLine(`first ${n}`)])]);
      await index.writer.settle();
      await withIndex(killed(index), async (next) => expect(await next.records()).toHaveLength(5));
      // Of the same length as what they are written over, so that the next old entry follows at once.
      for (let n = 0; n < 2; n++) await index.commit([file.read([oneLine(`other ${n}`)])]);
      await withIndex(killed(index), async (next) => {
        expect((await next.records()).map((record) => record.uuid)).toEqual([...[0, 1, 2, 3, 4].map((n) => `first ${n}`), 'other 0', 'other 1']);
        expect((await next.files())[0]?.offset).toBe(file.entry.offset);
      });
    });
  });

  it('with a journal of another epoch begins without it', async () => {
    await withIndex(undefined, async (other) => {
      await other.commit([new SourceFile(1, '-p/s1.jsonl').read([oneLine('a')])]);
      await withIndex(undefined, async (index) => {
        const dir = killed(index);
        cpSync(join(other.dir, JOURNAL), join(dir, JOURNAL));
        await withIndex(dir, async (next) => expect(await next.records()).toEqual([]));
      });
    });
  });

  it('with a journal whose commits do not follow those of the tables reads the lines again', async () => {
    await withIndex(undefined, async (index) => {
      const file = new SourceFile(1, '-p/s1.jsonl');
      const early = killed(index);
      await index.commit([file.read([oneLine('a')])]);
      await index.writer.settle();
      await index.commit([file.read([oneLine('b')])]);
      cpSync(join(index.dir, JOURNAL), join(early, JOURNAL));
      await withIndex(early, async (next) => {
        expect(await next.records()).toEqual([]);
        expect(await next.files()).toEqual([]);
      });
    });
  });
});

describe('a journal that lost commits', () => {
  it.each<[string, (bytes: Buffer) => Buffer | null]>([
    ['because it is not there', () => null],
    ['because it is garbage', (bytes) => bytes.fill(0x5a)],
    ['because it is cut', (bytes) => bytes.subarray(0, bytes.length * 0.6)],
  ])('leads to a new epoch, and the lines are read again, %s', async (_name, damage) => {
    await withIndex(undefined, async (index) => {
      const file = new SourceFile(1, '-p/s1.jsonl');
      const first = file.read([oneLine('a')]);
      await index.commit([first]);
      await index.writer.settle();
      for (const uuid of ['b', 'c']) await index.commit([file.read([oneLine(uuid)])]);
      const [whole, hurt] = [killed(index), killed(index)];
      const bytes = damage(readFileSync(join(hurt, JOURNAL)));
      if (bytes === null) rmSync(join(hurt, JOURNAL));
      else writeFileSync(join(hurt, JOURNAL), bytes);
      await withIndex(hurt, async (next) => {
        expect(next.database.epoch).not.toBe(index.database.epoch);
        expect(await next.files()).toEqual([first.file]);
        expect(await next.records()).toHaveLength(1);
      });
      await withIndex(whole, async (next) => {
        expect(next.database.epoch).toBe(index.database.epoch);
        expect(await next.records()).toHaveLength(3);
      });
    });
  });
});

describe('a question', () => {
  it('is answered from everything that is committed, however short ago', async () => {
    await withIndex(undefined, async (index) => {
      const file = new SourceFile(1, '-p/s1.jsonl');
      for (let n = 0; n < 20; n++) {
        await index.commit([file.read([oneLine(`u${n}`)])]);
        const [records, session, totals] = await Promise.all([index.records(), index.lake.session('s1'), index.lake.totals()]);
        expect([records.length, session.message_count, totals.lines]).toEqual([n + 1, n + 1, n + 1]);
      }
    });
  });
});

describe('a journal', () => {
  it('is not left behind by a daemon that ends, and not needed by the next', async () => {
    await withIndex(undefined, async (index) => {
      await index.commit([new SourceFile(1, '-p/s1.jsonl').read([oneLine('a')])]);
      await index.close();
      expect(existsSync(join(index.dir, JOURNAL))).toBe(false);
      const next = await TestIndex.open(index.dir);
      expect(await next.records()).toHaveLength(1);
      await next.close();
    });
  });

  it('takes small commits; a large one brings all before it into the tables with it', async () => {
    await withIndex(undefined, async (index) => {
      const file = new SourceFile(1, '-p/s1.jsonl');
      await index.commit([file.read([oneLine('small')])]);
      await index.commit([file.read(Array.from({ length: 2000 }, (_, n) => oneLine(`large ${n}`)))]);
      const dir = killed(index);
      rmSync(join(dir, JOURNAL));
      await withIndex(dir, async (next) => expect(await next.records()).toHaveLength(2001));
    });
  });
});
