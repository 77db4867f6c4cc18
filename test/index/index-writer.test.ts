// The one writer, by property: how lines are grouped into commits, restarts and compactions between them
// change no answer, and what followers are sent is what a question gives later.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LakeRecord } from '../../src/core/answers/record.ts';
import type { CommitOp } from '../../src/core/commit-op.ts';
import { compact } from '../../src/index/commit/compaction.ts';
import { answersOf, rowsOf } from './support/answers.ts';
import { histories, operationsOf } from './support/histories.ts';
import type { Step } from './support/histories.ts';
import { SourceFile } from './support/source-file.ts';
import { TestIndex } from './support/test-index.ts';
import type { Published } from './support/test-index.ts';

async function runHistory(index: TestIndex, steps: readonly Step[]): Promise<void> {
  let waiting: CommitOp[] = [];
  for (const [i, ops] of operationsOf(steps).entries()) {
    waiting.push(...ops);
    const afterwards = (steps[i] as Step).afterwards;
    if (afterwards === 'nothing') continue;
    await index.commit(waiting);
    waiting = [];
    if (afterwards === 'restart') await index.restart();
    if (afterwards === 'compact') await index.writer.exclusively(compact);
  }
  if (waiting.length > 0) await index.commit(waiting);
}

async function seen(index: TestIndex): Promise<Record<'rows' | 'answers' | 'compacted', Record<string, unknown>>> {
  const [rows, answers] = [await rowsOf(index), await answersOf(index)];
  await index.writer.exclusively(compact);
  return { rows, answers, compacted: await answersOf(index) };
}

async function within<T>(work: (index: TestIndex) => Promise<T>): Promise<T> {
  const index = await TestIndex.open();
  try {
    return await work(index);
  } finally {
    await index.remove();
  }
}

function expectNoGap(published: readonly Published[], top: number): void {
  let at = 0;
  for (const { prev, top: next, records } of published) {
    expect(prev).toBe(at);
    expect(next).toBeGreaterThan(prev);
    for (const { offset } of records) expect(offset > prev && offset <= next).toBe(true);
    at = next;
  }
  expect(at).toBe(top);
}

/** As JSON, without the project: that of a session may become another when a file comes that it is rather of. */
function lasting(record: LakeRecord): unknown {
  const { project: _project, ...rest } = JSON.parse(JSON.stringify(record)) as LakeRecord;
  return rest;
}

describe('any grouping into commits, with restarts and compactions,', () => {
  it('gives the rows and answers that one commit gives', async () => {
    await fc.assert(
      fc.asyncProperty(histories(7), async (steps) => {
        const [many, one] = await Promise.all([
          within(async (index) => {
            await runHistory(index, steps);
            return seen(index);
          }),
          within(async (index) => {
            await index.commit(operationsOf(steps).flat());
            return seen(index);
          }),
        ]);
        expect(many.rows).toEqual(one.rows);
        expect(many.answers).toEqual(one.answers);
        expect(many.compacted).toEqual(one.compacted);
      }),
      { numRuns: 6, endOnFailure: true },
    );
  }, 60_000);

  it('publishes every record once and in order, as a question gives it', async () => {
    await fc.assert(
      fc.asyncProperty(histories(8), async (steps) => {
        await within(async (index) => {
          await runHistory(index, steps);
          expectNoGap(index.published, index.writer.top());
          const sent = index.published.flatMap(({ records }) => records.map(({ record }) => lasting(record)));
          expect(sent).toEqual((await index.records()).map(lasting));
        });
      }),
      { numRuns: 5, endOnFailure: true },
    );
  }, 60_000);

  it('numbers every row and reject once, in file order within a file', async () => {
    await fc.assert(
      fc.asyncProperty(histories(8), async (steps) => {
        await within(async (index) => {
          await runHistory(index, steps);
          const rows = await index.rows<{ o: number; f: number; b: number }>(
            'SELECT lake_offset::DOUBLE AS o, file_ix AS f, byte_offset::DOUBLE AS b FROM (SELECT lake_offset, file_ix, byte_offset FROM records UNION ALL SELECT lake_offset, file_ix, byte_offset FROM rejects) ORDER BY o',
          );
          expect(rows.map(({ o }) => o)).toEqual(rows.map((_, i) => i + 1));
          for (const file of new Set(rows.map(({ f }) => f))) {
            const bytes = rows.filter(({ f }) => f === file).map(({ b }) => b);
            expect(bytes).toEqual(bytes.toSorted((a, b) => a - b));
          }
        });
      }),
      { numRuns: 4, endOnFailure: true },
    );
  }, 60_000);
});

