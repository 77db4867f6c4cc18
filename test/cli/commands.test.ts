import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { againstDaemon } from './support/against-daemon.ts';
import { fakeDaemon, json, type FakeDaemon, type Route } from './support/fake-daemon.ts';
import type { MemoryOptions } from './support/memory-io.ts';
import { agent, record, session } from './support/records.ts';

const NOW_MS = Date.parse('2026-11-20T10:00:00.000Z');
const page = (items: unknown[], next: string | null = null) => ({ items, has_more: next !== null, next_cursor: next });

let daemon: FakeDaemon;
beforeEach(async () => {
  daemon = await fakeDaemon();
});
afterEach(() => daemon.close());

const sessionlake = (args: string[], options: MemoryOptions = {}) => againstDaemon(daemon, args, { nowMs: NOW_MS, ...options });

describe('sessions', () => {
  it('are a table for people', async () => {
    daemon.routes['/api/sessions'] = json(page([session(), session({ id: 'other', source: 'jsonl', title: '\u001b[2Jevil 日本', status: 'idle', cost_rollup_usd: 1.5, subagent_count: 3 })]));
    const { code, out } = await sessionlake(['sessions']);
    expect(code).toBe(0);
    expect(out).toMatchInlineSnapshot(`
      "SESSION        LAST  STATUS    SOURCE       PROJECT  MESSAGES  TOOLS  ERRORS  AGENTS  TOKENS   COST  TITLE
      3f2a91c0  3 min ago  ● active  claude-code  lake        1,234     56       2       -    4.0M      -  Mend the login
      other     3 min ago  ○ idle    jsonl        lake        1,234     56       2       3    4.0M  $1.50  \\x1b[2Jevil 日本
      "
    `);
  });

  it('are the API\'s own document for programs, page after page up to the limit', async () => {
    daemon.routes['/api/sessions'] = (request, response, query) => json(query.get('cursor') === null
      ? page(Array.from({ length: 500 }, (_, index) => session({ id: `s${index}` })), 'c1')
      : page([session({ id: 'last' })]))(request, response, query);
    const { out } = await sessionlake(['sessions', '--json', '--limit', '700', '--since', '7d', '--status', 'active']);
    const document = JSON.parse(out) as { items: unknown[]; has_more: boolean };
    expect([document.items.length, document.has_more]).toEqual([501, false]);
    expect(daemon.requests).toEqual([
      'GET /api/sessions?sort=-last_activity&since=2026-11-13T10%3A00%3A00.000Z&status=active&limit=500',
      'GET /api/sessions?sort=-last_activity&since=2026-11-13T10%3A00%3A00.000Z&status=active&limit=200&cursor=c1',
    ]);
  });

  it('that are none say what to do next, and are no failure', async () => {
    daemon.routes['/api/sessions'] = json(page([]));
    const { code, out, err } = await sessionlake(['sessions']);
    expect([code, out]).toEqual([0, '']);
    expect(err).toContain('There is no session yet');
  });
});

