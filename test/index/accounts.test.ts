// The check of the index against itself: silent on any index that is sound, and not on one that is not.

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { unaccountedFiles } from '../../src/index/queries/accounts.ts';
import { recountSums, wrongSums } from '../../src/index/queries/wrong-sums.ts';
import { answersOf } from './support/answers.ts';
import { histories, operationsOf } from './support/histories.ts';
import { SourceFile } from './support/source-file.ts';
import { TestIndex } from './support/test-index.ts';

const check = async (index: TestIndex): Promise<{ files: unknown[]; sums: unknown[] }> => ({
  files: await index.readers.use((connection) => unaccountedFiles(connection)), sums: await index.readers.use((connection) => wrongSums(connection)),
});

it('a sound index has nothing to be found, whatever became of its files, and adding up again changes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(histories(8), async (steps) => {
      const index = await TestIndex.open();
      try {
        for (const ops of operationsOf(steps)) await index.commit(ops);
        expect(await check(index)).toEqual({ files: [], sums: [] });
        const before = await answersOf(index);
        const sessions = await index.rows<{ session_ix: number }>('SELECT session_ix FROM sessions');
        const all = sessions.flatMap(({ session_ix }) => (['activity', 'usage', 'tool calls'] as const).map((name) => ({ session_ix, name })));
        await index.writer.exclusively((connection) => recountSums(connection, all));
        expect(await answersOf(index)).toEqual(before);
      } finally {
        await index.remove();
      }
    }),
    { numRuns: 7, endOnFailure: true },
  );
}, 60_000);

describe('an index in which rows were changed', () => {
  let index: TestIndex;
  beforeEach(async () => {
    index = await TestIndex.open();
    const file = new SourceFile(1, '-p/s1.jsonl');
    const lines = Array.from({ length: 6 }, (_, n) => JSON.stringify({
      type: 'assistant', uuid: `u${n}`, sessionId: 's1', requestId: `r${n}`, timestamp: `2026-10-01T00:00:0${n}Z`,
      message: { id: `m${n}`, role: 'assistant', model: 'claude-x', usage: { input_tokens: 1, output_tokens: n }, content: [{ type: 'tool_use', id: `t${n}`, name: 'Bash' }] },
    }));
    await index.commit([file.read([...lines, 'no json'])]);
  });
  afterEach(() => index.remove());

  it.each([
    ['a lost record', 'DELETE FROM records WHERE line = 3', 1, ['activity', 'tool calls']],
    ['a lost rejected line', 'DELETE FROM rejects', 1, ['activity']],
    ['a record that is there twice', 'INSERT INTO records SELECT * FROM records WHERE line = 2', 1, ['activity', 'tool calls']],
    ['an offset that is too far', 'UPDATE file_marks SET offset_bytes = offset_bytes + 7', 1, []],
    ['lines that are not those of the rows', 'UPDATE file_marks SET lines = lines + 1', 1, []],
    ['a wrong sum of usage', 'UPDATE usage_deltas SET output = output + 1', 0, ['usage']],
    ['a lost sum of usage', 'DELETE FROM usage_deltas', 0, ['usage']],
    ['a sum of activity that is there twice', 'INSERT INTO activity_deltas SELECT * FROM activity_deltas', 0, ['activity']],
    ['a wrong sum of tool calls', 'UPDATE tool_deltas SET calls = 5', 0, ['tool calls']],
  ])('is found out by %s', async (_what, sql, files, sums) => {
    await index.writer.exclusively(async (connection) => void (await connection.run(sql)));
    const found = await check(index);
    expect(found.files).toHaveLength(files);
    expect(found.sums).toEqual(sums.map((name) => ({ session_ix: 1, name })));
    await index.writer.exclusively(async (connection) => recountSums(connection, await wrongSums(connection)));
    expect((await check(index)).sums).toEqual([]);
  });
});
