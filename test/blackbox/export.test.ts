// GET /api/export: the bytes of every line back, streams that prove themselves whole, resume at any
// cut, snapshots that hold still, and readers that stop reading.

import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateLake } from '../../bench/generator/generate.ts';
import { assistantLine, timeOf, userLine, uuidOf } from '../support/claude-lines.ts';
import { until, Workspace } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { archiveAll, removeSources } from './support/archive.ts';
import { oddFile } from './support/odd-lines.ts';
import { rawAnswer, rawGet } from './support/raw-http.ts';

type Json = Record<string, unknown>;

const MIB = 1024 * 1024;
const newline = Buffer.from('\n');

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function linesOf(body: Buffer): Json[] {
  return body.toString('utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Json);
}

/** The records of an NDJSON stream, whose last line is checked against the bytes before it. */
function proven(body: Buffer): { records: Json[]; end: Json } {
  const lines = linesOf(body);
  const end = lines.pop() as Json;
  const before = body.subarray(0, body.lastIndexOf(10, body.length - 2) + 1);
  expect(end).toMatchObject({ type: 'end', rows: lines.length, sha256: sha256(before) });
  return { records: lines, end };
}

/** A text as a table can hold it, where a lone surrogate is no character; long ones by their hash. */
function shortOf(value: unknown): string {
  const bytes = Buffer.from(String(value), 'utf8');
  return bytes.length < 1000 ? bytes.toString('utf8') : sha256(bytes);
}

/** As the strictest reader of JSON has it. */
async function readByDuckdb(bytes: Buffer | string): Promise<number> {
  const path = join(mkdtempSync(join(tmpdir(), 'sessionlake-test-')), 'answer.ndjson');
  writeFileSync(path, bytes);
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const reader = await connection.runAndReadAll(`SELECT count(*) FROM read_json('${path}', format = 'newline_delimited', maximum_object_size = 100000000)`);
  connection.closeSync();
  return Number(reader.getRows()[0]?.[0]);
}

async function parquetRows(bytes: Buffer): Promise<Json[]> {
  const path = join(mkdtempSync(join(tmpdir(), 'sessionlake-test-')), 'export.parquet');
  writeFileSync(path, bytes);
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const reader = await connection.runAndReadAll(`SELECT * REPLACE (epoch_ms(ts) AS ts) FROM read_parquet('${path}') ORDER BY "offset"`);
  const rows = reader.getRowObjectsJson() as Json[];
  connection.closeSync();
  return rows;
}

describe('an export of every kind of line', () => {
  const workspace = new Workspace();
  const odd = oddFile('odd');
  const wholeFile = Buffer.concat(odd.lines.flatMap((line) => [line, newline]));
  let daemon: Daemon;
  let top = 0;

  beforeAll(async () => {
    mkdirSync(join(workspace.root, 'p'), { recursive: true });
    writeFileSync(join(workspace.root, 'p', 'odd.jsonl'), odd.bytes);
    daemon = await workspace.start();
    await daemon.caughtUp();
    top = Number((await daemon.get<{ top: string }>('/api/status')).top);
  });
  afterAll(() => workspace.remove());

  it('gives back the bytes of every complete line as jsonl, with rows and hash in the trailers', async () => {
    const answer = await rawAnswer(daemon, '/api/export?format=jsonl');
    expect(answer.status).toBe(200);
    expect(answer.headers['trailer']?.toLowerCase()).toContain('x-sha256');
    expect(answer.body.equals(wholeFile)).toBe(true);
    expect(answer.trailers).toMatchObject({ 'x-rows': String(odd.lines.length), 'x-sha256': sha256(wholeFile) });
    expect(answer.headers['x-lake-top']).toBe(String(top));
  });

  it('gives the same bytes when the session is named', async () => {
    expect((await daemon.bytes('/api/export?format=jsonl&session=odd')).equals(wholeFile)).toBe(true);
  });

  it('leaves repeats out where that is asked for', async () => {
    const body = await daemon.bytes('/api/export?format=jsonl&duplicates=false');
    const kept = odd.lines.filter((_, i) => i + 1 !== 17);
    // Of the glued pair only the record that is new remains.
    kept[19] = Buffer.from(userLine({ session: 'odd', n: 14 }));
    expect(body.toString('latin1').split('\n')).toEqual([...kept.map((line) => line.toString('latin1')), '']);
  });

  it('keeps lines apart when a filter takes one record of a line that holds two', async () => {
    const body = await daemon.text('/api/export?format=jsonl&type=assistant');
    expect(body.split('\n')).toEqual([assistantLine({ session: 'odd', n: 7 }), assistantLine({ session: 'odd', n: 11 }), '']);
    for (const line of (await daemon.text('/api/export?format=jsonl&type=user&duplicates=false')).split('\n').slice(0, -1)) {
      expect(line.replace(/^\ufeff/, '').match(/"type":"user"/g)).toHaveLength(1);
    }
  });

  it('goes on after every offset with exactly the rest, as jsonl', async () => {
    for (let cut = 0; cut <= top; cut++) {
      const head = await rawAnswer(daemon, `/api/export?format=jsonl&upto=${cut}`);
      const rest = await rawAnswer(daemon, `/api/export?format=jsonl&after=${cut}`);
      expect(Buffer.concat([head.body, rest.body]).equals(wholeFile), `cut at ${cut}`).toBe(true);
      expect(Number(head.trailers['x-rows']) + Number(rest.trailers['x-rows']), `rows at ${cut}`).toBe(odd.lines.length);
      expect(head.headers['x-lake-top']).toBe(String(cut));
    }
  });

  it('goes on after every offset with exactly the rest, as ndjson', async () => {
    const whole = proven(await daemon.bytes('/api/export?duplicates=true'));
    expect(whole.end).toMatchObject({ from: '0', to: String(top) });
    for (let cut = 0; cut <= top; cut++) {
      const head = proven(await daemon.bytes(`/api/export?duplicates=true&upto=${cut}`));
      const rest = proven(await daemon.bytes(`/api/export?duplicates=true&after=${cut}`));
      expect([...head.records, ...rest.records]).toEqual(whole.records);
      expect(head.end['to']).toBe(String(cut));
      expect(rest.end['from']).toBe(String(cut));
    }
  });

  it('is JSON for readers that take no half of a surrogate pair, and so is every other answer with text', async () => {
    const { end } = proven(await daemon.bytes('/api/export?content=raw'));
    expect(await readByDuckdb(await daemon.bytes('/api/export?content=raw'))).toBe(Number(end['rows']) + 1);
    for (const path of ['/api/sessions/odd/messages?content=raw', '/api/events', '/api/search?q=surrogate', '/api/sessions/odd/timeline', '/api/sessions/odd/exchanges', '/api/sessions']) {
      const answer = await daemon.text(path);
      expect([path, answer.length > 100]).toEqual([path, true]);
      expect([path, await readByDuckdb(answer)]).toEqual([path, 1]);
    }
  });

  it('shows a record that repeats only when asked, and says so', async () => {
    const shown = proven(await daemon.bytes('/api/export')).records;
    const all = proven(await daemon.bytes('/api/export?duplicates=true')).records;
    expect(all).toHaveLength(odd.lines.length - odd.rejects.size + odd.glued.length);
    expect(all.filter((record) => record['duplicate'] === true).map((record) => record['line'])).toEqual(odd.repeats);
    expect(shown).toEqual(all.filter((record) => record['duplicate'] !== true));
  });

  it('gives a range for every record from which the file gives its line', async () => {
    for (const record of proven(await daemon.bytes('/api/export?content=raw&duplicates=true')).records) {
      const [start, length] = [record['byte_offset'] as number, record['byte_length'] as number];
      const bytes = odd.bytes.subarray(start, start + length);
      expect(record['raw']).toBe(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes));
      if (!odd.glued.includes(record['line'] as number)) expect(bytes.equals(odd.lines[(record['line'] as number) - 1] as Buffer)).toBe(true);
    }
  });

  it('gives the content that is asked for', async () => {
    const [none, text, raw] = await Promise.all(['none', 'text', 'raw'].map(async (content) => proven(await daemon.bytes(`/api/export?content=${content}`)).records));
    const usual = proven(await daemon.bytes('/api/export')).records;
    expect(usual).toEqual(text);
    expect(none?.every((record) => record['text'] === null && !('raw' in record))).toBe(true);
    expect(text?.every((record) => typeof record['text'] === 'string' && !('raw' in record))).toBe(true);
    expect(raw?.every((record) => typeof record['text'] === 'string' && typeof record['raw'] === 'string')).toBe(true);
    expect(text?.map((record) => record['text'])).toContain('zażółć 你好 🚀');
  });

  it('can be read as a table: CSV with DuckDB', async () => {
    const path = join(workspace.dir, 'export.csv');
    writeFileSync(path, await daemon.bytes('/api/export?format=csv&content=text'));
    const records = proven(await daemon.bytes('/api/export?content=text')).records;
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    const reader = await connection.runAndReadAll(`SELECT "offset"::VARCHAR AS "offset", uuid, role, text, input_tokens FROM read_csv('${path}', header = true, all_varchar = true, quote = '"', escape = '"', max_line_size = 4000000)`);
    const rows = reader.getRowObjectsJson() as Json[];
    connection.closeSync();
    expect(rows.map((row) => [row['offset'], row['uuid'], row['role']])).toEqual(records.map((record) => [record['offset'], record['uuid'], record['role']]));
    expect(rows.map((row) => shortOf(row['text']))).toEqual(records.map((record) => shortOf(record['text'])));
  });

  it('can be read as a table: Parquet with DuckDB', async () => {
    const rows = await parquetRows(await daemon.bytes('/api/export?format=parquet&content=raw'));
    const records = proven(await daemon.bytes('/api/export?content=raw')).records;
    expect(rows.map((row) => [row['offset'], row['session_id'], row['uuid'], row['type'], row['byte_offset'], shortOf(row['text'])])).toEqual(
      records.map((record) => [record['offset'], record['session_id'], record['uuid'], record['type'], String(record['byte_offset']), shortOf(record['text'])]),
    );
    expect(Number(rows[0]?.['ts'])).toBe(Date.parse(timeOf(0)));
  });

  it.each(['none', 'text', 'raw'])('is one table, as CSV and as Parquet (content=%s)', async (content) => {
    const [header] = (await daemon.text(`/api/export?format=csv&content=${content}`)).split('\r\n', 1);
    const [row] = await parquetRows(await daemon.bytes(`/api/export?format=parquet&content=${content}`));
    expect(Object.keys(row ?? {})).toEqual(header?.split(','));
    expect(header?.split(',').slice(-2)).toEqual({ none: ['tool_results', 'duplicate'], text: ['duplicate', 'text'], raw: ['text', 'raw'] }[content]);
  });

  it('can be read as a transcript', async () => {
    const text = await daemon.text('/api/export?format=markdown&session=odd');
    expect(text).toMatch(/^# /);
    expect(text).toContain('zażółć 你好 🚀');
    expect(text).toContain('answer 11');
    const refused = await daemon.fetch('/api/export?format=markdown');
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ parameter: 'session' });
  });

  it('refuses what it cannot give', async () => {
    for (const [query, status, parameter] of [
      ['format=xml', 400, 'format'], ['content=all', 400, 'content'], ['after=-1', 400, 'after'], ['after=x', 400, 'after'], [`after=${top + 1}`, 400, 'after'],
      ['upto=1.5', 400, 'upto'], ['limit=5', 400, 'limit'], ['cursor=x', 400, 'cursor'], ['since=yesterday', 400, 'since'], ['duplicates=maybe', 400, 'duplicates'], ['session=nobody', 404, undefined],
    ] as const) {
      const response = await daemon.fetch(`/api/export?${query}`);
      expect([query, response.status]).toEqual([query, status]);
      expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
      const problem = (await response.json()) as Json;
      expect(problem['parameter']).toBe(parameter);
    }
  });

  it('lets only what the filters name through', async () => {
    const all = proven(await daemon.bytes('/api/export')).records;
    const cases: [string, (record: Json) => boolean][] = [
      ['type=assistant', (record) => record['type'] === 'assistant'],
      ['role=user', (record) => record['role'] === 'user'],
      ['model=claude-sonnet-4-5-20250929', (record) => record['model'] !== null],
      ['project=p', () => true],
      ['project=q', () => false],
      ['source=claude-code', () => true],
      [`since=${timeOf(6)}`, (record) => String(record['ts']) >= timeOf(6)],
      [`until=${timeOf(6)}`, (record) => String(record['ts']) < timeOf(6)],
    ];
    for (const [query, matches] of cases) {
      expect([query, proven(await daemon.bytes(`/api/export?${query}`)).records]).toEqual([query, all.filter(matches)]);
    }
  });
});

