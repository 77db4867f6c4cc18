// The archive from source files to Parquet, through the manifest and the workers.

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ArchiveManifest } from '../../src/core/archive-port.ts';
import { query, restoredFiles, TestLake } from './test-lake.ts';

let lake: TestLake;

beforeEach(() => {
  lake = new TestLake();
});

afterEach(() => lake.remove());

function lines(count: number, from = 0): string {
  return Array.from({ length: count }, (_, i) => `{"n":${from + i},"text":"${'x'.repeat(80)}"}\n`).join('');
}

async function filesIn(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

describe('what becomes a part', () => {
  it('puts the sessions of a source and month together', async () => {
    lake.write('a.jsonl', lines(3));
    lake.write('b.jsonl', lines(4));
    lake.write('c.jsonl', lines(5), { month: '2026-10' });
    lake.write('d.jsonl', '{"type":"user","sessionId":"s"}\n', { source: 'claude-code' });
    const result = await lake.archiver().run({ all: true });
    expect(result).toMatchObject({ parts: 3, rows: 13, skipped: [] });
    expect(lake.added.map((part) => [part.path.replace(part.id, 'ID'), part.rows, part.sessions]).sort()).toEqual([
      ['source=claude-code/month=2026-11/ID.parquet', 1, 1],
      ['source=jsonl/month=2026-10/ID.parquet', 5, 1],
      ['source=jsonl/month=2026-11/ID.parquet', 7, 2],
    ]);
    expect(await query(lake.archiveDir, 'SELECT source, month, count(*)::INT AS n FROM parts GROUP BY ALL ORDER BY ALL')).toEqual([
      { source: 'claude-code', month: '2026-11', n: 1 },
      { source: 'jsonl', month: '2026-10', n: 5 },
      { source: 'jsonl', month: '2026-11', n: 7 },
    ]);
    expect(await filesIn(lake.archiveDir)).toHaveLength(3);
    expect(lake.openFiles).toBe(0);
  });

  it('leaves out the lines that are too long for one, and no others', async () => {
    const text = lines(6);
    const ends = [...text].flatMap((sign, i) => (sign === '\n' ? [i + 1] : []));
    const file = lake.write('a.jsonl', text);
    lake.write('b.jsonl', lines(2, 10));
    file.longLines = [0, 3, 4].map((n) => ({ from: ends[n - 1] ?? 0, to: ends[n] as number }));
    const result = await lake.archiver({ limits: { sourceBytes: 150, files: 3 } }).run({ all: true });
    expect(result).toMatchObject({ parts: 5, rows: 5, skipped: [] });
    expect(await query(lake.archiveDir, "SELECT line::INT AS line, byte_offset::INT AS at FROM parts WHERE file_id = 'f1' ORDER BY line")).toEqual([2, 3, 6].map((line) => ({ line, at: ends[line - 2] })));
    expect(lake.added.flatMap(({ segments }) => segments.filter(({ fileIx }) => fileIx === 1).map(({ from, to }) => [from, to])).toSorted(([a = 0], [b = 0]) => a - b)).toEqual([[ends[0], ends[1]], [ends[1], ends[2]], [ends[4], ends[5]]]);
  });

  it('says what it wrote, with the hash of the file', async () => {
    const file = lake.write('a.jsonl', lines(50));
    const result = await lake.archiver().run({ all: true });
    const [part] = lake.added;
    const [path] = lake.partPaths();
    const bytes = readFileSync(path as string);
    expect(part).toMatchObject({ rows: 50, bytes: bytes.length, sourceBytes: file.indexed, sha256: createHash('sha256').update(bytes).digest('hex') });
    expect(result).toMatchObject({ parts: 1, rows: 50, bytes: bytes.length, sourceBytes: file.indexed });
  });

  it('keeps every column of a line', async () => {
    const call = { type: 'assistant', sessionId: 's1', uuid: '11111111-2222-4333-8444-555555555555', parentUuid: 'root', timestamp: '2026-11-20T10:00:00.123Z',
      message: { role: 'assistant', id: 'm', model: 'claude-x', usage: { input_tokens: 1, output_tokens: 2, cache_creation_input_tokens: 3, cache_read_input_tokens: 4 }, content: [{ type: 'tool_use', id: 't', name: 'Bash' }] } };
    const raw = JSON.stringify(call);
    const file = lake.write('p/s1.jsonl', `${raw}\nnot json\n`, { source: 'claude-code' });
    (file.offsets[0] as { duplicate: boolean }).duplicate = true;
    await lake.archiver().run({ all: true });
    const rows = await query(lake.archiveDir, 'SELECT * REPLACE (epoch_ms(ts)::DOUBLE AS ts) FROM parts ORDER BY line');
    expect(rows[0]).toMatchObject({
      offset: 1n, session_id: 's1', agent_id: null, project: 'a project', file_id: 'f1', file: file.path, generation: 0, line: 1n, byte_offset: 0n, byte_length: BigInt(raw.length),
      ts: Date.parse('2026-11-20T10:00:00.123Z'), type: 'assistant', role: 'assistant', uuid: call.uuid, parent_uuid: 'root', model: 'claude-x',
      input_tokens: 1n, output_tokens: 2n, cache_creation_input_tokens: 3n, cache_read_input_tokens: 4n,
      tools: '[{"id":"t","name":"Bash"}]', tool_results: null, duplicate: true, reject: null, raw, raw_bytes: null, source: 'claude-code', month: '2026-11',
    });
    expect(rows[1]).toMatchObject({ offset: 2n, line: 2n, byte_offset: BigInt(raw.length + 1), byte_length: 8n, ts: null, type: null, input_tokens: null, tools: null, duplicate: false, reject: 'invalid_json', raw: 'not json' });
  });

  it('makes one row of records that share a line', async () => {
    lake.write('a.jsonl', '{"type":"one"}{"type":"two"}\n{"type":"three"}\n');
    await lake.archiver().run({ all: true });
    expect(await query(lake.archiveDir, 'SELECT "offset"::INT AS o, line::INT AS line, type, byte_length::INT AS n, raw FROM parts ORDER BY line')).toEqual([
      { o: 1, line: 1, type: 'one', n: 28, raw: '{"type":"one"}{"type":"two"}' },
      { o: 3, line: 2, type: 'three', n: 16, raw: '{"type":"three"}' },
    ]);
  });

  it('leaves an unfinished last line for later', async () => {
    lake.write('a.jsonl', `${lines(2)}{"unfinished":`);
    expect(await lake.archiver().run({ all: true })).toMatchObject({ rows: 2 });
  });

  it('makes a further part of what a file grew by, and of nothing else', async () => {
    const file = lake.write('a.jsonl', lines(10));
    const archiver = lake.archiver();
    await archiver.run({ all: true });
    expect(await archiver.run({ all: true })).toMatchObject({ parts: 0 });
    lake.append(file, lines(5, 10));
    expect(await archiver.run({ all: true })).toMatchObject({ parts: 1, rows: 5 });
    expect((await restoredFiles(lake.archiveDir)).get('f1')).toEqual(readFileSync(file.path));
    const [numbers] = await query(lake.archiveDir, 'SELECT min(line)::INT AS first, max(line)::INT AS last, count(DISTINCT line)::INT AS n FROM parts');
    expect(numbers).toEqual({ first: 1, last: 15, n: 15 });
  });

  it('cuts a large file between lines and goes on with its state', async () => {
    const body = Array.from({ length: 400 }, (_, i) => `${JSON.stringify({ type: 'user', sessionId: `s${Math.floor(i / 100)}`, uuid: `u${i}`, pad: 'y'.repeat(i % 97) })}\n`).join('');
    const file = lake.write('p/s0.jsonl', body, { source: 'claude-code' });
    const result = await lake.archiver({ limits: { sourceBytes: 8000, files: 10 } }).run({ all: true });
    expect(result.parts).toBeGreaterThan(5);
    // Each in several of the parts.
    expect(result.sessions).toBe(4);
    expect(lake.added.reduce((sum, part) => sum + part.sessions, 0)).toBeGreaterThan(4);
    expect(Math.max(...lake.added.map((part) => part.sourceBytes))).toBeLessThanOrEqual(8000);
    expect(file.archived).toEqual({ to: file.indexed, lines: 400, state: file.state });
    expect((await restoredFiles(lake.archiveDir)).get('f1')).toEqual(readFileSync(file.path));
    const [sessions] = await query(lake.archiveDir, 'SELECT count(*)::INT AS n, count(DISTINCT session_id)::INT AS sessions, count("offset")::INT AS offsets FROM parts');
    expect(sessions).toEqual({ n: 400, sessions: 4, offsets: 400 });
  });

  it('keeps lines that the index has no offset for', async () => {
    const file = lake.write('a.jsonl', lines(3));
    file.offsets.splice(1, 1);
    await lake.archiver().run({ all: true });
    expect(await query(lake.archiveDir, 'SELECT "offset"::INT AS o FROM parts ORDER BY line')).toEqual([{ o: 1 }, { o: null }, { o: 3 }]);
  });
});

describe('when something cannot be archived', () => {
  it('skips a file that cannot be opened, with a reason, and archives the others', async () => {
    const closed = lake.write('a.jsonl', lines(3));
    lake.write('b.jsonl', lines(4));
    closed.closed = true;
    const archiver = lake.archiver();
    const result = await archiver.run({ all: true });
    expect(result).toMatchObject({ parts: 1, rows: 4, skipped: [{ path: closed.path, reason: expect.stringContaining('cannot be read') as string }] });
    expect(archiver.lastError).toContain('cannot be read');
    expect(archiver.lostBytes).toBe(0);
    closed.archived.to = closed.indexed;
    await archiver.run({ all: true });
    expect(archiver.lastError).toBeNull();
  });

  it('tells once of a file that is gone, which is no failure, and archives it should it be back', async () => {
    const gone = lake.write('a.jsonl', lines(3));
    lake.write('b.jsonl', lines(4));
    gone.gone = true;
    const told: string[] = [];
    const archiver = lake.archiver({ onLoss: ({ path, from, to }) => told.push(`${path} ${to - from}`) });
    for (const parts of [1, 0]) {
      expect(await archiver.run({ all: true })).toMatchObject({ parts, skipped: [{ path: gone.path, reason: expect.stringContaining('deleted') as string }] });
      expect(archiver.lastError).toBeNull();
      expect(archiver.lostBytes).toBe(gone.indexed);
    }
    expect(told).toEqual([`${gone.path} ${gone.indexed}`]);
    gone.gone = false;
    expect(await archiver.run({ all: true })).toMatchObject({ parts: 1, skipped: [] });
    expect(archiver.lostBytes).toBe(0);
  });

  it('skips a file that was cut or replaced under it, and archives the others', async () => {
    const cut = lake.write('a.jsonl', lines(3000));
    const good = lake.write('b.jsonl', lines(2500));
    const changed = lake.write('c.jsonl', lines(3));
    truncateSync(cut.path, 5000);
    writeFileSync(changed.path, 'x'.repeat(changed.indexed));
    const result = await lake.archiver().run({ all: true });
    expect(result).toMatchObject({ parts: 1, rows: 2500 });
    expect(result.skipped.map(({ path, reason }) => [path, /ends at byte|no newline/.test(reason)])).toEqual([[cut.path, true], [changed.path, true]]);
    expect([...(await restoredFiles(lake.archiveDir)).keys()]).toEqual([`f${good.fileIx}`]);
    expect(lake.openFiles).toBe(0);
  });

  it('leaves no file behind where nothing could be archived', async () => {
    const cut = lake.write('a.jsonl', lines(30));
    truncateSync(cut.path, 10);
    expect(await lake.archiver().run({ all: true })).toMatchObject({ parts: 0 });
    expect(await filesIn(lake.archiveDir)).toEqual([]);
  });

  it('makes the other parts when one cannot be written', async () => {
    lake.write('a.jsonl', lines(3), { month: '2026-10' });
    lake.write('b.jsonl', lines(4));
    mkdirSync(join(lake.archiveDir, 'source=jsonl'), { recursive: true });
    writeFileSync(join(lake.archiveDir, 'source=jsonl', 'month=2026-10'), 'in the way');
    const archiver = lake.archiver();
    const result = await archiver.run({ all: true });
    expect(result).toMatchObject({ parts: 1, rows: 4 });
    expect(result.skipped.map(({ path }) => path)).toEqual([join(lake.root, 'a.jsonl')]);
    expect(archiver.lastError).toContain('month=2026-10');
    rmSync(join(lake.archiveDir, 'source=jsonl', 'month=2026-10'));
    expect(await archiver.run({ all: true })).toMatchObject({ parts: 1, rows: 3, skipped: [] });
    expect(archiver.lastError).toBeNull();
  });

  it('starts with an archive directory that cannot be used, says so, and goes on once it can', async () => {
    lake.write('a.jsonl', lines(3));
    writeFileSync(lake.archiveDir, 'in the way');
    const archiver = lake.archiver();
    await archiver.start();
    expect(archiver.lastError).toContain('cannot be used');
    await expect(archiver.run({ all: true })).rejects.toMatchObject({ code: 'archive', hint: expect.stringContaining('writable') as string });
    rmSync(lake.archiveDir);
    expect(await archiver.run({ all: true })).toMatchObject({ parts: 1 });
    expect(archiver.lastError).toBeNull();
  });

  it('begins no part that could fill the disk', async () => {
    lake.write('a.jsonl', lines(3));
    const result = await lake.archiver({ minFreeBytes: 2 ** 60 }).run({ all: true });
    expect(result).toMatchObject({ parts: 0, skipped: [{ reason: expect.stringContaining('bytes free') as string }] });
  });

  it('takes a part back that the manifest refuses', async () => {
    lake.write('a.jsonl', lines(3));
    lake.beforeAdd = () => {
      throw new Error('no room in the index');
    };
    const archiver = lake.archiver();
    expect(await archiver.run({ all: true })).toMatchObject({ parts: 0, skipped: [{ reason: 'no room in the index' }] });
    expect(await filesIn(lake.archiveDir)).toEqual([]);
    lake.beforeAdd = () => undefined;
    expect(await archiver.run({ all: true })).toMatchObject({ parts: 1 });
  });

  it('keeps a part whose listing threw and was durable all the same', async () => {
    const file = lake.write('a.jsonl', lines(3));
    lake.afterAdd = () => {
      throw new Error('the checkpoint failed');
    };
    expect(await lake.archiver().run({ all: true })).toMatchObject({ parts: 1, skipped: [] });
    expect((await restoredFiles(lake.archiveDir)).get('f1')).toEqual(readFileSync(file.path));
    expect(await filesIn(lake.archiveDir)).toHaveLength(1);
  });
});

describe('passes', () => {
  it('come by themselves once a session was quiet for long enough', async () => {
    const busy = lake.write('busy.jsonl', lines(3));
    lake.write('quiet.jsonl', lines(3));
    busy.quietSinceMs = Date.now() + 3_600_000;
    const archiver = lake.archiver({ idleMs: 100 });
    await archiver.start();
    await expect.poll(() => lake.added.length, { timeout: 10_000 }).toBe(1);
    expect(lake.added[0]?.segments.map(({ fileIx }) => fileIx)).toEqual([2]);
    busy.quietSinceMs = 0;
    archiver.poke();
    await expect.poll(() => lake.added.length, { timeout: 10_000 }).toBe(2);
  });

  it('do not try again what is lost, unless asked', async () => {
    const gone = lake.write('a.jsonl', lines(3));
    gone.gone = true;
    let now = 1_000_000;
    let asked = 0;
    let opened = 0;
    const manifest: ArchiveManifest = Object.assign(Object.create(lake) as TestLake, { due: (since: number, all: boolean, lost: ReadonlySet<number>) => { asked += 1; return lake.due(since, all, lost); } });
    const sources = { open: (fileIx: number) => { opened += 1; return lake.open(fileIx); } };
    const archiver = lake.archiver({ idleMs: 100, manifest, sources, clock: { now: () => now } });
    await archiver.start();
    await expect.poll(() => asked, { timeout: 10_000 }).toBeGreaterThan(0);
    await expect.poll(() => archiver.lostBytes, { timeout: 10_000 }).toBe(gone.indexed);
    now += 3_600_000;
    archiver.poke();
    const before = asked;
    await expect.poll(() => asked, { timeout: 10_000 }).toBeGreaterThan(before);
    await archiver.run({ all: false });
    expect(opened).toBe(2);
  });

  it('leave a file that failed alone for a while, unless asked', async () => {
    const closed = lake.write('a.jsonl', lines(3));
    closed.closed = true;
    let opened = 0;
    const sources = { open: (fileIx: number) => { opened += 1; return lake.open(fileIx); } };
    let now = 1_000_000;
    const archiver = lake.archiver({ idleMs: 100, sources, clock: { now: () => now } });
    await archiver.start();
    await expect.poll(() => opened, { timeout: 10_000 }).toBe(1);
    archiver.poke();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(opened).toBe(1);
    await archiver.run({ all: false });
    expect(opened).toBe(2);
    now += 3_600_000;
    archiver.poke();
    await expect.poll(() => opened, { timeout: 10_000 }).toBe(3);
  });

  it('are no more than one behind the one that runs, however often it is poked', async () => {
    let asked = 0;
    let answer: (() => void) | undefined;
    const due = async (): Promise<[]> => {
      asked += 1;
      await new Promise<void>((resolve) => { answer = resolve; });
      return [];
    };
    const manifest = { due, longLines: async (): Promise<[]> => [], parts: () => lake.parts(), lineOffsets: lake.lineOffsets.bind(lake), add: lake.add.bind(lake), segments: lake.segments.bind(lake), sidecars: lake.sidecars.bind(lake) };
    const archiver = lake.archiver({ idleMs: 3_600_000, manifest });
    await archiver.start();
    archiver.poke();
    await expect.poll(() => asked, { timeout: 10_000 }).toBe(1);
    for (let i = 0; i < 5; i++) {
      archiver.poke();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(asked).toBe(1);
    answer?.();
    await expect.poll(() => asked, { timeout: 10_000 }).toBe(2);
    answer?.();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(asked).toBe(2);
  });

  it('run one after the other', async () => {
    lake.write('a.jsonl', lines(100));
    const archiver = lake.archiver();
    const results = await Promise.all([archiver.run({ all: true }), archiver.run({ all: true }), archiver.run({ all: true })]);
    expect(results.map((result) => result.parts)).toEqual([1, 0, 0]);
  });

  it('end at once when they are called off before their turn', async () => {
    lake.write('a.jsonl', lines(100));
    const archiver = lake.archiver();
    let go = (): void => undefined;
    vi.spyOn(lake, 'due').mockReturnValueOnce(new Promise((resolve) => (go = () => resolve([]))));
    const first = archiver.run({ all: true });
    const stop = new AbortController();
    const second = archiver.run({ all: true, signal: stop.signal });
    stop.abort();
    await expect(second).rejects.toMatchObject({ code: 'unavailable' });
    await expect(archiver.compact({ signal: stop.signal })).rejects.toMatchObject({ code: 'unavailable' });
    go();
    expect(await first).toMatchObject({ parts: 0 });
    expect(await archiver.run({ all: true })).toMatchObject({ parts: 1 });
  });

  it('tell how far they are, and end between parts when told to', async () => {
    lake.write('a.jsonl', lines(400));
    const stop = new AbortController();
    const seen: number[] = [];
    const result = await lake.archiver({ limits: { sourceBytes: 4000, files: 10 } }).run({
      all: true,
      signal: stop.signal,
      onProgress: ({ parts, sourceBytes, sourceBytesTotal }) => {
        seen.push(sourceBytes / sourceBytesTotal);
        if (parts === 2) stop.abort();
      },
    });
    expect(result.parts).toBe(2);
    expect(seen).toHaveLength(2);
    expect(await lake.archiver().run({ all: true })).toMatchObject({ parts: 1, rows: 400 - result.rows });
    expect((await restoredFiles(lake.archiveDir)).get('f1')).toEqual(readFileSync(join(lake.root, 'a.jsonl')));
  });

  it('are ended by close, which waits for the part that is being made', async () => {
    for (let i = 0; i < 20; i++) lake.write(`${i}.jsonl`, lines(200), { month: `2026-${String((i % 12) + 1).padStart(2, '0')}` });
    const archiver = lake.archiver({ workerThreads: 1 });
    const running = archiver.run({ all: true });
    await expect.poll(() => lake.added.length, { timeout: 10_000 }).toBeGreaterThan(0);
    await archiver.close();
    const result = await running;
    expect(result.parts).toBe(lake.added.length);
    expect(lake.openFiles).toBe(0);
    expect(await filesIn(lake.archiveDir)).toHaveLength(result.parts);
    await expect(archiver.run({ all: true })).rejects.toMatchObject({ code: 'unavailable' });
    await archiver.close();
  });
});
