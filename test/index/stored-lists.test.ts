// Lists of files, of what is wrong in lines, and of the archive's parts are answered from memory: page by page they are
// what the tables say, after whatever was committed, and no row comes twice or not at all while more arrives.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NewPart } from '../../src/core/archive-port.ts';
import type { Page } from '../../src/core/answers/page.ts';
import type { ArchiveFilter, FileFilter, PageRequest, RejectFilter } from '../../src/core/answers/questions.ts';
import { ODDITIES, REJECT_REASONS } from '../../src/core/scan-batch.ts';
import type { Lake } from '../../src/index/lake.ts';
import { IndexManifest } from '../../src/index/manifest.ts';
import { histories, operationsOf } from './support/histories.ts';
import { SourceFile } from './support/source-file.ts';
import { statementsOf } from './support/statements.ts';
import { storedFiles, storedParts, storedRejects } from './support/stored-lists.ts';
import { TestIndex } from './support/test-index.ts';

const SOME = { requiredKeys: [] };
const source = fc.constantFrom('claude-code', 'jsonl', 'none');
const project = fc.constantFrom('-home-ada', '-srv-tree', 'none');
const session = fc.constantFrom('s1', 's2', 'a session/with odd signs', 'none');
const file = fc.integer({ min: 1, max: 7 }).map((n) => `f${n}`);
const months = fc.constantFrom('2026-09', '2026-10');

const filters = fc.record({
  files: fc.record({ source, project, session, state: fc.constantFrom('present' as const, 'gone' as const), file }, SOME),
  rejects: fc.record({ source, project, session, file, reason: fc.constantFrom(...REJECT_REASONS, ...ODDITIES), kept: fc.boolean() }, SOME),
  parts: fc.record({ source, month: months, session }, SOME),
});

/** What happens in the archive after a step; the clock may go back. */
const archiving = fc.record({
  kind: fc.constantFrom('nothing', 'add', 'add', 'replace', 'unlist'),
  month: months, source: fc.constantFrom('claude-code', 'jsonl'), clockMs: fc.integer({ min: 0, max: 3 }), files: fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { minLength: 1 }),
});
type Archiving = typeof archiving extends fc.Arbitrary<infer T> ? T : never;

const step = fc.record({ archiving, filters, limit: fc.integer({ min: 1, max: 4 }), loses: fc.boolean(), asks: fc.boolean() });

class Archive {
  private readonly manifest: IndexManifest;
  private readonly listed: string[] = [];
  private nowMs = 0;
  private made = 0;

  constructor({ readers, writer }: TestIndex, before: Archive | null) {
    this.manifest = new IndexManifest(readers, writer, () => this.nowMs);
    if (before !== null) Object.assign(this, { listed: before.listed, made: before.made });
  }

  async change({ kind, month, source: of, clockMs, files }: Archiving): Promise<void> {
    const [first] = this.listed;
    if (kind === 'nothing') return;
    if (kind === 'unlist') {
      if (first !== undefined) await this.manifest.unlist(first, files.length > 3 ? null : files);
      return;
    }
    const n = (this.made += 1);
    this.nowMs = clockMs;
    const id = `p${n * 7 % 10}-${n}`;
    const segments = files.map((fileIx) => ({ fileIx, from: n * 10, to: n * 10 + fileIx, lines: 1, adapterState: '' }));
    const part: NewPart = { id, path: `${of}/${id}.parquet`, source: of, month, rows: n, bytes: 20 + n, sourceBytes: 30, sessions: 1, sha256: `sha${n}`, segments };
    await this.manifest.add(part, kind === 'replace' && first !== undefined ? [this.listed.shift() as string] : []);
    this.listed.push(id);
  }
}

async function walked<T, Told extends Page<T>>(limit: number, ask: (page: PageRequest) => Promise<Told>): Promise<{ items: T[]; last: Told }> {
  const items: T[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await ask({ limit, ...(cursor !== undefined && { cursor }) });
    items.push(...page.items);
    expect(page.items.length).toBeLessThanOrEqual(limit);
    expect(page.has_more).toBe(page.next_cursor !== null);
    if (page.next_cursor === null) return { items, last: page };
    cursor = page.next_cursor;
  }
}

async function expectStored(index: TestIndex, lake: Lake, of: { files: FileFilter; rejects: RejectFilter; parts: ArchiveFilter }, limit: number): Promise<void> {
  const files = await walked(limit, (page) => lake.files(of.files, page));
  expect(files.items).toEqual(await storedFiles(index, of.files));
  const rejects = await walked(limit, (page) => lake.rejects(of.rejects, page));
  expect({ items: rejects.items, counts: rejects.last.counts }).toEqual(await storedRejects(index, of.rejects));
  const parts = await walked(limit, (page) => lake.archiveParts(of.parts, page));
  expect(parts.items).toEqual(await storedParts(index, of.parts));
}