describe('an export whose source is gone', () => {
  const workspace = new Workspace();
  afterAll(() => workspace.remove());

  it('is the same from the archive, whole, at every cut, and through filters', async () => {
    const odd = oddFile('odd');
    mkdirSync(join(workspace.root, 'p'), { recursive: true });
    const path = join(workspace.root, 'p', 'odd.jsonl');
    writeFileSync(path, odd.bytes);
    let daemon = await workspace.start(['--no-archive']);
    await daemon.caughtUp();
    const top = Number((await daemon.get<{ top: string }>('/api/status')).top);
    const queries = ['format=jsonl', 'format=jsonl&type=assistant', 'format=jsonl&duplicates=false', 'content=raw', 'content=raw&type=assistant', 'format=csv', 'format=markdown&session=odd'];
    queries.push(...Array.from({ length: top }, (_, cut) => `format=jsonl&after=${cut}`), ...Array.from({ length: top }, (_, cut) => `content=raw&duplicates=true&after=${cut}&upto=${cut + 1}`));
    const bodies = async (): Promise<string[]> => {
      const hashes: string[] = [];
      for (const query of queries) hashes.push(`${query} ${sha256(await daemon.bytes(`/api/export?${query}`))}`);
      return hashes;
    };
    const before = await bodies();
    await archiveAll(daemon);
    await removeSources(daemon, [path]);
    await daemon.stop();
    daemon = await workspace.start(['--no-archive']);
    expect(await bodies()).toEqual(before);
  });
});

