import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { queryRows } from '../../src/index/store/query.ts';
import { SCHEMA_VERSION, TABLES } from '../../src/index/store/schema.ts';
import { SourceFile } from './support/source-file.ts';
import { newFolder, openDatabase, silentLogger, TestIndex } from './support/test-index.ts';

const bindings = createRequire(import.meta.url).resolve('@duckdb/node-api');

let dir: string;
beforeEach(() => {
  dir = newFolder();
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

async function epochOf(folder: string): Promise<string> {
  const database = await openDatabase(folder);
  database.close();
  await letGo();
  return database.epoch;
}

/** An instance and its lock live until the last result of a query is collected. */
async function letGo(): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let turn = 0; turn < 3; turn++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Another process that runs SQL on the index, says so, and waits to be killed. */
async function otherProcess(folder: string, ...statements: string[]): Promise<ChildProcess> {
  const code = `
    const { DuckDBInstance } = require(${JSON.stringify(bindings)});
    (async () => {
      const connection = await (await DuckDBInstance.create(${JSON.stringify(join(folder, 'index.duckdb'))})).connect();
      for (const sql of ${JSON.stringify(statements)}) await connection.run(sql);
      console.log('ready');
      setInterval(() => connection, 1000);
    })();`;
  const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  const end = once(child, 'exit').then(([status]) => Promise.reject(new Error(`the other process ended with ${String(status)}`)));
  end.catch(() => undefined);
  await Promise.race([once(child.stdout, 'data'), end]);
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const end = once(child, 'exit');
  child.kill('SIGKILL');
  await end;
}

/** Rows that are in the write-ahead log alone, as a crash leaves them. */
async function crashed(folder: string): Promise<string> {
  const epoch = await epochOf(folder);
  await kill(await otherProcess(folder, "INSERT INTO strings SELECT i, 'string ' || i FROM range(1000) r(i)"));
  expect(existsSync(join(folder, 'index.duckdb.wal'))).toBe(true);
  return epoch;
}

async function strings(folder: string): Promise<number> {
  const database = await openDatabase(folder);
  const connection = await database.connect();
  const rows = await queryRows(connection, 'SELECT * FROM strings');
  connection.closeSync();
  database.close();
  return rows.length;
}

describe('an index', () => {
  it('is made with every table, and keeps its epoch when it is opened again', async () => {
    const database = await openDatabase(dir);
    const connection = await database.connect();
    const tables = await queryRows<{ table_name: string }>(connection, 'SELECT table_name FROM duckdb_tables() ORDER BY table_name');
    connection.closeSync();
    database.close();
    expect(tables.map(({ table_name: name }) => name)).toEqual(Object.values(TABLES).map(({ name }) => name).toSorted());
    expect(database.epoch).toMatch(/^[0-9a-f]{16}$/);
    expect(await epochOf(dir)).toBe(database.epoch);
    const other = newFolder();
    expect(await epochOf(other)).not.toBe(database.epoch);
    rmSync(other, { recursive: true });
  });

  it('has no keys and no secondary indexes, which most damage to write-ahead logs needs', async () => {
    const index = await TestIndex.open();
    expect(await index.rows("SELECT * FROM duckdb_indexes() UNION ALL BY NAME SELECT * FROM duckdb_constraints() WHERE constraint_type <> 'NOT NULL'")).toEqual([]);
    await index.remove();
  });

  it('leaves no log behind when it is closed', async () => {
    const index = await TestIndex.open(dir);
    const file = new SourceFile(1, 'x.jsonl');
    await index.commit([file.read(['{"type":"a"}'])]);
    await index.writer.settle();
    await index.commit([file.read(['{"type":"b"}'])]);
    const logs = (): boolean[] => ['wal', 'journal'].map((name) => existsSync(join(dir, `index.duckdb.${name}`)));
    expect(logs()).toEqual([true, true]);
    await index.close();
    expect(logs()).toEqual([false, false]);
    await (await TestIndex.open(dir)).remove();
  });

  it('of the first version is brought up to date, with all it holds, under its epoch', async () => {
    const old = await (await DuckDBInstance.create(join(dir, 'index.duckdb'))).connect();
    await old.run(readFileSync(new URL('support/schema-1.sql', import.meta.url), 'utf8'));
    await old.run(`INSERT INTO meta VALUES ('schema_version', '1'), ('epoch', 'e1');
      INSERT INTO strings VALUES (1, 'user'), (2, 'claude-sonnet-4-5');
      INSERT INTO files VALUES (1, 'claude-code', '/r', '-p', 0, '1', '1', 5);
      INSERT INTO file_marks VALUES (1, 7, '-p/s1.jsonl', 10, 1, 0, 10, 5, 0, '', '', '', 'present');
      INSERT INTO sessions VALUES (1, 's1', 'claude-code', '-p'); INSERT INTO file_sessions VALUES (1, 1); INSERT INTO agents VALUES (1, 1, 'a');
      INSERT INTO titles VALUES (1, 3, 2, 'First'), (1, 5, 2, 'Second'), (1, 4, 1, 'Summary'); INSERT INTO cwds VALUES (1, 3, '/a'), (1, 5, '/b');
      INSERT INTO tasks VALUES (1, 3, 't1', 'Plan', 'Think'); INSERT INTO agent_links VALUES (1, 4, 't1', 'tool_result', 0);
      INSERT INTO activity_deltas VALUES (1, 0, 1, 1, 0, 0, 10, 5, 5), (1, 1, 1, 1, 0, 0, 10, 5, 5);
      INSERT INTO calls VALUES (9, 0, 7, 1, 0, false, 5, 5, 2, 5, 100, 10, 0, 0, 0); INSERT INTO usage_deltas VALUES (0, 1, 0, 2, 1, 100, 10, 0, 0, 0)`);
    old.closeSync();
    await letGo();
    for (const title of ['First', 'New']) {
      const index = await TestIndex.open(dir);
      expect(index.database.epoch).toBe('e1');
      expect(await index.lake.session('s1')).toMatchObject({ title, cwd: '/a', project: '-p', cost_usd: 0.00045, usage: { input_tokens: 100, output_tokens: 10 } });
      expect((await index.lake.subagents('s1', { limit: 5 })).items).toMatchObject([{ id: 'a', tool_use_id: 't1', link: 'tool_result', type: 'Plan', description: 'Think' }]);
      await index.commit([new SourceFile(2, '-p/s1.jsonl').read([JSON.stringify({ type: 'ai-title', aiTitle: 'New', sessionId: 's1' })])]);
      await index.close();
      await letGo();
    }
  });

  it('of a newer version is left alone, with what to do', async () => {
    const database = await openDatabase(dir);
    const connection = await database.connect();
    await connection.run(`UPDATE meta SET value = '${SCHEMA_VERSION + 1}' WHERE key = 'schema_version'`);
    await connection.run('CHECKPOINT');
    connection.closeSync();
    database.close();
    const before = readFileSync(join(dir, 'index.duckdb'));
    for (const readOnly of [false, true]) await expect(openDatabase(dir, { readOnly })).rejects.toMatchObject({ code: 'newer_database', hint: expect.stringMatching(/Update/) });
    expect(readFileSync(join(dir, 'index.duckdb')).equals(before)).toBe(true);
  });

  it('can be read where nothing may be written', async () => {
    const epoch = await epochOf(dir);
    const database = await openDatabase(dir, { readOnly: true });
    expect(database.epoch).toBe(epoch);
    const connection = await database.connect();
    await expect(connection.run("INSERT INTO strings VALUES (1, 'x')")).rejects.toThrow(/read-only/);
    connection.closeSync();
    database.close();
  });

  it('that another process holds is refused, naming the process', async () => {
    await epochOf(dir);
    const child = await otherProcess(dir);
    try {
      await expect(openDatabase(dir)).rejects.toMatchObject({ code: 'already_running', message: expect.stringContaining(`pid ${child.pid}`) });
    } finally {
      await kill(child);
    }
    expect(await epochOf(dir)).toMatch(/^[0-9a-f]{16}$/);
  });

  it('that is closed gives no connections', async () => {
    const database = await openDatabase(dir);
    database.close();
    database.close();
    await expect(database.connect()).rejects.toMatchObject({ code: 'storage' });
  });
});

describe('after a crash', () => {
  it('what the log holds is there', async () => {
    const epoch = await crashed(dir);
    expect(await strings(dir)).toBe(1000);
    expect(await epochOf(dir)).toBe(epoch);
  });

  it('a log that ends in the middle gives what was whole', async () => {
    const epoch = await crashed(dir);
    const log = join(dir, 'index.duckdb.wal');
    writeFileSync(log, readFileSync(log).subarray(0, -7));
    expect(await strings(dir)).toBe(0);
    expect(await epochOf(dir)).toBe(epoch);
  });

  it('a log that cannot be replayed is set aside, under a new epoch: offsets may be given out again', async () => {
    const epoch = await crashed(dir);
    const log = join(dir, 'index.duckdb.wal');
    const bytes = readFileSync(log);
    bytes[200] = (bytes[200] as number) ^ 0xff;
    writeFileSync(log, bytes);
    const errors: object[] = [];
    const database = await openDatabase(dir, { logger: { ...silentLogger, error: (fields) => errors.push(fields) } });
    database.close();
    expect(database.epoch).not.toBe(epoch);
    expect(errors).toHaveLength(1);
    const aside = readdirSync(dir).find((name) => name.startsWith('index.duckdb.wal.broken-'));
    expect(readFileSync(join(dir, aside as string)).equals(bytes)).toBe(true);
    expect(await strings(dir)).toBe(0);
    expect(await epochOf(dir)).toBe(database.epoch);
  });
});

describe('commits that are missing after a crash', () => {
  const log = 'index.duckdb.wal';
  // Bytes of a log as a failing disk leaves them, and no log at all.
  it.each<[string, (bytes: Buffer) => Buffer | null]>([
    ['begins with garbage', (bytes) => bytes.fill(0x5a, 0, 64)],
    ['is garbage', (bytes) => bytes.fill(0x5a)],
    ['begins with zeros', (bytes) => bytes.fill(0, 0, 1024)],
    ['is empty', () => Buffer.alloc(0)],
    ['is cut in the middle of the last commit', (bytes) => bytes.subarray(0, -7)],
    ['is cut after the first commit', (bytes) => bytes.subarray(0, bytes.length * 0.6)],
    ['is not there', () => null],
  ])('lead to a new epoch and are read again, where the log %s', async (_name, damage) => {
    const index = await TestIndex.open(dir, undefined, { journalMaxBytes: 0 });
    const file = new SourceFile(1, 'x.jsonl');
    const kept = file.read(['{"type":"a"}']);
    await index.commit([kept]);
    await index.rows('CHECKPOINT');
    for (const text of ['{"type":"b"}', '{"type":"c"}']) await index.commit([file.read([text])]);
    const [copy, whole] = [newFolder(), newFolder()];
    for (const folder of [copy, whole]) cpSync(dir, folder, { recursive: true });
    const { epoch } = index.database;
    const last = file.entry;
    await index.close();
    const bytes = damage(readFileSync(join(copy, log)));
    if (bytes === null) rmSync(join(copy, log));
    else writeFileSync(join(copy, log), bytes);
    const back = await TestIndex.open(copy);
    expect(back.database.epoch).not.toBe(epoch);
    const [stored] = await back.files();
    const [rows] = await back.rows<{ n: number }>('SELECT count(*)::INT AS n FROM records');
    expect(rows?.n).toBe(stored?.lines);
    expect(stored?.offset).toBeLessThan(last.offset);
    expect(stored?.offset).toBeGreaterThanOrEqual(kept.file.offset);
    await back.restart();
    const renewed = back.database.epoch;
    await back.commit([file.change({ size: 1 })]);
    await back.restart();
    expect(back.database.epoch).toBe(renewed);
    await back.remove();
    const same = await TestIndex.open(whole);
    expect(same.database.epoch).toBe(epoch);
    expect(await same.files()).toEqual([last]);
    await same.remove();
  });
});

it('an index that comes back without commits in the same process is not used until the next start', async () => {
  const database = await openDatabase(dir);
  database.committed(7);
  await expect(database.reopen()).rejects.toMatchObject({ code: 'storage', message: expect.stringContaining('7 commits'), hint: expect.stringMatching(/again/) });
  await expect(database.connect()).rejects.toMatchObject({ code: 'storage' });
  database.close();
  await letGo();
  expect(await epochOf(dir)).not.toBe(database.epoch);
});

describe('a file that is damaged', () => {
  it.each<[string, (bytes: Buffer) => Buffer]>([
    ['is no database', () => Buffer.from('these are my notes, not a database. '.repeat(500))],
    ['is cut', (bytes) => bytes.subarray(0, 5000)],
    ['has a broken block', (bytes) => bytes.fill(0x5a, 4096 * 3, 4096 * 5)],
    ['has a broken head', (bytes) => bytes.fill(0x5a, 20, 24)],
  ])('is named as such where it %s, whatever words its path has', async (_name, damage) => {
    const folder = join(dir, 'walter', 'lock and replay');
    mkdirSync(folder, { recursive: true });
    await crashed(folder);
    const path = join(folder, 'index.duckdb');
    writeFileSync(path, damage(readFileSync(path)));
    const log = readFileSync(`${path}.wal`);
    await expect(openDatabase(folder)).rejects.toMatchObject({ code: 'storage', message: expect.stringContaining(path), hint: expect.stringMatching(/damaged/) });
    expect(readFileSync(`${path}.wal`).equals(log)).toBe(true);
    expect(readdirSync(folder).toSorted()).toEqual(['index.duckdb', 'index.duckdb.wal']);
  });
});
