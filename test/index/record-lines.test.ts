// Records as lines of JSON say what records as objects say, and what a page of messages says, which comes
// by a query of its own.

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Content, LakeRecord, RecordFilter, RecordQuery } from '../../src/core/answers/record.ts';
import { anyLine } from '../sources/support/claude-logs.ts';
import { SourceFile } from './support/source-file.ts';
import { indexWithFiles } from './support/stored-files.ts';
import type { StoredFiles } from './support/stored-files.ts';
import type { TestIndex } from './support/test-index.ts';
import { userLine } from '../support/claude-lines.ts';

let index: TestIndex;
let files: StoredFiles;
let fileIx = 0;

beforeAll(async () => {
  ({ index, files } = await indexWithFiles());
});

afterAll(async () => {
  files.close();
  await index.remove();
});

async function asLines(query: RecordQuery, content: Content): Promise<LakeRecord[]> {
  const records: LakeRecord[] = [];
  for await (const { bytes, rows, last } of index.lake.recordLines(query, content)) {
    const text = Buffer.from(bytes).toString('utf8');
    expect(text.endsWith('\n')).toBe(true);
    const made = text.slice(0, -1).split('\n').map((line) => JSON.parse(line) as LakeRecord);
    expect([made.length, made.at(-1)?.offset]).toEqual([rows, String(last)]);
    records.push(...made);
  }
  return records;
}

async function asObjects(query: RecordQuery, content: Content): Promise<LakeRecord[]> {
  const records: LakeRecord[] = [];
  for await (const batch of index.lake.records(query, content)) records.push(...batch);
  return records;
}

/** Commits of one file each; answers the offset before them. */
async function commitAll(appends: readonly { file: number; lines: Buffer[] }[]): Promise<number> {
  const before = index.lake.top();
  const sources = [0, 1].map(() => new SourceFile(++fileIx, `p/s${fileIx}.jsonl`));
  for (const { file, lines } of appends) {
    const op = (sources[file] as SourceFile).read(lines);
    files.store(op);
    await index.commit([op]);
  }
  return before;
}

const appends = fc.array(fc.record({ file: fc.nat({ max: 1 }), lines: fc.array(anyLine, { minLength: 1, maxLength: 15 }) }), { minLength: 1, maxLength: 8 });
const contents = fc.constantFrom<Content>('none', 'text', 'raw');
const filters = fc.constantFrom<RecordFilter>({}, { types: ['user', 'summary'] }, { role: 'assistant' }, { tools: ['Bash'] }, { agent: null }, { isError: true }, { sinceMs: Date.UTC(2026, 9, 1) + 1_000_000 });

describe('records as lines', () => {
  it('say what records as objects say, for any lines, filters, cuts and limits', async () => {
    await fc.assert(
      fc.asyncProperty(appends, contents, filters, fc.boolean(), fc.option(fc.nat({ max: 30 }), { nil: undefined }), fc.double({ min: 0, max: 1, noNaN: true }), async (run, content, filter, duplicates, limit, at) => {
        const after = await commitAll(run);
        const upto = index.lake.top() - Math.round(at * 3);
        const query: RecordQuery = { filter, after, upto: Math.max(after, upto), duplicates, ...(limit === undefined || limit === 0 ? {} : { limit }) };
        const lines = await asLines(query, content);
        expect(lines).toEqual(await asObjects(query, content));
        expect(files.held).toBe(0);
      }),
      { numRuns: 80, endOnFailure: true },
    );
  }, 120_000);

  it('say what pages of messages say', async () => {
    const after = await commitAll([{ file: 0, lines: Array.from({ length: 500 }, (_, n) => Buffer.from(userLine({ session: `paged-${fileIx}`, n, text: `prompt ${n} é` }))) }]);
    const [first] = await asLines({ filter: {}, after, upto: index.lake.top(), duplicates: false, limit: 1 }, 'none');
    const filter = { session: first?.session_id ?? '' };
    for (const content of ['none', 'text', 'raw'] as const) {
      const page = await index.lake.messages({ filter, order: 'asc', content, duplicates: true, limit: 1000 });
      expect(page.items).toHaveLength(500);
      expect(await asLines({ filter, after: 0, upto: index.lake.top(), duplicates: true }, content)).toEqual(page.items);
    }
  });

  it('come in chunks of bounded size, over many windows', async () => {
    const after = await commitAll(Array.from({ length: 5 }, (_, part) => ({ file: 0, lines: Array.from({ length: 2000 }, (__, n) => Buffer.from(userLine({ session: 'wide', n: part * 2000 + n, text: 'x'.repeat(500) }))) })));
    const query = { filter: {}, after, upto: index.lake.top(), duplicates: true };
    const sizes: number[] = [];
    for await (const { bytes } of index.lake.recordLines(query, 'raw')) sizes.push(bytes.length);
    expect(Math.max(...sizes)).toBeLessThan(1024 * 1024);
    expect(Math.min(...sizes.slice(0, -1))).toBeGreaterThanOrEqual(128 * 1024);
    const records = await asLines(query, 'none');
    expect(records.map(({ offset }) => Number(offset))).toEqual(Array.from({ length: 10_000 }, (_, n) => after + 1 + n));
  });

  it('hold nothing when their reader leaves', async () => {
    for await (const chunk of index.lake.recordLines({ filter: {}, after: 0, upto: index.lake.top(), duplicates: true }, 'text')) {
      expect(chunk.rows).toBeGreaterThan(0);
      expect(files.held).toBe(0);
      break;
    }
    expect(files.held).toBe(0);
  });
});