describe('a commit', () => {
  it('of more rows than one vector holds keeps them all', async () => {
    await within(async (index) => {
      const file = new SourceFile(1, '-p/s1.jsonl');
      const lines = Array.from({ length: 5000 }, (_, n) => (n % 100 === 50 ? 'broken' : JSON.stringify({ type: 'user', uuid: `id-${n}`, sessionId: 's1', timestamp: new Date(n * 1000).toISOString(), message: { role: 'user', content: [{ type: 'tool_result', tool_use_id: `t${n}` }] } })));
      await index.commit([file.read(lines)]);
      const records = await index.records();
      expect([records.length, await index.count('rejects'), index.writer.top()]).toEqual([4950, 50, 5000]);
      for (const n of [0, 2047, 2048, 2049, 4096, 4999]) expect(records.find((record) => record.line === n + 1)).toMatchObject({ uuid: `id-${n}`, tool_results: [{ id: `t${n}`, is_error: false }], offset: String(n + 1) });
    });
  });

  it('of files alone moves no offset and publishes nothing', async () => {
    await within(async (index) => {
      const file = new SourceFile(1, '-p/s1.jsonl');
      await index.commit([file.read(['{"type":"user"}'])]);
      await index.commit([file.change({ size: 99, modifiedMs: 7, state: 'gone' })]);
      await index.commit([]);
      expect(index.published.map(({ prev, top }) => [prev, top])).toEqual([[0, 1]]);
      expect(await index.files()).toEqual([file.entry]);
    });
  });

  it('gives every field of a file back, also after a restart', async () => {
    await within(async (index) => {
      const file = new SourceFile(7, "odd 'name\u2028\0é.jsonl", { birthMs: 1_795_132_800_123, generation: 3 });
      await index.commit([file.read(['{"type":"user","sessionId":"x"}']), file.change({ size: 5_000_000_000_000, path: 'moved/to.jsonl' })]);
      expect(await index.files()).toEqual([file.entry]);
      await index.restart();
      expect(await index.files()).toEqual([file.entry]);
    });
  });

  it('of a file that moved to another root says so, also after a restart', async () => {
    await within(async (index) => {
      const [moved, other] = [new SourceFile(1, 'a.jsonl'), new SourceFile(2, 'b.jsonl')];
      await index.commit([moved.read(['{"type":"user","sessionId":"x"}']), other.change({ size: 1 })]);
      for (const root of ['/mnt/logs', '/mnt/logs/2026']) {
        await index.commit([moved.change({ root, path: 'c.jsonl', project: root })]);
        expect(await index.files()).toEqual([moved.entry, other.entry]);
        await index.restart();
        expect(await index.files()).toEqual([moved.entry, other.entry]);
      }
    });
  });

  it('waits for the one before it', async () => {
    await within(async (index) => {
      const file = new SourceFile(1, '-p/s1.jsonl');
      const ops = Array.from({ length: 10 }, (_, n) => file.read([JSON.stringify({ type: 'user', uuid: `id-${n}` })]));
      await Promise.all(ops.map((op) => index.commit([op])));
      expect(index.published.map(({ top }) => top)).toEqual(ops.map((_, n) => n + 1));
    });
  });

  it('marks lines that were appended while somebody watched', async () => {
    await within(async (index) => {
      const file = new SourceFile(1, '-p/s1.jsonl');
      const first = '{"type":"user","uuid":"old"}';
      await index.commit([file.read([first, '{"type":"user","uuid":"new"}'], first.length + 1)]);
      expect(index.published[0]?.records.map(({ live }) => live)).toEqual([false, true]);
      expect(await index.rows('SELECT (flags & 32) <> 0 AS live FROM records ORDER BY lake_offset')).toEqual([{ live: false }, { live: true }]);
    });
  });

  it('after the end is refused', async () => {
    const index = await TestIndex.open();
    await index.remove();
    await expect(index.commit([new SourceFile(1, 'x.jsonl').read(['{}'])])).rejects.toMatchObject({ code: 'storage' });
  });
});

