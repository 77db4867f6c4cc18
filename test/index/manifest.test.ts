import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NewPart } from '../../src/core/archive-port.ts';
import { IndexManifest } from '../../src/index/manifest.ts';
import { SourceFile } from './support/source-file.ts';
import { TestIndex } from './support/test-index.ts';

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 9, 2, 12);
const NONE: ReadonlySet<number> = new Set();

let index: TestIndex;
let manifest: IndexManifest;
beforeEach(async () => {
  index = await TestIndex.open();
  manifest = new IndexManifest(index.readers, index.writer, () => NOW);
});
afterEach(() => index.remove());

const line = (uuid: string, extra: object = {}): string => JSON.stringify({ type: 'user', uuid, sessionId: 's1', timestamp: '2026-09-30T23:59:59Z', ...extra });
const part = (segments: NewPart['segments'], id = 'p1'): NewPart => ({ id, path: `x/${id}.parquet`, source: 'claude-code', month: '2026-09', rows: 1, bytes: 2, sourceBytes: 3, sessions: 1, sha256: 'abc', segments });
const dueFiles = async (quietSinceMs: number, all = false, lost = NONE): Promise<number[]> => (await manifest.due(quietSinceMs, all, lost, [])).map(({ fileIx }) => fileIx);

describe('due is', () => {
  it('a session whose files were all quiet, or a file that is gone; all of it when asked for all', async () => {
    const [main, agent, other] = [new SourceFile(1, '-p/s1.jsonl'), new SourceFile(2, '-p/s1/subagents/agent-a.jsonl'), new SourceFile(3, '-p/s2.jsonl')];
    await index.commit([main.read([line('a')]), agent.read([line('b')]), other.read([line('c', { sessionId: 's2' })])]);
    await index.commit([main.change({ modifiedMs: NOW - HOUR }), agent.change({ modifiedMs: NOW }), other.change({ modifiedMs: NOW - HOUR })]);
    expect(await dueFiles(NOW - 2 * HOUR)).toEqual([]);
    expect(await dueFiles(NOW - HOUR)).toEqual([3]);
    expect(await dueFiles(NOW - 2 * HOUR, true)).toEqual([1, 2, 3]);
    await index.commit([agent.change({ state: 'gone' })]);
    expect(await dueFiles(NOW - HOUR)).toEqual([1, 2, 3]);
    expect(await dueFiles(NOW - HOUR, false, new Set([1, 2]))).toEqual([1, 3]);
    await index.commit([main.change({ state: 'replaced' })]);
    expect(await dueFiles(NOW, true)).toEqual([2, 3]);
  });

  it('what came after the last part, with the state and the lines at its beginning', async () => {
    const file = new SourceFile(1, '-p/s1.jsonl');
    await index.commit([file.read([line('a', { cwd: '/x' }), 'broken'])]);
    const first = file.entry;
    expect(await manifest.due(NOW, false, NONE, [])).toMatchObject([{ from: 0, to: first.offset, linesBefore: 0, adapterState: '', month: '2026-09', fileId: 'f1', path: '-p/s1.jsonl', project: '-p' }]);
    await manifest.add(part([{ fileIx: 1, from: 0, to: first.offset, lines: 2, adapterState: first.adapterState }]));
    expect(await manifest.due(NOW, true, NONE, [])).toEqual([]);
    await index.commit([file.read([line('b', { timestamp: '2026-10-01T00:00:00Z' })])]);
    expect(await manifest.due(NOW, true, NONE, [])).toMatchObject([{ from: first.offset, to: file.entry.offset, linesBefore: 2, adapterState: first.adapterState, month: '2026-10' }]);
  });

  it('every stretch that no part has, where a part before others is missing', async () => {
    const file = new SourceFile(1, '-p/s1.jsonl');
    const ends: number[] = [0];
    const states = [''];
    for (let n = 0; n < 4; n++) {
      await index.commit([file.read([line(`a${n}`, { cwd: `/${n}` }), 'broken'])]);
      ends.push(file.entry.offset);
      states.push(file.entry.adapterState);
    }
    const segment = (n: number): NewPart['segments'] => [{ fileIx: 1, from: ends[n] as number, to: ends[n + 1] as number, lines: 2, adapterState: states[n + 1] as string }];
    for (const n of [0, 1, 2]) await manifest.add(part(segment(n), `p${n}`));
    await manifest.unlist('p1', null);
    const due = await manifest.due(NOW, true, NONE, []);
    expect(due.map(({ from, to, linesBefore, adapterState }) => ({ from, to, linesBefore, adapterState }))).toEqual([
      { from: ends[1], to: ends[2], linesBefore: 2, adapterState: states[1] }, { from: ends[3], to: ends[4], linesBefore: 6, adapterState: states[3] },
    ]);
    await manifest.unlist('p0', [1]);
    expect((await manifest.due(NOW, true, NONE, [])).map(({ from, to, linesBefore }) => [from, to, linesBefore])).toEqual([[0, ends[2], 0], [ends[3], ends[4], 6]]);
    expect((await manifest.segments('all')).map(({ partId }) => partId)).toEqual(['p2']);
  });

  it('of the month of its change where no line has a time', async () => {
    await index.commit([new SourceFile(1, '-p/s1.jsonl').read(['{"type":"summary","summary":"x"}'])]);
    expect(await manifest.due(NOW, true, NONE, [])).toMatchObject([{ month: '2026-10' }]);
  });
});