describe('one session', () => {
  it('is told turn by turn where that is asked for', async () => {
    const found = session();
    const turn = {
      offset: '7', uuid: 'u', prompt: 'Mend it\u001b[2J\nplease', answer: null, cut: false, started_at: '2026-11-20T09:00:00.000Z', ended_at: '2026-11-20T09:02:05.000Z', duration_ms: 125_000, records: 9,
      tools: [{ name: 'Bash', calls: 3, errors: 1 }], tool_call_count: 3, error_count: 1, models: [], calls: 2, usage: { input_tokens: 1000, output_tokens: 200, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 }, cost_usd: 0.25, unpriced_calls: 0,
    };
    daemon.routes[`/api/sessions/${found.id}`] = json(found);
    daemon.routes[`/api/sessions/${found.id}/exchanges`] = (_request, response, query) => json(query.get('cursor') === null ? page([turn], 'c1') : page([{ ...turn, prompt: 'Thanks', answer: 'Gladly', error_count: 0 }]))(_request, response, query);
    const { code, out } = await sessionlake(['session', found.id, '--turns']);
    expect(code).toBe(0);
    expect(out).toMatchInlineSnapshot(`
      "BEGAN                     TOOK  TOOLS  ERRORS  TOKENS   COST  PROMPT                 ANSWER
      2026-11-20 09:00:00  2 min 5 s      3       1    1.2k  $0.25  Mend it\\x1b[2J please  -
      2026-11-20 09:00:00  2 min 5 s      3       -    1.2k  $0.25  Thanks                 Gladly
      "
    `);
    expect((JSON.parse((await sessionlake(['session', found.id, '--turns', '--json'])).out) as { items: unknown[] }).items).toHaveLength(2);
  });

  it('is found by the first signs of its id', async () => {
    const found = session();
    daemon.routes['/api/sessions'] = json(page([session({ id: 'other' }), found]));
    daemon.routes[`/api/sessions/${found.id}/messages`] = json(page([record({ offset: '2', text: 'second' }), record({ text: 'first' })]));
    const { code, out } = await sessionlake(['session', '3f2a91c0']);
    expect(code).toBe(0);
    expect(out).toMatch(/Title\s+Mend the login/);
    expect(out.indexOf('first')).toBeLessThan(out.indexOf('second'));
  });

  it('that is not there ends with 4, one that several could be with 2', async () => {
    daemon.routes['/api/sessions'] = json(page([session({ id: 'abcd-1' }), session({ id: 'abcd-2' })]));
    expect(await sessionlake(['session', 'nothing'])).toMatchObject({ code: 4, out: '' });
    const several = await sessionlake(['tree', 'abcd']);
    expect(several.code).toBe(2);
    expect(several.err).toContain('abcd-1, abcd-2');
  });

  it('has its subagents as a tree', async () => {
    daemon.routes['/api/sessions/s1'] = json(session({ id: 's1' }));
    daemon.routes['/api/sessions/s1/tree'] = json({ session: session({ id: 's1' }), children: [agent({ children: [agent({ id: 'a2', description: null })] }), agent({ id: 'a3', link: null, error_count: 1 })] });
    const { out } = await sessionlake(['tree', 's1']);
    expect(out).toMatchInlineSnapshot(`
      "s1  Mend the login  1,234 messages, 4.0M tokens
      ├─ a1  Explore: Look around  3 messages, 0 tokens
      │  └─ a2  Explore  3 messages, 0 tokens
      └─ a3  Explore: Look around  3 messages, 1 error, 0 tokens, unlinked
      "
    `);
    expect(JSON.parse((await sessionlake(['tree', 's1', '--json'])).out)).toMatchObject({ children: [{ id: 'a1' }, { id: 'a3' }] });
  });
});

