// Streams of records and lines: proof of wholeness at the end, and an honest end where it is cut.

import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { LakeError } from '../../src/core/errors.ts';
import type { Content, LakeRecord, RecordQuery } from '../../src/core/answers/record.ts';
import { jsonl } from '../../src/stream/jsonl.ts';
import { ndjson } from '../../src/stream/ndjson.ts';
import { FakeLake } from './fake-lake.ts';

function lakeOf(records: number, text = 'some text'): FakeLake {
  const lake = new FakeLake();
  for (let n = 0; n < records; n += 1) lake.commit([{ text: `${text} ${n} 🙂` }], n % 5 === 0 ? 2 : 0);
  return lake;
}

const all = (lake: FakeLake): RecordQuery => ({ filter: {}, after: 0, upto: lake.top(), duplicates: false });

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  // A chunk is valid until the next one is asked for.
  for await (const chunk of chunks) parts.push(Uint8Array.from(chunk));
  return Buffer.concat(parts);
}

interface Parsed {
  rows: LakeRecord[];
  end: { type: string; rows?: number; from?: string; to?: string; sha256?: string; code?: string; message?: string; after?: string };
  /** The bytes before the last line. */
  before: Buffer;
}

async function read(lake: Pick<FakeLake, 'recordLines'>, query: RecordQuery, content: Content = 'text', signal?: AbortSignal): Promise<Parsed> {
  const bytes = await collect(ndjson(lake, query, content, signal));
  expect(bytes.at(-1)).toBe(0x0a);
  const lines = bytes.toString('utf8').trimEnd().split('\n');
  const last = lines.pop() ?? '';
  return {
    rows: lines.map((line) => JSON.parse(line) as LakeRecord),
    end: JSON.parse(last) as Parsed['end'],
    before: bytes.subarray(0, bytes.length - Buffer.byteLength(last) - 1),
  };
}

it('ends NDJSON with rows, range and hash of the bytes before', async () => {
  const lake = lakeOf(50);
  const { rows, end, before } = await read(lake, all(lake));
  expect(rows.map(({ offset }) => Number(offset))).toEqual(lake.stored.map(({ offset }) => offset));
  expect(rows[3]?.text).toBe('some text 3 🙂');
  const sha256 = createHash('sha256').update(before).digest('hex');
  expect(end).toEqual({ type: 'end', rows: 50, from: '0', to: String(lake.top()), sha256 });
});

it('is one line where there is nothing', async () => {
  const sha256 = createHash('sha256').digest('hex');
  const { rows, end } = await read(new FakeLake(), { filter: {}, after: 4, upto: 9, duplicates: false });
  expect(rows).toEqual([]);
  expect(end).toEqual({ type: 'end', rows: 0, from: '4', to: '9', sha256 });
});

it('gives exactly the rest after any offset, whatever was committed since', async () => {
  const lake = lakeOf(40);
  const upto = lake.top();
  lake.commit([{ text: 'later' }]);
  const whole = (await read(lake, { ...all(lake), upto })).rows;
  for (const at of [0, 1, 17, 39]) {
    const after = Number(whole[at]?.offset);
    const rest = await read(lake, { ...all(lake), after, upto });
    expect([...whole.slice(0, at + 1), ...rest.rows]).toEqual(whole);
    expect(rest.end).toMatchObject({ from: String(after), to: String(upto), rows: whole.length - at - 1 });
  }
});

it('says with a limit how far it got', async () => {
  const lake = lakeOf(20);
  const first = await read(lake, { ...all(lake), limit: 8 });
  const last = first.rows.at(-1)?.offset;
  expect(first.end).toMatchObject({ rows: 8, to: last });
  const rest = await read(lake, { ...all(lake), after: Number(first.end.to) });
  expect(rest.rows).toHaveLength(12);
});

it('makes an error after the first byte the last line, with the place to go on', async () => {
  const lake = lakeOf(300, 'x'.repeat(2000));
  let batches = 0;
  lake.beforeBatch = async () => {
    batches += 1;
    if (batches > 20) throw new LakeError('storage', 'The index is gone.');
  };
  const reported: unknown[] = [];
  const bytes = await collect(ndjson(lake, all(lake), 'text', undefined, (error) => reported.push(error)));
  const lines = bytes.toString('utf8').trimEnd().split('\n');
  const last = JSON.parse(lines.pop() ?? '') as Parsed['end'];
  const received = (JSON.parse(lines.at(-1) ?? '') as LakeRecord).offset;
  expect(last).toEqual({ type: 'error', code: 'storage', message: 'The index is gone.', after: received });
  expect(reported).toHaveLength(1);
  expect(lines).toHaveLength(140);
});

it('throws an error before the first byte', async () => {
  const lake = lakeOf(3);
  lake.beforeBatch = () => Promise.reject(new LakeError('storage', 'The index is gone.'));
  await expect(collect(ndjson(lake, all(lake), 'text'))).rejects.toThrow('The index is gone.');
});

it('never ends a stream that was stopped as if it were whole', async () => {
  const lake = lakeOf(300, 'x'.repeat(2000));
  const stop = new AbortController();
  let batches = 0;
  lake.beforeBatch = async () => {
    batches += 1;
    if (batches === 20) stop.abort();
  };
  const { rows, end } = await read(lake, all(lake), 'text', stop.signal);
  expect(end).toMatchObject({ type: 'error', code: 'unavailable', after: rows.at(-1)?.offset });
  await expect(collect(ndjson(lake, all(lake), 'text', stop.signal))).rejects.toThrow('was cut');
  await expect(collect(jsonl(lake, all(lake), stop.signal).chunks)).rejects.toThrow('was cut');
});

it('lets go of the lake when the reader leaves', async () => {
  const lake = lakeOf(300, 'x'.repeat(2000));
  let left = false;
  const watched: Pick<FakeLake, 'recordLines'> = {
    async *recordLines(query, content) {
      try {
        yield* lake.recordLines(query, content);
      } finally {
        left = true;
      }
    },
  };
  for await (const chunk of ndjson(watched, all(lake), 'text')) {
    expect(chunk.length).toBeGreaterThan(0);
    break;
  }
  expect(left).toBe(true);
});

it('gives source lines verbatim, with rows and hash at the end', async () => {
  const lake = lakeOf(30);
  const stream = jsonl(lake, all(lake));
  expect(() => stream.trailers()).toThrow('at its end');
  const bytes = await collect(stream.chunks);
  expect(bytes.toString('utf8')).toBe(lake.stored.map(({ line }) => `${line}\n`).join(''));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  expect(stream.trailers()).toEqual({ rows: 30, sha256, last: lake.top() });
});
