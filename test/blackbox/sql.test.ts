// POST /api/sql and `sql`: the tables against a plain recount, values and their types, bounds, and everything a
// statement must not be able to do. Whatever it is, the daemon stays well.

import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateLake } from '../../bench/generator/generate.ts';
import { userLine } from '../support/claude-lines.ts';
import { run, until, Workspace } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { ageFiles } from './support/file-ages.ts';
import { plainLake } from './support/plain.ts';
import type { PlainLake, PlainRecord } from './support/plain.ts';
import { expectShape, PROBLEM } from './support/shapes.ts';

type Json = Record<string, unknown>;
interface Answer {
  columns: { name: string; type: string }[];
  rows: unknown[][];
  row_count: number;
  truncated: string | null;
}

const SAMPLE = fileURLToPath(new URL('../../data/sample/claude-code', import.meta.url));
const PAGE = readFileSync(new URL('../../docs/sql.md', import.meta.url), 'utf8');

function post(daemon: Daemon, body: unknown, headers: Record<string, string> = {}, init: RequestInit = {}): Promise<Response> {
  return daemon.fetch('/api/sql', { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers }, ...init });
}

async function ask(daemon: Daemon, sql: string, more: Json = {}): Promise<Answer> {
  const response = await post(daemon, { sql, ...more });
  const answer: unknown = await response.json();
  expect([sql, response.status, response.status === 200 ? null : answer]).toEqual([sql, 200, null]);
  return answer as Answer;
}

async function refused(daemon: Daemon, body: unknown, status = 400, parameter: string | undefined = 'sql'): Promise<Json> {
  const response = await post(daemon, body);
  const problem = (await response.json()) as Json;
  expect([body, response.status, problem['parameter'], problem]).toEqual([body, status, parameter, problem]);
  expectShape(problem, PROBLEM);
  return problem;
}