describe('export', () => {
  const lines = [record({ offset: '1' }), record({ offset: '2', type: 'end' })].map((one) => `${JSON.stringify(one)}\n`).join('');
  const end = `${JSON.stringify({ type: 'end', rows: 2, from: '0', to: '9', sha256: createHash('sha256').update(lines).digest('hex') })}\n`;
  const answer = (body: string, trailers: Record<string, string> = {}): Route => (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/x-ndjson', trailer: Object.keys(trailers).join(',') });
    for (let at = 0; at < body.length; at += 7) response.write(body.slice(at, at + 7));
    response.addTrailers(trailers);
    response.end();
  };

  it('passes NDJSON on and checks that it is whole', async () => {
    daemon.routes['/api/export'] = answer(lines + end);
    expect(await sessionlake(['export', '--type', 'user,assistant', '--type', 'system', '--after', '007'])).toEqual({ code: 0, out: lines + end, err: '' });
    expect(daemon.requests).toEqual(['GET /api/export?format=ndjson&type=user%2Cassistant%2Csystem&after=7']);
  });

  it('that was cut ends with 1 and says where to go on', async () => {
    for (const body of [lines, lines + end.slice(0, -5), lines + end.replace('"rows":2', '"rows":3'), lines.replace('Hello', 'Hullo') + end]) {
      daemon.routes['/api/export'] = answer(body);
      const { code, err } = await sessionlake(['export']);
      expect(code).toBe(1);
      expect(err).toContain('cut');
    }
    daemon.routes['/api/export'] = answer(lines);
    expect((await sessionlake(['export'])).err).toContain('--after 2');
    daemon.routes['/api/export'] = answer(`${lines}{"type":"error","code":"storage","message":"disk gone","after":"2"}\n`);
    expect((await sessionlake(['export'])).err).toMatch(/disk gone[^]*--after 2/);
    daemon.routes['/api/export'] = (_request, response) => {
      response.writeHead(200).write(lines);
      setTimeout(() => response.destroy(), 50);
    };
    expect((await sessionlake(['export'])).err).toMatch(/connection to the daemon broke[^]*--after 2/);
  });

  it('of source lines is proved by the trailers', async () => {
    const raw = 'any\u2028thing\nat all\n';
    const sha256 = createHash('sha256').update(raw).digest('hex');
    daemon.routes['/api/export'] = answer(raw, { 'X-Rows': '2', 'X-Sha256': sha256 });
    expect(await sessionlake(['export', '--format', 'jsonl'])).toMatchObject({ code: 0, out: raw });
    for (const trailers of [{}, { 'X-Rows': '2', 'X-Sha256': 'other' }]) {
      daemon.routes['/api/export'] = answer(raw, trailers);
      expect(await sessionlake(['export', '--format', 'jsonl'])).toMatchObject({ code: 1 });
    }
  });

  it('appears as a file only once it is whole', async () => {
    const file = join(daemon.dataDir, 'out.ndjson');
    daemon.routes['/api/export'] = answer(lines);
    expect((await sessionlake(['export', '-o', file])).code).toBe(1);
    expect([existsSync(file), existsSync(`${file}.part`)]).toEqual([false, false]);
    daemon.routes['/api/export'] = answer(lines + end);
    const { code, out, err } = await sessionlake(['export', '-o', 'out.ndjson'], { cwd: daemon.dataDir });
    expect([code, out, readFileSync(file, 'utf8')]).toEqual([0, '', lines + end]);
    expect(err).toContain('2 rows');
    expect((await sessionlake(['export', '-o', '/no/such/folder/x'])).err).toContain('ENOENT');
  });
});

describe('archive', () => {
  it('runs as a job of the daemon and waits for its end', async () => {
    const job = { id: 'j1', type: 'archive_run', state: 'running', progress: { done: 1, total: 2, unit: 'bytes' }, created_at: '', finished_at: null as string | null, result: null as unknown, error: null };
    let asked = '';
    daemon.routes['/api/jobs'] = async (request, response, query) => {
      for await (const chunk of request) asked += String(chunk);
      json(job, 202)(request, response, query);
    };
    daemon.routes['/api/jobs/j1'] = json({ ...job, state: 'done', finished_at: 'now', result: { parts: 1, rows: 10, sessions: 2, bytes: 100, source_bytes: 1000 } });
    expect(await sessionlake(['archive', 'run', '--all'])).toMatchObject({ code: 0, out: '1 part written: 10 lines of 2 sessions, 100 B for 1000 B of logs\n' });
    expect(JSON.parse(asked)).toEqual({ type: 'archive_run', all: true });
    daemon.routes['/api/jobs/j1'] = json({ ...job, state: 'failed', finished_at: 'now', error: { code: 'archive', detail: 'part p1 is damaged' } });
    const failed = await sessionlake(['archive', 'verify']);
    expect(failed.code).toBe(1);
    expect(failed.err).toContain('part p1 is damaged');
    daemon.routes['/api/jobs/j1'] = json({ ...job, state: 'done', finished_at: 'now', result: { parts: 2, bytes: 10, problems: [{ part: { path: 'a.parquet' }, problem: 'it is missing' }] } });
    expect(await sessionlake(['archive', 'verify'])).toMatchObject({ code: 1, out: 'a.parquet: it is missing\n' });
    daemon.routes['/api/jobs/j1'] = json({ ...job, state: 'done', finished_at: 'now', result: { parts: 2, bytes: 10, problems: [] } });
    expect(await sessionlake(['archive', 'verify'])).toMatchObject({ code: 0, out: '2 parts verified, 10 B: every one is whole.\n' });
  });
});