describe('lake offsets of lines', () => {
  it('are of rows and rejects alike, glued ones one by one, in file order, with repeats marked', async () => {
    const [file, other] = [new SourceFile(1, '-p/s1.jsonl'), new SourceFile(2, '-p/s2.jsonl')];
    const lines = [line('a'), 'broken', `${line('b')}${line('c')}`, '', line('a')];
    await index.commit([file.read(lines.slice(0, 2)), other.read([line('x')]), file.read(lines.slice(2))]);
    const starts = lines.map((_, i) => lines.slice(0, i).reduce((sum, text) => sum + text.length + 1, 0));
    const found = await manifest.lineOffsets(1, 0, file.entry.offset);
    expect([...found.byteOffset]).toEqual([starts[0], starts[1], starts[2], (starts[2] as number) + line('b').length, starts[3], starts[4]]);
    expect([...found.offset]).toEqual([1, 2, 4, 5, 6, 7]);
    expect([...found.duplicate]).toEqual([0, 0, 0, 0, 0, 1]);
    expect([...(await manifest.lineOffsets(1, starts[1] as number, starts[3] as number)).offset]).toEqual([2, 4, 5]);
  });
});

describe('a part', () => {
  const segment = { fileIx: 1, from: 0, to: 5, lines: 1, adapterState: '' };

  it('is listed as it was added', async () => {
    await manifest.add(part([segment]));
    expect(await manifest.parts()).toEqual([{ id: 'p1', path: 'x/p1.parquet', source: 'claude-code', month: '2026-09', rows: 1, bytes: 2, source_bytes: 3, sessions: 1, sha256: 'abc', created_at: '2026-10-02T12:00:00.000Z' }]);
  });

  it('is added as a whole or not at all', async () => {
    await expect(manifest.add(part([segment, { ...segment, to: 1e300 }]))).rejects.toThrow();
    expect(await manifest.parts()).toEqual([]);
    expect(await index.count('archive_segments')).toBe(0);
    await manifest.add(part([segment]));
    await index.commit([new SourceFile(1, '-p/s1.jsonl').read([line('a')])]);
    expect(await index.count('archive_segments')).toBe(1);
  });

  it('with any number of segments is all there', async () => {
    await manifest.add(part(Array.from({ length: 300 }, (_, i) => ({ fileIx: i, from: i, to: 5_000_000_000 + i, lines: i, adapterState: `{"a":"'\u2028${i}"}` }))));
    const rows = await index.rows<{ file_ix: number; to_byte: number; adapter_state: string }>('SELECT file_ix, to_byte::DOUBLE AS to_byte, adapter_state FROM archive_segments ORDER BY file_ix');
    expect(rows).toHaveLength(300);
    expect(rows[299]).toEqual({ file_ix: 299, to_byte: 5_000_000_299, adapter_state: `{"a":"'\u2028299"}` });
  });
});