describe('a snapshot', () => {
  const workspace = new Workspace();
  afterAll(() => workspace.remove());

  it('holds still while a writer appends, and after goes on without a gap', { timeout: 60_000 }, async () => {
    mkdirSync(join(workspace.root, 'p'), { recursive: true });
    const path = join(workspace.root, 'p', 'grows.jsonl');
    const line = (n: number): string => `${userLine({ session: 'grows', n })}\n`;
    writeFileSync(path, Array.from({ length: 200 }, (_, n) => line(n)).join(''));
    const daemon = await workspace.start();
    await daemon.caughtUp();
    let written = 200;
    const stop = new AbortController();
    const writer = (async () => {
      while (!stop.signal.aborted) {
        appendFileSync(path, Array.from({ length: 20 }, () => line(written++)).join(''));
        await sleep(5);
      }
    })();
    const seen: unknown[] = [];
    for (let after = 0, round = 0; round < 25; round++) {
      const answer = await rawAnswer(daemon, `/api/export?after=${after}`);
      const { records, end } = proven(answer.body);
      expect(end['to']).toBe(answer.headers['x-lake-top']);
      expect(end['from']).toBe(String(after));
      seen.push(...records.map((record) => record['uuid']));
      // The same snapshot again, now that the lake has moved on.
      const again = await rawAnswer(daemon, `/api/export?after=${after}&upto=${String(end['to'])}`);
      expect(again.body.equals(answer.body)).toBe(true);
      after = Number(end['to']);
    }
    stop.abort();
    await writer;
    await until(async () => (await daemon.get<{ lines: number }>('/api/status')).lines === written);
    const rest = proven(await daemon.bytes(`/api/export?after=${seen.length}`)).records;
    seen.push(...rest.map((record) => record['uuid']));
    expect(seen).toEqual(Array.from({ length: written }, (_, n) => uuidOf(`grows-${n}`)));
  });
});

