// A search by its pages against what records say of their text, over files that grow and rows that wait in the journal.

import fc from 'fast-check';
import { expect } from 'vitest';
import type { LakeRecord, RecordFilter } from '../../../src/core/answers/record.ts';
import { fold } from '../../../src/index/search/letters.ts';
import { anyLine } from '../../sources/support/claude-logs.ts';
import { userLine } from '../../support/claude-lines.ts';
import { SourceFile } from './source-file.ts';
import { indexWithFiles } from './stored-files.ts';
import type { TestIndex } from './test-index.ts';

/** Longer than what is read at once. */
const LONG = 'long '.repeat(40_000);
const said = fc.record({ n: fc.nat({ max: 50 }), text: fc.constantFrom('a TimeOut', 'time out', 'Kelvin of K', 'café in 日本語', `${LONG}timeout`, LONG, 'nothing') })
  .map(({ n, text }) => Buffer.from(userLine({ session: 's', n, text })));
const written = said.chain((line) => fc.constantFrom(line, Buffer.from(line.toString().replace('é', '\\u00e9').replace('timeout', 'time\\u006fut'))));
const appends = fc.array(fc.record({ file: fc.nat({ max: 2 }), lines: fc.array(fc.oneof(anyLine, written), { minLength: 1, maxLength: 12 }) }), { minLength: 1, maxLength: 6 });
const searches = fc.record({
  q: fc.constantFrom('timeout', 'out', 'k', 'CAFÉ', '本', 'nothing', 'user', '. ', 'e'),
  limit: fc.integer({ min: 1, max: 30 }),
  filter: fc.constantFrom<RecordFilter>({}, { role: 'user' }, { types: ['user', 'summary'] }, { agent: null }, { sinceMs: Date.UTC(2026, 9, 1) + 20_000 }),
});

interface Pages {
  found: string[];
  bytes: number;
}

async function pagesOf({ lake }: TestIndex, { q, limit, filter }: { q: string; limit: number; filter: RecordFilter }): Promise<Pages> {
  const found: string[] = [];
  let bytes = 0;
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await lake.search({ q, limit, filter, ...(cursor !== undefined && { cursor }) });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    found.push(...page.items.map(({ offset, line, uuid, type }) => [offset, line, uuid, type].join()));
    bytes += page.searched_bytes;
    cursor = page.next_cursor;
  }
  return { found, bytes };
}

async function having({ lake }: TestIndex, q: string, filter: RecordFilter): Promise<string[]> {
  const records: LakeRecord[] = [];
  for await (const batch of lake.records({ filter, after: 0, upto: lake.top(), duplicates: false }, 'text')) records.push(...batch);
  const time = ({ ts }: LakeRecord): number => (ts === null ? -1 : Date.parse(ts));
  return records.filter(({ text }) => text !== null && text !== undefined && fold(text).includes(fold(q)))
    .toSorted((a, b) => time(b) - time(a) || Number(b.offset) - Number(a.offset))
    .map(({ offset, line, uuid, type }) => [offset, line, uuid, type].join());
}

/** Throws where a search says something else. */
export async function searchAsRecordsSay(): Promise<void> {
  const { index, files } = await indexWithFiles();
  let fileIx = 0;
  try {
    await fc.assert(fc.asyncProperty(appends, fc.array(searches, { minLength: 1, maxLength: 4 }), async (run, asked) => {
      const sources = [0, 1, 2].map(() => new SourceFile(++fileIx, `p/s${fileIx}.jsonl`));
      for (const { file, lines } of run) {
        const op = (sources[file] as SourceFile).read(lines);
        files.store(op);
        await index.commit([op]);
      }
      // Before anything takes what waits into the tables.
      const found = [];
      for (const search of asked) found.push(await pagesOf(index, search));
      for (const [i, { q, filter }] of asked.entries()) {
        expect([q, filter, found[i]?.found]).toEqual([q, filter, await having(index, q, filter)]);
        // Every line is gone through once, however pages lie.
        expect(found[i]?.bytes).toBe((await pagesOf(index, { q: 'nowhere', limit: 1, filter })).bytes);
      }
      expect(files.held).toBe(0);
    }), { numRuns: 25, endOnFailure: true });
  } finally {
    files.close();
    await index.remove();
  }
}
