import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { againstDaemon } from './support/against-daemon.ts';
import { fakeDaemon, json, TOKEN, type FakeDaemon, type Route } from './support/fake-daemon.ts';
import type { MemoryOptions } from './support/memory-io.ts';

let daemon: FakeDaemon;
let dir: string;
beforeEach(async () => {
  daemon = await fakeDaemon();
  dir = mkdtempSync(join(tmpdir(), 'lake-profile-'));
});
afterEach(async () => {
  rmSync(dir, { recursive: true, force: true });
  await daemon.close();
});

const sessionlake = (args: string[], options: MemoryOptions = {}) => againstDaemon(daemon, args, options);
const line = (number: number) => ({ number, time: '2026-11-20T10:00:00.000Z', level: 'warn', message: `slow \u001b[2J${number}`, fields: { ms: number } });

describe('logs', () => {
  it('are lines for people, whatever is in them, and JSON for programs', async () => {
    daemon.routes['/api/logs'] = json({ items: [line(1), line(2)], has_more: false, next_cursor: null });
    const { code, out } = await sessionlake(['logs', '-n', '2']);
    expect([code, daemon.requests]).toEqual([0, ['GET /api/logs?tail=2']]);
    expect(out).toBe('2026-11-20T10:00:00.000Z warn  slow \\x1b[2J1 {"ms":1}\n2026-11-20T10:00:00.000Z warn  slow \\x1b[2J2 {"ms":2}\n');
    expect((await sessionlake(['logs', '--json'])).out.trim().split('\n').map((text) => JSON.parse(text) as unknown)).toEqual([line(1), line(2)]);
  });

  it('are asked of a daemon only', async () => {
    expect((await sessionlake(['logs', '-n', '0'])).code).toBe(2);
    await daemon.close();
    daemon = await fakeDaemon();
    rmSync(join(daemon.dataDir, 'daemon.json'));
    expect((await sessionlake(['logs'])).code).toBe(3);
  });
});

describe('open', () => {
  const login: Route = (request, response, query) => json(request.method === 'POST' ? { path: '/login?code=once', expires_at: '2026-11-20T10:01:00.000Z' } : {}, request.method === 'POST' ? 200 : 404)(request, response, query);

  it('prints an address that is good once where there is no browser, and never the token', async () => {
    daemon.routes['/api/login'] = login;
    const { code, out, err } = await sessionlake(['open']);
    expect([code, out]).toEqual([0, `${daemon.url()}/login?code=once\n`]);
    expect(out + err).not.toContain(TOKEN);
    expect(JSON.parse((await sessionlake(['open', '--json', '--no-browser'])).out)).toEqual({ url: `${daemon.url()}/login?code=once`, expires_at: '2026-11-20T10:01:00.000Z', opened: false });
  });

  it('starts the browser that is wished for', async () => {
    daemon.routes['/api/login'] = login;
    const { out, err } = await sessionlake(['open'], { env: { BROWSER: 'true' } });
    expect([out, err]).toEqual(['', `Opened ${daemon.url()}/docs\n`]);
    expect((await sessionlake(['open'], { env: { BROWSER: '/no/such/browser' } })).out).toContain('/login?code=once');
  });
});

describe('profile', () => {
  const operation = (operationId: string, parameters: object[] = []) => ({ get: { operationId, parameters, responses: { 200: { content: { 'application/json': {} } } } } });
  const document = {
    paths: {
      '/api/things': operation('listThings', [{ name: 'group_by', in: 'query', schema: { enum: ['day', 'tool'] } }]),
      '/api/search': operation('search', [{ name: 'q', in: 'query', required: true, schema: { type: 'string' } }]),
      '/api/sessions/{id}': operation('getSession'),
      '/api/jobs/{id}': operation('getJob'),
      '/api/export': { get: { operationId: 'export', responses: { 200: { content: { 'application/x-ndjson': {} } } } } },
      '/health/performance/queries': operation('profileQueries'),
    },
  };
  const list = (items: object[]) => json({ items, has_more: false, next_cursor: null });
  beforeEach(() => {
    Object.assign(daemon.routes, {
      '/openapi.json': json(document), '/health/cache/clear': json({}), '/api/sessions': list([{ id: 's 1' }]), '/api/projects': list([]), '/api/jobs': list([]),
      '/api/things': json({ x: 'yy' }), '/api/search': json({}), '/api/sessions/s%201': json({}),
    });
  });

  it('asks every endpoint that answers whole, as often as told, with nothing kept', async () => {
    const { code, out } = await sessionlake(['profile', 'api', '--requests', '3', '--json']);
    const { profile, requests, items } = JSON.parse(out) as { profile: string; requests: number; items: { name: string; count: number; bytes: number; severity: string; change: null }[] };
    expect([code, profile, requests]).toEqual([0, 'api', 3]);
    expect(items.map(({ name, count }) => `${name}: ${count}`).toSorted()).toEqual(['getSession: 3', 'listThings group_by=day: 3', 'listThings group_by=tool: 3', 'listThings: 3', 'search q=the: 3']);
    expect(items.find(({ name }) => name === 'listThings')).toMatchObject({ bytes: 10, change: null });
    const asked = daemon.requests.filter((request) => request.includes('/api/things') || request.startsWith('POST'));
    expect(asked.filter((request) => request === 'GET /api/things')).toHaveLength(4);
    expect(asked.filter((request) => request.startsWith('POST'))).toHaveLength(4 * items.length);
  });

  it('stands beside an earlier run, and takes no file that is none', async () => {
    const file = join(dir, 'before.json');
    writeFileSync(file, JSON.stringify({ profile: 'queries', items: [{ name: 'listThings', ms: 4 }] }));
    daemon.routes['/health/performance/queries'] = json({ items: [
      { operation: 'listThings', last_ms: 1, ms: 2, rows_scanned: 5000, rows_returned: 3, operators: [{ name: 'SEQ_SCAN', ms: 1, rows: 3 }], advice: ['Read less.'], sql: 'SELECT 1' },
      { operation: 'listThings', last_ms: 1, ms: 1, rows_scanned: 1, rows_returned: 1, operators: [], advice: [], sql: 'SELECT 2' },
    ] });
    const { out } = await sessionlake(['profile', 'queries', '--compare', file]);
    expect(out).toMatchInlineSnapshot(`
      "QUERY            MS  SCANNED  ROWS  COSTLIEST  CHANGE
      listThings      2.0    5,000     3  SEQ_SCAN    ×0.50
      listThings (2)  1.0        1     1  -               -
      ! listThings: Read less.
      "
    `);
    expect((await sessionlake(['profile', 'api', '--compare', file])).code).toBe(2);
    expect((await sessionlake(['profile', 'api', '--compare', join(dir, 'none.json')])).code).toBe(2);
  });
});
