// The sums kept at commit against the rows they were made of, recomputed in SQL; and compaction, which must
// change nothing anybody can see.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generateFiles } from '../../bench/generator/generate.ts';
import { recount } from '../../bench/generator/recount.ts';
import { compact } from '../../src/index/commit/compaction.ts';
import { readStoredTotals } from '../../src/index/queries/stored-totals.ts';
import { answersOf } from './support/answers.ts';
import { histories, operationsOf } from './support/histories.ts';
import { SourceFile } from './support/source-file.ts';
import { TestIndex } from './support/test-index.ts';

const QUARTER_HOUR_MS = 900_000;
const bucket = (ms: string): string => `CASE WHEN ${ms} = -1 THEN -1 ELSE ${ms} // ${QUARTER_HOUR_MS} END`;

const KEPT = {
  activity: `SELECT session_ix, agent_ix, sum(records)::BIGINT AS records, sum(messages)::BIGINT AS messages, sum(tool_calls)::BIGINT AS tool_calls, sum(errors)::BIGINT AS errors, sum(bytes)::BIGINT AS bytes,
    coalesce(min(first_ms) FILTER (first_ms >= 0), -1) AS first_ms, max(last_ms) AS last_ms FROM activity_deltas GROUP BY ALL ORDER BY ALL`,
  usage: `SELECT bucket, session_ix, agent_ix, model_ix, sum(calls)::BIGINT AS calls, sum(input)::BIGINT AS input, sum(output)::BIGINT AS output, sum(cache_creation)::BIGINT AS cache_creation, sum(cache_read)::BIGINT AS cache_read,
    sum(cache_creation_1h)::BIGINT AS cache_creation_1h FROM usage_deltas GROUP BY ALL HAVING sum(calls) <> 0 OR sum(input) <> 0 OR sum(output) <> 0 OR sum(cache_creation) <> 0 OR sum(cache_read) <> 0 ORDER BY ALL`,
  tools: 'SELECT bucket, session_ix, agent_ix, tool_ix, sum(calls)::BIGINT AS calls FROM tool_deltas GROUP BY ALL ORDER BY ALL',
};

const RECOMPUTED = {
  activity: `WITH lines AS (
      SELECT session_ix, agent_ix, flags & 1 = 0 AS counts, flags, ts_ms, byte_length + CASE WHEN flags & 8 = 0 THEN 1 ELSE 0 END AS bytes, coalesce(json_array_length(tools), 0) AS tools FROM records
      UNION ALL SELECT session_ix, 0, false, 0, -1, byte_length + 1, 0 FROM rejects
    )
    SELECT session_ix, agent_ix, count(*) FILTER (counts) AS records, count(*) FILTER (counts AND flags & 64 <> 0) AS messages, coalesce(sum(tools) FILTER (counts), 0)::BIGINT AS tool_calls,
      count(*) FILTER (counts AND flags & 16 <> 0) AS errors, sum(bytes)::BIGINT AS bytes, coalesce(min(ts_ms) FILTER (counts AND ts_ms >= 0), -1) AS first_ms, coalesce(max(ts_ms) FILTER (counts), -1) AS last_ms
    FROM lines GROUP BY ALL ORDER BY ALL`,
  usage: `WITH newest AS (SELECT * FROM calls QUALIFY row_number() OVER (PARTITION BY message, request ORDER BY seq DESC) = 1),
    counted AS (SELECT * FROM newest WHERE NOT sidechain OR message NOT IN (SELECT message FROM newest WHERE NOT sidechain))
    SELECT (${bucket('best_ms')})::INTEGER AS bucket, session_ix, agent_ix, model_ix, count(*) AS calls, sum(input)::BIGINT AS input, sum(output)::BIGINT AS output, sum(cache_creation)::BIGINT AS cache_creation,
      sum(cache_read)::BIGINT AS cache_read, sum(cache_creation_1h)::BIGINT AS cache_creation_1h FROM counted GROUP BY ALL ORDER BY ALL`,
  tools: `SELECT (${bucket('ts_ms')})::INTEGER AS bucket, session_ix, agent_ix, string_ix AS tool_ix, count(*) AS calls
    FROM (SELECT ts_ms, session_ix, agent_ix, unnest(from_json(tools, '[{"name":"VARCHAR"}]')).name AS name FROM records WHERE flags & 1 = 0 AND tools IS NOT NULL) JOIN strings ON value = name GROUP BY ALL ORDER BY ALL`,
};

/** The largest line of each call, straight from the records: what `calls` has to say. */
const CALLS_OF_RECORDS = 'SELECT call_message AS message, call_request AS request, max(output) AS output FROM records WHERE flags & 128 <> 0 GROUP BY ALL ORDER BY ALL';
const CALLS_KEPT = 'SELECT message, request, output FROM calls QUALIFY row_number() OVER (PARTITION BY message, request ORDER BY seq DESC) = 1 ORDER BY ALL';

async function expectSums(index: TestIndex): Promise<void> {
  for (const name of ['activity', 'usage', 'tools'] as const) expect(await index.rows(KEPT[name])).toEqual(await index.rows(RECOMPUTED[name]));
  expect(await index.rows(CALLS_KEPT)).toEqual(await index.rows(CALLS_OF_RECORDS));
  expect(await readStoredTotals(index.readers)).toEqual(await index.lake.totals());
}

