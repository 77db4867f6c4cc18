// Questions while commits arrive: each is planned and answered on one state of the tables. Without that,
// a plan made for two files fails on two hundred ("Perfect hash aggregate: … exceeded total groups").

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FileOp } from '../../src/core/commit-op.ts';
import { Database } from '../../src/index/store/database.ts';
import { IndexWriter } from '../../src/index/writer/index-writer.ts';
import { ReaderPool } from '../../src/index/store/reader-pool.ts';

const quiet = (): void => undefined;
const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };
const ROUNDS = 10;
const COMMITS = 60;

describe('readers beside the writer', () => {
  it('never plan with other rows than they answer from', async () => {
    for (let round = 0; round < ROUNDS; round++) await askWhileWriting();
  }, 120_000);
});

describe('a block of the index that is not what was written', () => {
  it('is told as what it is, to who asked and to who looks after the index', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'sessionlake-readers-'));
    const database = await Database.open({ path: join(dir, 'index.duckdb'), readOnly: false, memoryLimitBytes: 256 * 1024 * 1024, threads: 1, tempDir: join(dir, 'tmp'), logger });
    const told: string[] = [];
    const readers = new ReaderPool(database, { onDamage: ({ message }) => told.push(message) });
    // Which block holds what is DuckDB's affair, and without some of them it does not live on: its words stand for it.
    const reading = readers.use(async () => Promise.reject(new Error('IO Error: Corrupt database file: computed checksum 1 does not match stored checksum 2 in block at location 12288')));
    await expect(reading).rejects.toMatchObject({ code: 'storage', message: `The index ${database.path} is damaged: some of it is not what was written.`, hint: expect.stringContaining('move the index away') });
    expect(told).toHaveLength(1);
    await expect(readers.use(async () => Promise.reject(new Error('Binder Error: no such column')))).rejects.toThrow('Binder Error');
    expect(told).toHaveLength(1);
    await readers.close();
    database.close();
    rmSync(dir, { recursive: true, force: true });
  });
});

/** Joins, groups and a window: what a plan for few rows fails on. */
const TOTALS_SQL = "SELECT count(*)::DOUBLE AS files, coalesce(sum(greatest(size_bytes, offset_bytes)), 0)::DOUBLE AS total, (SELECT count(*) FROM sessions)::DOUBLE AS sessions FROM files_now WHERE state <> 'replaced'";

async function askWhileWriting(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'sessionlake-readers-'));
  const database = await Database.open({ path: join(dir, 'index.duckdb'), readOnly: false, memoryLimitBytes: 256 * 1024 * 1024, threads: 2, tempDir: join(dir, 'tmp'), logger });
  const writer = new IndexWriter(database, quiet, logger);
  await writer.start();
  const readers = new ReaderPool(database, { settle: () => writer.settle() });
  const writing = writeFiles(writer);
  const filesNow = async (): Promise<number> => (await readers.rows<{ files: number }>(TOTALS_SQL))[0]?.files ?? 0;
  const state = { done: false };
  const finished = writing.then(() => (state.done = true));
  while (!state.done) {
    for (const files of await Promise.all([filesNow(), filesNow(), filesNow()])) expect(files).toBeLessThanOrEqual(COMMITS * 40);
  }
  await finished;
  expect(await filesNow()).toBe(3 + (COMMITS - 3) * 40);
  await readers.close();
  await writer.close();
  database.close();
  rmSync(dir, { recursive: true, force: true });
}

/** One file a commit at first, then many. */
async function writeFiles(writer: IndexWriter): Promise<void> {
  for (let n = 0; n < COMMITS; n++) await writer.commit(n < 3 ? [fileOp(n + 1)] : Array.from({ length: 40 }, (_, i) => fileOp(n * 40 + i)));
}

function fileOp(fileIx: number): FileOp {
  return {
    kind: 'file',
    file: {
      fileIx, source: 'claude-code', root: '/r', path: `p/${fileIx}.jsonl`, project: 'p', generation: 0, fingerprint: { dev: '1', ino: String(fileIx), birthMs: 1, headLength: 0, headHash: '', tailHash: '' },
      offset: 0, lines: 0, rejects: 0, size: 0, modifiedMs: 1, adapterState: '', state: 'present',
    },
  };
}