describe('a repeated line', () => {
  const line = (uuid: string, extra: object = {}): string => JSON.stringify({ type: 'user', uuid, sessionId: 's1', message: { role: 'user', content: 'x' }, ...extra });

  it('is kept, marked and not counted, in the same commit, in a later one and after a restart', async () => {
    await within(async (index) => {
      const file = new SourceFile(1, '-p/s1.jsonl');
      await index.commit([file.read([line('a'), line('a'), line('b')])]);
      await index.commit([file.read([line('b'), line('c')])]);
      await index.restart();
      await index.commit([file.read([line('a'), line('c'), line('d')])]);
      expect((await index.records()).map(({ uuid }) => uuid)).toEqual(['a', 'b', 'c', 'd']);
      const all = await index.records(true);
      expect(all.map(({ duplicate }) => duplicate === true)).toEqual([false, true, false, true, false, true, true, false]);
      expect(await index.lake.session('s1')).toMatchObject({ message_count: 4, bytes: file.entry.offset });
      expect(index.published.flatMap(({ records }) => records.map(({ record }) => record.uuid))).toEqual(['a', 'b', 'c', 'd']);
    });
  });

  it('is one only within its session, and without an id never', async () => {
    await within(async (index) => {
      const file = new SourceFile(1, '-p/s1.jsonl');
      await index.commit([file.read([line('a'), line('a', { sessionId: 's2' }), line(''), line('')])]);
      expect(await index.records()).toHaveLength(4);
    });
  });

  it('is one in another file of the session: a file that was rewritten is read anew and counts once', async () => {
    await within(async (index) => {
      const [old, again] = [new SourceFile(1, '-p/s1.jsonl'), new SourceFile(2, '-p/s1.jsonl', { generation: 1 })];
      await index.commit([old.read([line('a'), line('b')])]);
      await index.commit([old.change({ state: 'replaced' }), again.read([line('a'), line('b'), line('c')])]);
      expect((await index.records()).map(({ uuid }) => uuid)).toEqual(['a', 'b', 'c']);
      expect(await index.lake.session('s1')).toMatchObject({ message_count: 3, files: 1 });
    });
  });
});

describe('sessions of two sources with one name', () => {
  it('keep to their own, with ids that stay the same after a restart', async () => {
    await within(async (index) => {
      const files = [new SourceFile(1, '-p/same.jsonl'), new SourceFile(2, 'same.jsonl', { source: 'jsonl' }), new SourceFile(3, 'same~claude-code.jsonl', { source: 'jsonl' }), new SourceFile(4, 'same~jsonl.jsonl', { source: 'jsonl' })];
      for (const round of [1, 2, 3]) {
        await index.commit(files.map((file) => file.read([JSON.stringify({ type: 'x', uuid: `${round}` })])));
        await index.restart();
      }
      const sessions = (await index.lake.sessions({}, 'started_at', { limit: 50 })).items;
      expect(new Set(sessions.map(({ id }) => id)).size).toBe(4);
      expect(sessions.map(({ id, source }) => [id, source])).toEqual(expect.arrayContaining([['same', 'claude-code'], ['same~jsonl', 'jsonl']]));
      const records = await index.records();
      expect(records).toHaveLength(12);
      for (const { id } of sessions) expect(records.filter((record) => record.session_id === id)).toHaveLength(3);
    });
  });
});

describe('numbers no log should hold', () => {
  it('are stored as what they can mean, and sums stay exact', async () => {
    await within(async (index) => {
      const call = (n: number, usage: object, extra: object = {}): string => JSON.stringify({ type: 'assistant', uuid: `u${n}`, sessionId: 's1', requestId: `r${n}`, timestamp: '2026-10-01T00:00:00Z', message: { id: `m${n}`, role: 'assistant', model: 'claude-a', usage, ...extra } });
      const file = new SourceFile(1, '-p/s1.jsonl');
      const huge = 2 ** 40;
      await index.commit([file.read([...Array.from({ length: 3000 }, (_, n) => call(n, { input_tokens: huge, output_tokens: huge - 1 })), call(4000, { input_tokens: 1e308, output_tokens: 2 ** 53, cache_read_input_tokens: -7, cache_creation_input_tokens: 2.9 })])]);
      await index.commit([file.read([call(5000, { input_tokens: 1 }), ...Array.from({ length: 3000 }, (_, n) => call(n, { input_tokens: huge, output_tokens: huge }))])]);
      await index.writer.exclusively(compact);
      const { totals } = await index.lake.aggregate({ groupBy: null, filter: {}, timezone: 'UTC' });
      expect(totals).toMatchObject({ calls: 3002, input_tokens: 3000 * huge + 1, output_tokens: 3000 * huge, cache_read_input_tokens: 0, cache_creation_input_tokens: 2 });
    });
  });

  it('of lines without a time, or of a time no clock shows, do not reach the answers', async () => {
    await within(async (index) => {
      const file = new SourceFile(1, 'app.jsonl', { source: 'jsonl' });
      await index.commit([file.read([{ ts: 1e300 }, { ts: -5 }, { ts: '0000-00-00' }, { ts: 0.0001 }, {}].map((line) => JSON.stringify(line)))]);
      expect((await index.records()).map(({ ts }) => ts)).toEqual([null, null, null, '1970-01-01T00:00:00.000Z', null]);
      expect(index.published[0]?.records.map(({ record }) => record.ts)).toEqual([null, null, null, '1970-01-01T00:00:00.000Z', null]);
    });
  });
});