describe('a line of many MiB', () => {
  const workspace = new Workspace();
  afterAll(() => workspace.remove());

  it('is exported from the source, and from the archive once the source is gone', async () => {
    const dir = join(workspace.root, 'p');
    mkdirSync(dir, { recursive: true });
    const bytes = Buffer.from([userLine({ session: 'long', n: 0 }), userLine({ session: 'long', n: 1, text: 'é'.repeat(5 * MIB) }), 'x'.repeat(6 * MIB), userLine({ session: 'long', n: 2 }), ''].join('\n'));
    writeFileSync(join(dir, 'long.jsonl'), bytes);
    const daemon = await workspace.start();
    await daemon.caughtUp();
    expect((await daemon.bytes('/api/export?format=jsonl')).equals(bytes)).toBe(true);
    await archiveAll(daemon);
    await removeSources(daemon, [join(dir, 'long.jsonl')]);
    // A file that is still open can be read although it is deleted; a new process has none open.
    await daemon.stop();
    const later = await workspace.start();
    const answer = await rawAnswer(later, '/api/export?format=jsonl');
    expect(answer.body.length).toBe(bytes.length);
    expect(answer.body.equals(bytes)).toBe(true);
    expect(answer.trailers).toMatchObject({ 'x-rows': '4', 'x-sha256': sha256(bytes) });
  });
});