describe('the sums', () => {
  it('equal a recomputation from the rows, at any time, compacted or not', async () => {
    await fc.assert(
      fc.asyncProperty(histories(8), async (steps) => {
        const index = await TestIndex.open();
        try {
          for (const [i, ops] of operationsOf(steps).entries()) {
            await index.commit(ops);
            if (steps[i]?.afterwards === 'compact') await index.writer.exclusively(compact);
            if (steps[i]?.afterwards === 'restart') await index.restart();
          }
          await expectSums(index);
          await index.writer.exclusively(compact);
          await expectSums(index);
        } finally {
          await index.remove();
        }
      }),
      { numRuns: 7, endOnFailure: true },
    );
  }, 60_000);
});

describe('a compaction', () => {
  it('changes no answer', async () => {
    await fc.assert(
      fc.asyncProperty(histories(8), async (steps) => {
        const index = await TestIndex.open();
        try {
          for (const ops of operationsOf(steps)) await index.commit(ops);
          const before = await answersOf(index);
          await index.writer.exclusively(compact);
          const after = await answersOf(index);
          expect(after).toEqual(before);
          await index.writer.exclusively(compact);
          expect(await answersOf(index)).toEqual(after);
        } finally {
          await index.remove();
        }
      }),
      { numRuns: 4, endOnFailure: true },
    );
  }, 60_000);

  it('leaves one row where many were superseded, and is done at rest only when it is worth it', async () => {
    const index = await TestIndex.open(undefined, undefined, { journalMaxBytes: 0 });
    try {
      const file = new SourceFile(1, '-p/s1.jsonl');
      for (let n = 0; n < 30; n++) {
        await index.commit([file.read([JSON.stringify({ type: 'assistant', uuid: `u${n}`, sessionId: 's1', requestId: 'r', message: { id: 'm', model: 'x', usage: { output_tokens: n } } }), JSON.stringify({ type: 'custom-title', customTitle: `T${n}`, sessionId: 's1' })])]);
      }
      await index.writer.rest();
      expect(await index.count('file_marks')).toBe(30);
      await index.writer.exclusively(compact);
      const counts = await Promise.all(['file_marks', 'calls', 'titles', 'activity_deltas', 'usage_deltas'].map((table) => index.count(table)));
      expect(counts).toEqual([1, 1, 1, 1, 1]);
      expect(await index.lake.session('s1')).toMatchObject({ title: 'T29', usage: { output_tokens: 29 } });
      await index.commit([file.read([JSON.stringify({ type: 'user', uuid: 'late', sessionId: 's1' })])]);
      expect(await index.lake.session('s1')).toMatchObject({ title: 'T29', bytes: file.entry.offset });
    } finally {
      await index.remove();
    }
  });

  it('that fails leaves everything as it was', async () => {
    const index = await TestIndex.open();
    try {
      const file = new SourceFile(1, '-p/s1.jsonl');
      for (let n = 0; n < 3; n++) await index.commit([file.read([JSON.stringify({ type: 'user', uuid: `u${n}`, sessionId: 's1', cwd: `/${n}` })])]);
      const before = await answersOf(index);
      await expect(
        index.writer.exclusively(async (connection) => {
          const run = connection.run.bind(connection);
          connection.run = async (sql: string) => (sql.startsWith('DELETE FROM usage_deltas') ? Promise.reject(new Error('no space left')) : run(sql));
          await compact(connection).finally(() => (connection.run = run));
        }),
      ).rejects.toThrow('no space left');
      expect(await answersOf(index)).toEqual(before);
      await index.writer.exclusively(compact);
      await index.commit([file.read(['{"type":"user","uuid":"after"}'])]);
      expect(await index.count('records')).toBe(4);
    } finally {
      await index.remove();
    }
  });
});

describe('generated logs', () => {
  it('have the usage that a plain recount finds, whatever the order of files and the size of commits', async () => {
    const { files } = generateFiles({ seed: 7, sessions: 14, malformedRate: 0.02 });
    const logs = files.filter(({ path }) => path.endsWith('.jsonl'));
    const counted = recount(new Map(files.map(({ path, lines }) => [path, Buffer.concat(lines)])));
    for (const order of [logs, logs.toReversed()]) {
      const index = await TestIndex.open();
      try {
        for (const [i, { path, lines }] of order.entries()) {
          const file = new SourceFile(i + 1, path, { birthMs: birthOf(counted, path) });
          const whole = lines.filter((line) => line.at(-1) === 0x0a).map((line) => line.subarray(0, -1));
          for (let at = 0; at < whole.length; at += 200) await index.commit([file.read(whole.slice(at, at + 200))]);
        }
        const { totals } = await index.lake.aggregate({ groupBy: null, filter: {}, timezone: 'UTC' });
        expect(totals).toMatchObject(counted.totals);
        const { calls: _calls, ...anyUsage } = counted.totals;
        expect(Object.keys(anyUsage)).toHaveLength(4);
        for (const { id, own, rollup, messages, toolUses } of counted.sessions.values()) {
          const { calls: _own, ...usage } = own;
          const { calls: _rollup, ...usageRollup } = rollup;
          expect(await index.lake.session(id)).toMatchObject({ id, usage, usage_rollup: usageRollup, message_count: messages, tool_call_count: toolUses });
        }
      } finally {
        await index.remove();
      }
    }
  }, 60_000);
});

/** Files that keep their times are told apart by when their session ended: the recount's own rule. */
function birthOf(counted: ReturnType<typeof recount>, path: string): number {
  const name = (path.split('/').at(-1) as string).replace(/\.jsonl$/, '');
  return Date.parse(counted.sessions.get(name)?.lastTs ?? '') || 0;
}