describe('lists that are answered from memory', () => {
  it.each([1, 3, 1000])('are what the tables say, page by page, with %i lines held', async (rejectRows) => {
    await fc.assert(fc.asyncProperty(histories(8), fc.array(step, { minLength: 8, maxLength: 8 }), async (steps, meanwhile) => {
      const index = await TestIndex.open();
      try {
        let lake = index.newLake(index.versions, true, rejectRows);
        let archive = new Archive(index, null);
        const losing = new SourceFile(7, '-home-ada/s2.jsonl');
        for (const [i, ops] of operationsOf(steps).entries()) {
          // Where something was written aside before, everything is read while this is committed.
          await Promise.all([index.commit(ops), lake.files({}, { limit: 1 }), lake.rejects({}, { limit: 1 }), lake.archiveParts({}, { limit: 1 })]);
          if (steps[i]?.afterwards === 'restart') {
            await index.restart();
            lake = index.newLake(index.versions, true, rejectRows);
            archive = new Archive(index, archive);
          }
          const { archiving: change, filters: of, limit, loses, asks } = meanwhile[i] as (typeof meanwhile)[number];
          if (loses) await index.commit([losing.lose(40 + i, 's2')]);
          await archive.change(change);
          if (!asks && i < steps.length - 1) continue;
          await expectStored(index, lake, of, limit);
          await expectStored(index, lake, { files: {}, rejects: { kept: i % 2 === 0 }, parts: {} }, limit);
          expect(await lake.archiveStatus()).toEqual(await index.newLake().archiveStatus());
        }
      } finally {
        await index.remove();
      }
    }), { numRuns: 6, endOnFailure: true });
  }, 120_000);

  it('go on while more arrives: no row twice, none missed', async () => {
    await fc.assert(fc.asyncProperty(histories(12), fc.constantFrom(2, 1000), fc.boolean(), async (steps, rejectRows, kept) => {
      const index = await TestIndex.open();
      try {
        const lake = index.newLake(index.versions, true, rejectRows);
        const all = operationsOf(steps);
        const seen: string[] = [];
        let cursor: string | null = null;
        for (const ops of all) {
          await index.commit(ops);
          const page: Page<{ offset: string; reason: string }> = await lake.rejects({ kept }, { limit: 1, ...(cursor !== null && { cursor }) });
          // The last page of a list has no cursor: who asks for more asks for it again.
          if (page.next_cursor === null) continue;
          seen.push(...page.items.map(({ offset, reason }) => `${offset} ${reason}`));
          cursor = page.next_cursor;
        }
        const stored = (await storedRejects(index, { kept })).items.map(({ offset, reason }) => `${offset} ${reason}`);
        expect(seen).toEqual(stored.slice(0, seen.length));
      } finally {
        await index.remove();
      }
    }), { numRuns: 6, endOnFailure: true });
  }, 120_000);

  it('ask the database nothing once they are held, whatever is committed, rejected or archived', async () => {
    const index = await TestIndex.open();
    try {
      const main = new SourceFile(1, '-p/s1.jsonl');
      const archive = new Archive(index, null);
      const ask = async (): Promise<number> => {
        const [files, rejects, kept, parts] = await Promise.all([
          index.lake.files({}, { limit: 9 }), index.lake.rejects({}, { limit: 9 }), index.lake.rejects({ kept: true, session: 's1' }, { limit: 9 }), index.lake.archiveParts({ session: 's1' }, { limit: 9 }),
        ]);
        return files.items.length + rejects.items.length + kept.items.length + parts.items.length;
      };
      await index.commit([main.read(['{"type":"user","sessionId":"s1"}', 'broken'])]);
      await ask();
      // With several reasons.
      await index.commit([main.read(['broken too', '{"type":"user","sessionId":"s1","timestamp":"never","cwd":7,"message":{"role":"user","content":"x"}}'])]);
      await archive.change({ kind: 'add', month: '2026-09', source: 'claude-code', clockMs: 1, files: [1] });
      let rows = 0;
      expect(await statementsOf(async () => (rows = await ask()))).toEqual([]);
      expect(rows).toBe(1 + 2 + 3 + 1);
      await expectStored(index, index.lake, { files: {}, rejects: { kept: true }, parts: {} }, 1);
    } finally {
      await index.remove();
    }
  });
});