describe.skipIf(process.platform !== 'linux')('readers that stop reading (needs /proc, so Linux alone)', () => {
  const workspace = new Workspace();
  let daemon: Daemon;
  let bytes = 0;

  beforeAll(async () => {
    bytes = (await generateLake({ dir: workspace.root, seed: 77, targetBytes: 110e6 })).bytes;
    daemon = await workspace.start(['--log-level', 'warn']);
    await until(async () => (await daemon.get<{ caught_up: boolean }>('/api/status')).caught_up, 110_000);
  }, 120_000);
  afterAll(() => workspace.remove());

  const residentBytes = (): number => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${daemon.info.pid}/status`, 'utf8'))?.[1]) * 1024;

  async function drained(path: string): Promise<number> {
    let length = 0;
    for await (const chunk of (await daemon.fetch(path, { headers: { 'accept-encoding': 'identity' } })).body as unknown as AsyncIterable<Uint8Array>) length += chunk.length;
    return length;
  }

  const openStreams = async (): Promise<number> => Number(/^sessionlake_http_streams_active (\d+)/m.exec(await daemon.text('/metrics'))?.[1]);

  it.each(['jsonl', 'ndjson', 'ndjson&content=raw'])('cost at most 4 MiB each, hold nobody up, and go on where they stopped (%s)', async (format) => {
    const path = `/api/export?format=${format}`;
    // What a whole export needs once, however many read.
    const whole = await drained(path);
    expect(whole).toBeGreaterThan(format === 'ndjson' ? 10 * MIB : bytes * 0.95);
    let sockets: Socket[] = [];
    const growths: number[] = [];
    // The least of some: the index is merged now and then, and when the collector runs is its own affair.
    while (growths.length < 4 && !growths.some((growth) => growth < 8 * 4 * MIB)) {
      for (const socket of sockets) socket.destroy();
      await until(async () => (await openStreams()) === 0);
      const before = residentBytes();
      sockets = Array.from({ length: 8 }, () => rawGet(daemon, path).pause());
      await until(async () => (await openStreams()) === 8);
      await sleep(2500);
      growths.push(residentBytes() - before);
    }
    expect(Math.min(...growths)).toBeLessThan(8 * 4 * MIB);
    // Others are served meanwhile, an export among them.
    expect((await daemon.get<{ items: unknown[] }>('/api/sessions')).items.length).toBeGreaterThan(0);
    expect(proven(await daemon.bytes('/api/export?upto=500')).records.length).toBeGreaterThan(0);
    // One reads on to its end; the others go away and are let go.
    const [reader, ...leavers] = sockets;
    for (const leaver of leavers) leaver.destroy();
    let length = 0;
    for await (const chunk of reader as AsyncIterable<Buffer>) length += chunk.length;
    expect(length).toBeGreaterThan(whole);
    await until(async () => (await openStreams()) === 0);
  }, 120_000);
});