describe('SQL', () => {
  const workspace = new Workspace();
  let daemon: Daemon;
  let plain: PlainLake;

  beforeAll(async () => {
    await generateLake({ dir: workspace.root, seed: 31, targetBytes: 2e6, malformedRate: 0.02, days: 30 });
    ageFiles(workspace.root);
    plain = plainLake(workspace.root);
    daemon = await workspace.start(['--no-archive', '--log-level', 'warn']);
    await daemon.caughtUp();
  });
  afterAll(() => workspace.remove());

  const one = async (sql: string): Promise<unknown> => (await ask(daemon, sql)).rows[0]?.[0];
  const shown = (record: PlainRecord): boolean => !record.repeated;

  describe('has tables', () => {
    it('of what a recount finds', async () => {
      const records = plain.records.filter(shown);
      expect(await one('SELECT count(*) FROM records')).toBe(records.length);
      const types = await ask(daemon, 'SELECT type, count(*) FROM records GROUP BY type ORDER BY type');
      const counted = new Map<string | null, number>();
      for (const { type } of records) counted.set(type, (counted.get(type) ?? 0) + 1);
      expect(new Map(types.rows as [string | null, number][])).toEqual(counted);
      expect(await one('SELECT count(*) FROM messages')).toBe(records.filter((record) => record.role !== null && record.agent === null).length);
      const tools = records.flatMap((record) => blocksOf(record).filter((block) => block['type'] === 'tool_use'));
      expect(await one('SELECT count(*) FROM tool_calls')).toBe(tools.length);
      const results = new Map(records.flatMap((record) => blocksOf(record).filter((block) => block['type'] === 'tool_result').map((block) => [`${record.session} ${String(block['tool_use_id'])}`, block['is_error'] === true] as const)).toReversed());
      const answered = records.flatMap((record) => blocksOf(record).filter((block) => block['type'] === 'tool_use').map((block) => results.get(`${record.session} ${String(block['id'])}`)));
      expect((await ask(daemon, 'SELECT count(*) FILTER (is_error), count(*) FILTER (finished_at IS NOT NULL) FROM tool_calls')).rows[0]).toEqual([answered.filter((failed) => failed === true).length, answered.filter((failed) => failed !== undefined).length]);
    });

    it('that say what the API says', async () => {
      const { totals } = await daemon.get<{ totals: Record<string, number> }>('/api/metrics/aggregate');
      const { rows: [calls = []] } = await ask(daemon, 'SELECT count(*), sum(input_tokens), sum(output_tokens), sum(cache_creation_input_tokens), sum(cache_read_input_tokens), sum(cost_usd) FROM calls');
      expect(calls.slice(0, 5)).toEqual([totals['calls'], totals['input_tokens'], totals['output_tokens'], totals['cache_creation_input_tokens'], totals['cache_read_input_tokens']]);
      expect(calls[5]).toBeCloseTo(totals['cost_usd'] ?? 0, 6);
      const sessions = await daemon.all<Json>('/api/sessions?limit=500&sort=started_at');
      const names = ['id', 'source', 'project', 'cwd', 'title', 'started_at', 'last_activity', 'message_count', 'tool_call_count', 'error_count', 'subagent_count', 'bytes'];
      const { rows } = await ask(daemon, `SELECT ${names.join(', ')} FROM sessions`);
      const byId = (items: unknown[][]): unknown[][] => items.toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1));
      expect(byId(rows)).toEqual(byId(sessions.map((session) => names.map((name) => session[name]))));
      const files = await daemon.all<Json>('/api/files?limit=1000');
      const { rows: fileRows } = await ask(daemon, 'SELECT id, path, offset_bytes, lines, rejects, state FROM files');
      expect(byId(fileRows)).toEqual(byId(files.map((file) => [file['id'], file['path'], file['offset'], file['lines'], file['rejects'], file['state']])));
      for (const session of sessions.filter((candidate) => Number(candidate['subagent_count']) > 0).slice(0, 3)) {
        const agents = await daemon.all<Json>(`/api/sessions/${String(session['id'])}/subagents?limit=1000`);
        const fields = ['id', 'parent_agent_id', 'tool_use_id', 'link', 'type', 'description', 'started_at', 'message_count', 'calls'];
        const { rows: agentRows } = await ask(daemon, `SELECT ${fields.join(', ')} FROM agents WHERE session_id = '${String(session['id'])}'`);
        expect(byId(agentRows)).toEqual(byId(agents.map((agent) => fields.map((field) => agent[field]))));
      }
      const [record] = (await daemon.get<{ items: Json[] }>('/api/events?limit=1&content=none')).items;
      const { rows: [row = []], columns } = await ask(daemon, `SELECT * FROM records WHERE "offset" = ${String(record?.['offset'])}`);
      const found = Object.fromEntries(columns.map(({ name }, i) => [name, row[i]]));
      for (const name of ['session_id', 'agent_id', 'source', 'project', 'file_id', 'line', 'byte_offset', 'byte_length', 'ts', 'type', 'role', 'uuid', 'parent_uuid', 'model']) expect([name, found[name]]).toEqual([name, record?.[name]]);
    });

    it('of everything that is committed, the last line too', async () => {
      for (let n = 0; n < 3; n++) {
        appendFileSync(join(workspace.root, 'fresh.jsonl'), `${userLine({ session: 'fresh', n })}\n`);
        await daemon.caughtUp();
        expect(await one("SELECT count(*) FROM records WHERE session_id = 'fresh'")).toBe(n + 1);
      }
      plain = plainLake(workspace.root);
    });
  });

  describe('values', () => {
    const CASES: [string, string, unknown][] = [
      ['1::UTINYINT', 'UTINYINT', 1], ['9007199254740991', 'BIGINT', 9_007_199_254_740_991], ['9007199254740993', 'BIGINT', '9007199254740993'], ['170141183460469231731687303715884105727', 'HUGEINT', '170141183460469231731687303715884105727'],
      ['-9223372036854775808', 'BIGINT', '-9223372036854775808'], ['18446744073709551615::UBIGINT', 'UBIGINT', '18446744073709551615'], ['sum(x) FROM (VALUES (1), (2)) t(x)', 'HUGEINT', 3],
      ['12.50::DECIMAL(10,2)', 'DECIMAL(10,2)', '12.50'], ['0.1::DOUBLE', 'DOUBLE', 0.1], ["'NaN'::DOUBLE", 'DOUBLE', 'NaN'], ["'-Infinity'::FLOAT", 'FLOAT', '-Infinity'], ['NULL::INTEGER', 'INTEGER', null], ['true', 'BOOLEAN', true],
      ["TIMESTAMP '2026-11-02 08:00:00'", 'TIMESTAMP', '2026-11-02T08:00:00.000Z'], ["TIMESTAMP '2026-11-02 08:00:00.123456'", 'TIMESTAMP', '2026-11-02T08:00:00.123456Z'], ["TIMESTAMPTZ '2026-11-02 08:00:00+02'", 'TIMESTAMP WITH TIME ZONE', '2026-11-02T06:00:00.000Z'],
      ["TIMESTAMP '1960-01-01 00:00:00.000001'", 'TIMESTAMP', '1960-01-01T00:00:00.000001Z'], ["'infinity'::TIMESTAMP", 'TIMESTAMP', 'infinity'],
      ["DATE '2026-11-02'", 'DATE', '2026-11-02'], ["TIME '08:01:02'", 'TIME', '08:01:02'], ["'f81d4fae-7dec-11d0-a765-00a0c91e6bf6'::UUID", 'UUID', 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6'], ["'\\x00\\xFF'::BLOB", 'BLOB', 'AP8='],
      ['[1, NULL, 3]', 'INTEGER[]', [1, null, 3]], ["{'a': 1, 'b': [{'c': 9007199254740993}]}", 'STRUCT("a" INTEGER, "b" STRUCT("c" BIGINT)[])', { a: 1, b: [{ c: '9007199254740993' }] }],
      ["MAP {'k': 1.5}", 'MAP(VARCHAR, DECIMAL(2,1))', [{ key: 'k', value: '1.5' }]], ["'line\nbreak, \"quotes\" and é'", 'VARCHAR', 'line\nbreak, "quotes" and é'], ["{'__proto__': 1}.__proto__", 'INTEGER', 1], ["INTERVAL '1 day 2 hours'", 'INTERVAL', '1 day 02:00:00'],
      ["TIMESTAMP '2300-01-02 03:04:05.5'", 'TIMESTAMP', '2300-01-02T03:04:05.500Z'], ["TIMESTAMPTZ '9999-12-31 23:59:59.999999+00'", 'TIMESTAMP WITH TIME ZONE', '9999-12-31T23:59:59.999999Z'], ["TIMESTAMP '12000-01-01 00:00:00'", 'TIMESTAMP', '12000-01-01 00:00:00'],
      ["'1969-12-31 23:59:59.999999999'::TIMESTAMP_NS", 'TIMESTAMP_NS', '1969-12-31T23:59:59.999999999Z'], ["'2026-11-02 08:00:00.25'::TIMESTAMP_MS", 'TIMESTAMP_MS', '2026-11-02T08:00:00.250Z'], ["'2026-11-02 08:00:00'::TIMESTAMP_S", 'TIMESTAMP_S', '2026-11-02T08:00:00.000Z'],
      ...['DATE', 'TIMESTAMP_S', 'TIMESTAMP_MS', 'TIMESTAMP_NS'].flatMap((type): [string, string, string][] => [[`'infinity'::${type}`, type, 'infinity'], [`'-infinity'::${type}`, type, '-infinity']]), ["'-infinity'::TIMESTAMPTZ", 'TIMESTAMP WITH TIME ZONE', '-infinity'],
      ['(1, 2)', 'STRUCT("" INTEGER, "" INTEGER)', [1, 2]], ["[('a', NULL, {'b': (3, 4)})]", 'STRUCT("" VARCHAR, "" INTEGER, "" STRUCT("b" STRUCT("" INTEGER, "" INTEGER)))[]', [['a', null, { b: [3, 4] }]]],
      ['MAP {(1, 2): (3, NULL)}', 'MAP(STRUCT("" INTEGER, "" INTEGER), STRUCT("" INTEGER, "" INTEGER))', [{ key: [1, 2], value: [3, null] }]], ["{'a': 1, '__proto__': 2}", 'STRUCT("a" INTEGER, "__proto__" INTEGER)', JSON.parse('{"a":1,"__proto__":2}')],
    ];

    it('keep their types', async () => {
      for (const [expression, type, value] of CASES) {
        const { columns, rows } = await ask(daemon, `SELECT ${expression.includes(' FROM ') ? expression.replace(' FROM', ' AS v FROM') : `${expression} AS v`}`);
        expect([expression, columns[0]?.type, rows[0]?.[0]]).toEqual([expression, type, value]);
      }
    });

    it('have columns of different names, so that none hides another', async () => {
      const sql = 'SELECT 1 AS a, 2 AS "a:1", 3 AS a, 4 AS A, 5 AS b';
      const { columns, rows } = await ask(daemon, sql);
      expect([columns.map((column) => column.name), rows]).toEqual([['a', 'a:1', 'a:2', 'A:3', 'b'], [[1, 2, 3, 4, 5]]]);
      const [line] = (await (await post(daemon, { sql }, { accept: 'application/x-ndjson' })).text()).split('\n');
      expect(JSON.parse(line ?? '')).toEqual({ a: 1, 'a:1': 2, 'a:2': 3, 'A:3': 4, b: 5 });
    });

    it('come as NDJSON, objects by column', async () => {
      const response = await post(daemon, { sql: "SELECT i AS a, 'é\n' || i AS a, NULL AS b FROM range(3) t(i)" }, { accept: 'application/x-ndjson' });
      expect(response.headers.get('content-type')).toBe('application/x-ndjson');
      const lines = (await response.text()).trimEnd().split('\n');
      const end = JSON.parse(lines.pop() as string) as Json;
      expect(lines.map((line) => JSON.parse(line) as Json)).toEqual([0, 1, 2].map((i) => ({ a: i, 'a:1': `é\n${i}`, b: null })));
      expect(end).toMatchObject({ type: 'end', rows: 3, truncated: null, sha256: createHash('sha256').update(lines.map((line) => `${line}\n`).join('')).digest('hex') });
      expect((end['columns'] as Json[]).map((column) => column['name'])).toEqual(['a', 'a:1', 'b']);
    });
  });

  it('lists its tables, each of which can be described and read', async () => {
    for (const sql of ['show tables -- all', '/* ** */SHOW -- which?\nTABLES;;']) expect((await ask(daemon, sql)).rows).toHaveLength(7);
    const { columns, rows } = await ask(daemon, ' show tables ;');
    expect(columns).toEqual([{ name: 'name', type: 'VARCHAR' }]);
    expect(rows.flat()).toEqual(['records', 'messages', 'tool_calls', 'sessions', 'agents', 'calls', 'files']);
    for (const name of rows.flat()) {
      const described = (await ask(daemon, `DESCRIBE ${String(name)}`)).rows.map(([column]) => column);
      expect([name, (await ask(daemon, `SELECT * FROM ${String(name)} LIMIT 0`)).columns.map((column) => column.name)]).toEqual([name, described]);
    }
  });

  describe('is bounded', () => {
    it('in rows and bytes, and says so', async () => {
      expect(await ask(daemon, 'SELECT * FROM range(2000)')).toMatchObject({ row_count: 1000, truncated: 'rows' });
      expect(await ask(daemon, 'SELECT * FROM range(1000000000000)', { limit: 5 })).toMatchObject({ rows: [[0], [1], [2], [3], [4]], truncated: 'rows' });
      expect(await ask(daemon, 'SELECT * FROM range(5)', { limit: 5 })).toMatchObject({ row_count: 5, truncated: null });
      const response = await post(daemon, { sql: "SELECT repeat('x', 1000000) FROM range(100)" });
      const body = await response.text();
      expect(body.length).toBeLessThan(16 * 1024 * 1024);
      expect(JSON.parse(body)).toMatchObject({ row_count: 16, truncated: 'bytes' });
      expect(await ask(daemon, "SELECT repeat('x', 30000000)")).toMatchObject({ row_count: 0, rows: [], truncated: 'bytes' });
      expect(await ask(daemon, 'SELECT 1 WHERE false')).toMatchObject({ row_count: 0, rows: [], truncated: null });
    });

    it('in time', async () => {
      for (const sql of [
        'SELECT count(*) FROM range(100000) a, range(1000000000) b',
        'WITH RECURSIVE t(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM t) SELECT count(*) FROM t',
        "SELECT count(*) FROM range(100000000) t(i) WHERE regexp_matches(repeat('a', 1000 + i % 1000), '(a+)+$')",
      ]) {
        const problem = await refused(daemon, { sql, timeout_ms: 400 }, 422);
        expect(problem).toMatchObject({ code: 'query_stopped', detail: expect.stringContaining('400 ms'), hint: expect.stringContaining('timeout_ms may be up to 60000, of a job up to 3600000.') });
      }
      expect(await one('SELECT 1')).toBe(1);
    });

    it('in memory', async () => {
      for (const sql of ["SELECT repeat('x', 4000000000)", "SELECT length(string_agg(repeat('x', 1000000), '')) FROM range(5000)", 'SELECT list(a) FROM range(1000000000) t(a)', "SELECT repeat('x', 90000000) FROM range(100) ORDER BY random()"]) {
        const response = await post(daemon, { sql, timeout_ms: 2000 });
        expect([sql, [200, 422].includes(response.status)]).toEqual([sql, true]);
        await response.arrayBuffer();
      }
      expect(await one('SELECT count(*) FROM sessions')).toBeGreaterThan(1);
    });

    it('while others are answered', async () => {
      const slow = refused(daemon, { sql: 'SELECT count(*) FROM range(100000) a, range(1000000000) b', timeout_ms: 3000 }, 422);
      expect(await one('SELECT 2')).toBe(2);
      expect(await daemon.get('/health')).toMatchObject({ status: 'ok' });
      await slow;
    });

    it('and a job that waits for others is cancelled without them', async () => {
      const gone = new AbortController();
      const sql = 'SELECT count(*) FROM range(100000) a, range(1000000000) b';
      const slow = [1, 2].map(() => post(daemon, { sql, timeout_ms: 60_000 }, {}, { signal: gone.signal }).catch(() => 'gone'));
      const { id } = (await (await daemon.fetch('/api/jobs', { method: 'POST', body: JSON.stringify({ type: 'sql', sql }), headers: { 'content-type': 'application/json' } })).json()) as { id: string };
      const state = async (): Promise<unknown> => (await daemon.get(`/api/jobs/${id}`))['state'];
      await until(async () => (await state()) === 'running');
      await daemon.fetch(`/api/jobs/${id}`, { method: 'DELETE' });
      await until(async () => (await state()) === 'cancelled');
      gone.abort();
      expect(await Promise.all(slow)).toEqual(['gone', 'gone']);
    });

    it('and ends when its client is gone', async () => {
      const gone = new AbortController();
      const answers = [1, 2].map(() => post(daemon, { sql: 'SELECT count(*) FROM range(100000) a, range(1000000000) b', timeout_ms: 60_000 }, {}, { signal: gone.signal }).catch(() => 'gone'));
      setTimeout(() => gone.abort(), 300);
      expect(await Promise.all(answers)).toEqual(['gone', 'gone']);
      expect(await one('SELECT 3')).toBe(3);
    });
  });

  it('refuses all but one SELECT over its tables', async () => {
    const secret = join(workspace.dir, 'secret.csv');
    const written = join(workspace.dir, 'written.csv');
    writeFileSync(secret, 'a,b\n1,hidden\n');
    const index = join(workspace.dataDir, 'index.duckdb');
    for (const sql of [
      `COPY (SELECT 1) TO '${written}'`, `COPY records TO '${written}'`, `EXPORT DATABASE '${written}'`, `EXPLAIN ANALYZE COPY (SELECT 1) TO '${written}'`, 'EXPLAIN SELECT 1',
      `ATTACH '${index}' AS stolen`, 'DETACH base', 'INSTALL httpfs', 'LOAD httpfs', 'SET threads = 64', 'RESET memory_limit', 'PRAGMA database_list', 'PRAGMA threads', "SET VARIABLE a = 1", 'CALL pragma_version()', 'CHECKPOINT', 'VACUUM', 'BEGIN',
      'CREATE TABLE x AS SELECT 1', 'CREATE MACRO f() AS 1', 'DROP VIEW records', 'DELETE FROM records', 'INSERT INTO records SELECT 1', 'UPDATE records SET line = 0', 'CREATE TEMP VIEW v AS SELECT 1', 'PREPARE p AS SELECT 1',
      `SELECT * FROM read_csv('${secret}')`, `SELECT * FROM read_text('${secret}')`, `SELECT * FROM read_blob('${index}')`, `SELECT * FROM '${secret}'`, `FROM "${secret}"`, `SELECT * FROM glob('/**')`, "SELECT * FROM read_parquet('/**/*.parquet')", `SELECT * FROM parquet_metadata('${secret}')`, `SELECT * FROM sniff_csv('${secret}')`,
      "SELECT * FROM query('SELECT 1')", "SELECT * FROM query_table('records')", `SELECT * FROM (SELECT (SELECT content FROM read_text('${secret}')))`, `WITH t AS (SELECT * FROM read_text('${secret}')) SELECT * FROM t`,
      `SELECT * FROM enable_logging('QueryLog', storage = 'file', storage_path = '${written}')`, 'SELECT * FROM duckdb_databases()', 'SELECT * FROM duckdb_settings()', 'SELECT * FROM duckdb_databases', 'SELECT * FROM pragma_database_list', 'SELECT * FROM pg_catalog.pg_tables', 'SELECT * FROM information_schema.tables', 'SELECT * FROM sqlite_master',
      'WITH duckdb_databases AS (SELECT 1) SELECT * FROM duckdb_databases', "SELECT current_setting('temp_directory')", "SELECT getenv('HOME')", "SELECT write_log('x')", "SELECT json_serialize_plan('SELECT * FROM records')", "SELECT get_block_size('base')", 'SELECT 1\0 + 1', 'SELECT 1 -- \0', "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
      'SELECT * FROM base.records', 'SELECT * FROM tail.main.calls', 'SELECT * FROM lake.records', 'SHOW DATABASES', 'SHOW ALL TABLES', 'SELECT 1; SELECT 2', 'SELECT 1; DROP VIEW records', '', '   ', '-- nothing', ';',
    ]) {
      const problem = await refused(daemon, { sql });
      expect(JSON.stringify(problem['detail'])).not.toMatch(/duckdb-|sql\/|base-|tail-|\.duckdb\b(?!.*stolen)/);
    }
    expect([existsSync(written), existsSync(join(workspace.dataDir, 'sql', 'x'))]).toEqual([false, false]);
    expect(await one('SELECT count(*) FROM records')).toBe(plain.records.filter(shown).length);
  });

  it('says what is wrong and where', async () => {
    const problems: [string, RegExp, number, number][] = [
      ['SELEC 1', /syntax error/i, 1, 1], ['SELECT nope FROM records', /nope.*not found/i, 1, 8], ['SELECT 1,\n  count(*) FROM nothing', /no table "nothing"/i, 2, 17], ["SELECT 'éé' FROM nothing", /no table/, 1, 18], ["SELECT 'éé', f(1)", /f does not exist/i, 1, 14], ["SELECT 'é' FRO records x y z", /syntax error/i, 1, 16],
      ['SELECT 1,\n 2\0, 3', /NUL/, 2, 3],
      [`SELECT ${'1, '.repeat(60)}nope, ${'2, '.repeat(60)}3 FROM records`, /nope/, 1, 188],
    ];
    for (const [sql, message, line, column] of problems) {
      const problem = await refused(daemon, { sql });
      expect(problem).toMatchObject({ detail: expect.stringMatching(message), position: { line, column } });
      const { components } = await daemon.get<{ components: { schemas: { Problem: { properties: Json } } } }>('/openapi.json');
      expect(Object.keys(components.schemas.Problem.properties)).toEqual(expect.arrayContaining(Object.keys(problem)));
    }
    expect((await refused(daemon, { sql: "SELECT 'x'::INTEGER FROM records" }))['detail']).toMatch(/could not convert/i);
  });

  it('gives no advice that nobody can follow', async () => {
    const deep = await refused(daemon, { sql: `SELECT ${'['.repeat(3000)}1${']'.repeat(3000)}` });
    expect(deep['detail']).toBe('Max expression depth limit of 1000 exceeded.');
    expect((await refused(daemon, { sql: 'PIVOT records ON type USING count(*)' }))['detail']).toMatch(/has to name its values/);
    expect((await ask(daemon, "PIVOT records ON type IN ('user') USING count(*) GROUP BY role")).columns.map((column) => column.name)).toEqual(['role', 'user']);
  });

  it('refuses bodies it cannot read', async () => {
    const bodies: [unknown, string | undefined][] = [[{}, 'sql'], [{ sql: 1 }, 'sql'], [{ sql: 'SELECT 1', limit: 0 }, 'limit'], [{ sql: 'SELECT 1', limit: 100_001 }, 'limit'], [{ sql: 'SELECT 1', limit: '5' }, 'limit'], [{ sql: 'SELECT 1', timeout_ms: 60_001 }, 'timeout_ms'], [{ sql: 'SELECT 1', query: 1 }, 'query'], [[], undefined], ['{"sql":', undefined]];
    for (const [body, parameter] of bodies) {
      const response = await post(daemon, body);
      expect([body, response.status, ((await response.json()) as Json)['parameter']]).toEqual([body, 400, parameter]);
    }
    expect((await daemon.fetch('/api/sql')).status).toBe(405);
    expect((await daemon.fetch('/api/sql?limit=1', { method: 'POST', body: '{"sql":"SELECT 1"}', headers: { 'content-type': 'application/json' } })).status).toBe(400);
    expect((await fetch(new URL('/api/sql', daemon.url), { method: 'POST', body: '{"sql":"SELECT 1"}', headers: { 'content-type': 'application/json' } })).status).toBe(401);
  });
});