describe('a problem of the API', () => {
  it('is told with what to do, by its exit code', async () => {
    daemon.routes['/api/status'] = json({ status: 400, code: 'invalid_parameter', detail: 'limit is too large', hint: 'At most 500.', parameter: 'limit' }, 400);
    expect(await sessionlake(['status'])).toMatchObject({ code: 2, err: 'error: limit is too large\nhint: At most 500.\n' });
    daemon.routes['/api/status'] = (_request, response) => void response.writeHead(502).end('<html>');
    expect(await sessionlake(['status'])).toMatchObject({ code: 1 });
    writeFileSync(join(daemon.dataDir, 'token'), 'another');
    const refused = await sessionlake(['status']);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('SESSIONLAKE_TOKEN');
    expect(await sessionlake(['status', '--token', 'the-token'])).toMatchObject({ code: 1, err: expect.stringContaining('502') as string });
  });
});

describe('without a daemon', () => {
  it('stop and tail end with 3, and so does reading where there is no index', async () => {
    await daemon.close();
    for (const args of [['stop'], ['tail'], ['sessions'], ['status'], ['archive', 'list']]) {
      const { code, out, err } = await sessionlake(args);
      expect([args, code, out]).toEqual([args, 3, '']);
      expect(err).toContain('sessionlake start');
    }
  });

  it('a daemon.json left by a crash counts as none', async () => {
    writeFileSync(join(daemon.dataDir, 'daemon.json'), JSON.stringify({ pid: process.pid, url: 'http://127.0.0.1:9', version: '', started_at: '', epoch: '' }));
    expect((await sessionlake(['stop'])).code).toBe(3);
    writeFileSync(join(daemon.dataDir, 'daemon.json'), '{"pid":');
    expect((await sessionlake(['stop'])).code).toBe(3);
  });
});

describe('token and config', () => {
  it('token prints it and nothing else, or ends with 4', async () => {
    expect(await sessionlake(['token'])).toEqual({ code: 0, out: 'the-token\n', err: '' });
    expect(await sessionlake(['token', '--json'], { env: { SESSIONLAKE_TOKEN: 'mine' } })).toMatchObject({ out: '{"token":"mine"}\n' });
    rmSync(join(daemon.dataDir, 'token'));
    expect(await sessionlake(['token'])).toMatchObject({ code: 4, out: '' });
  });

  it('config says where each value came from, and no secret', async () => {
    const home = mkdtempSync(join(tmpdir(), 'lake-home-'));
    writeFileSync(join(home, 'lake.json'), '\uFEFF{"sweep_seconds": 5, "token": "sesame"}');
    const { code, out } = await sessionlake(['config', '--json', '--no-auth', '--config', join(home, 'lake.json'), '--root', 'jsonl=/a', '--root', '/b'], { env: { SESSIONLAKE_PORT: '1' } });
    expect(code).toBe(0);
    expect(out).not.toContain('sesame');
    const document = JSON.parse(out) as { config_file: object; settings: { key: string; value: unknown; origin: string }[] };
    expect(document.config_file).toEqual({ path: join(home, 'lake.json'), exists: true });
    const shown = Object.fromEntries(document.settings.map((setting) => [setting.key, [setting.value, setting.origin]]));
    expect(shown).toMatchObject({
      sweep_seconds: [5, 'file'], port: [1, 'environment'], no_auth: [true, 'flag'], archive: [true, 'default'], token: ['(hidden)', 'file'],
      roots: [[{ source: 'jsonl', path: '/a' }, { source: 'claude-code', path: '/b' }], 'flag'],
    });
    rmSync(home, { recursive: true });
  });

  it('a config file that is missing, malformed or no object is refused with its place', async () => {
    const file = join(daemon.dataDir, 'config.json');
    const refused = async (text: string | null) => {
      if (text !== null) writeFileSync(file, text);
      const { code, err } = await sessionlake(['config', '--config', file]);
      expect(code).toBe(2);
      return err;
    };
    expect(await refused(null)).toContain('does not exist');
    expect(await refused('{\n  "port": 1,\n}')).toContain('line 3, column 1');
    expect(await refused('{"port": 1')).toContain('line 1, column 11');
    expect(await refused('[1]')).toContain('no JSON object');
    expect(await refused('{"prot": 1}')).toMatch(/unknown key "prot"[^]*Did you mean port/);
  });
});