describe('the page about SQL', () => {
  const workspace = new Workspace();
  afterAll(() => workspace.remove());

  it('has questions that are answered as it says, with a daemon and without one', async () => {
    const examples = [...PAGE.matchAll(/```sql\n(.*?)\n```\n\n```text\n(.*?)\n```/gs)].map(([, sql = '', answer = '']) => ({ sql, answer }));
    expect(examples.length).toBeGreaterThan(10);
    const daemon = await workspace.start(['--no-archive', '--root', SAMPLE, '--log-level', 'warn']);
    await daemon.caughtUp();
    await Promise.all(examples.map(async ({ sql, answer }) => expect([sql, (await run(workspace, ['sql', sql, '--data-dir', workspace.dataDir])).stdout.trimEnd()]).toEqual([sql, answer])));
    const { totals } = await daemon.get<{ totals: Record<string, number> }>('/api/metrics/aggregate');
    expect((await ask(daemon, 'SELECT round(sum(cost_usd), 6) FROM calls')).rows[0]?.[0]).toBeCloseTo(totals['cost_usd'] ?? 0, 6);
    await daemon.stop();
    expect(existsSync(join(workspace.dataDir, 'sql'))).toBe(false);
    for (const { sql, answer } of examples.slice(0, 2)) expect([sql, (await run(workspace, ['sql', sql, '--data-dir', workspace.dataDir])).stdout.trimEnd()]).toEqual([sql, answer]);
    const wrong = await run(workspace, ['sql', 'SELECT nothing', '--data-dir', workspace.dataDir]);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('line 1, column 8')]);
    const json = await run(workspace, ['sql', 'SELECT 1 AS one', '--json', '--data-dir', workspace.dataDir]);
    expect(JSON.parse(json.stdout)).toMatchObject({ columns: [{ name: 'one', type: 'INTEGER' }], rows: [[1]] });
  }, 120_000);
});

function blocksOf({ value }: PlainRecord): Json[] {
  const content = (value['message'] as Json | undefined)?.['content'];
  return Array.isArray(content) ? (content as Json[]) : [];
}
