// Every endpoint through the contract: shapes, filters, pages, errors, access, caching.

import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateLake } from '../../bench/generator/generate.ts';
import { assistantLine, timeOf, userLine, uuidOf } from '../support/claude-lines.ts';
import { until, Workspace } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { archiveAll } from './support/archive.ts';
import { ageFiles } from './support/file-ages.ts';
import { plainLake } from './support/plain.ts';
import type { PlainLake, PlainRecord } from './support/plain.ts';
import { AGENT, expectPage, expectShape, FILE, PART, PROBLEM, PROJECT, RECORD, REJECT, SESSION, STATUS } from './support/shapes.ts';

type Json = Record<string, unknown>;
interface Page {
  items: Json[];
  has_more: boolean;
  next_cursor: string | null;
}
type Session = Json & { id: string; title: string | null; status: string; started_at: string | null; last_activity: string | null; models: string[]; project: string };

/** Where every list of the contract is, with its greatest limit. */
const LISTS: [path: string, maximum: number][] = [
  ['/api/projects', 500], ['/api/sessions', 500], ['/api/files', 1000], ['/api/rejects', 1000], ['/api/archive', 1000],
  ['/api/sessions/main/messages', 1000], ['/api/sessions/main/subagents', 1000],
];
const SINGLES = ['/health', '/metrics', '/api/status', '/api/projects/-home-ada-engine', '/api/sessions/main', '/api/sessions/main/tree', '/api/metrics/aggregate', '/openapi.json'];

describe('the API', () => {
  const workspace = new Workspace();
  let daemon: Daemon;
  let plain: PlainLake;

  beforeAll(async () => {
    await generateLake({ dir: workspace.root, seed: 41, targetBytes: 2.5e6, malformedRate: 0.03, days: 60 });
    writeMain(workspace.root);
    ageFiles(workspace.root);
    plain = plainLake(workspace.root);
    const trades = join(workspace.dir, 'trades');
    mkdirSync(trades);
    writeFileSync(join(trades, 'trades.jsonl'), Array.from({ length: 30 }, (_, n) => `${JSON.stringify({ id: `t${n}`, ts: timeOf(n), type: n % 2 === 0 ? 'buy' : 'sell', message: `trade ${n}` })}\n`).join(''));
    daemon = await workspace.start(['--root', workspace.root, '--root', `jsonl=${trades}`, '--log-level', 'warn']);
    await daemon.caughtUp();
    await archiveAll(daemon);
  });
  afterAll(() => workspace.remove());

  const page = (path: string): Promise<Page> => daemon.get<Page & Json>(path);

  async function refused(path: string, status: number, parameter?: string, init: RequestInit = {}): Promise<Json> {
    const response = await daemon.fetch(path, init);
    const problem = (await response.json()) as Json;
    expect([path, response.status, problem['parameter']]).toEqual([path, status, parameter]);
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expectShape(problem, PROBLEM);
    expect(problem['status']).toBe(status);
    return problem;
  }

  /** Walks a list by pages of this size; every page but the last is full. */
  async function walk(path: string, limit: number): Promise<Json[]> {
    const items: Json[] = [];
    let cursor = '';
    for (;;) {
      const answer = await page(`${path}${path.includes('?') ? '&' : '?'}limit=${limit}${cursor}`);
      expect(answer.items.length).toBeLessThanOrEqual(limit);
      if (answer.has_more) expect(answer.items.length).toBe(limit);
      items.push(...answer.items);
      if (answer.next_cursor === null) return items;
      cursor = `&cursor=${encodeURIComponent(answer.next_cursor)}`;
    }
  }

  describe('shapes', () => {
    it('of /health, for anyone', async () => {
      const response = await fetch(new URL('/health', daemon.url));
      expect(response.status).toBe(200);
      const health = (await response.json()) as Json;
      expectShape(health, { status: 'text', checks: 'object' });
      expect(health['status']).toBe('ok');
    });

    it('of /metrics, in Prometheus text', async () => {
      const response = await daemon.fetch('/metrics');
      expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
      const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
      expect(lines.length).toBeGreaterThan(10);
      for (const line of lines) expect(line).toMatch(/^[a-z_:][a-z0-9_:]*(\{[^}]*\})? (-?[\d.e+-]+|NaN|\+Inf)$/i);
    });

    it('of /api/status, adding up to what is on disk', async () => {
      const status = await daemon.get('/api/status');
      expectShape(status, STATUS);
      const files = plain.files.length + 1;
      const trades = await page('/api/files?source=jsonl');
      const tradeBytes = trades.items.reduce((sum, file) => sum + Number(file['size']), 0);
      expect(status).toMatchObject({
        files, caught_up: true, problems: [], bytes_total: plain.files.reduce((sum, file) => sum + file.bytes.length, tradeBytes), bytes_indexed: plain.files.reduce((sum, file) => sum + file.complete, tradeBytes),
        lines: plain.files.reduce((sum, file) => sum + file.lines.length, 30), epoch: daemon.info.epoch,
      });
      expectShape(status['archive'], { parts: 'count', bytes: 'count', source_bytes: 'count' });
    });

    it('of lists', async () => {
      expectPage((await page('/api/projects')) as unknown as Json, PROJECT);
      expectPage((await page('/api/sessions?limit=500')) as unknown as Json, SESSION);
      expectPage((await page('/api/files?limit=1000')) as unknown as Json, FILE);
      expectPage((await page('/api/rejects?limit=1000')) as unknown as Json, REJECT);
      expectPage((await page('/api/archive?limit=1000')) as unknown as Json, PART);
      expectPage((await page('/api/sessions/main/subagents')) as unknown as Json, AGENT);
      expectPage((await page('/api/sessions/main/messages?type=*&agent=*')) as unknown as Json, RECORD);
      for (const path of ['/api/projects', '/api/sessions', '/api/files', '/api/rejects', '/api/archive', '/api/sessions/main/subagents']) expect((await page(path)).items.length).toBeGreaterThan(0);
    });

    it('of single things, the same as in their lists', async () => {
      for (const session of (await page('/api/sessions?limit=500')).items) expect(await daemon.get(`/api/sessions/${String(session['id'])}`)).toEqual(session);
      for (const project of (await page('/api/projects')).items) expect(await daemon.get(`/api/projects/${String(project['id'])}`)).toEqual(project);
    });

    it('of /openapi.json, naming every path of this issue', async () => {
      const document = await daemon.get<{ openapi: string; paths: Record<string, Json> }>('/openapi.json');
      expect(document.openapi).toMatch(/^3\.1/);
      const paths = [
        '/health', '/metrics', '/api/status', '/api/projects', '/api/projects/{id}', '/api/sessions', '/api/sessions/{id}', '/api/sessions/{id}/messages', '/api/sessions/{id}/messages/stream',
        '/api/sessions/{id}/subagents', '/api/sessions/{id}/tree', '/api/metrics/aggregate', '/api/files', '/api/rejects', '/api/archive', '/api/export', '/openapi.json',
      ];
      expect(paths.filter((path) => document.paths[path]?.['get'] === undefined)).toEqual([]);
    });
  });

  describe('pages', () => {
    it('of any size give the same list, in the same order, each item once', async () => {
      const paths = [
        '/api/projects', '/api/files', '/api/rejects', '/api/archive', '/api/sessions', '/api/sessions?sort=last_activity', '/api/sessions?sort=started_at', '/api/sessions?sort=-started_at',
        '/api/sessions/main/messages', '/api/sessions/main/messages?order=desc', '/api/sessions/main/messages?agent=*&type=*', '/api/sessions/main/messages?agent=*&type=*&order=desc&duplicates=true', '/api/sessions/main/subagents',
      ];
      for (const path of paths) {
        const whole = await walk(path, 500);
        expect([path, whole.length > 1]).toEqual([path, path !== '/api/projects' || whole.length > 1]);
        for (const limit of [1, 7]) expect([path, limit, await walk(path, limit)]).toEqual([path, limit, whole]);
      }
    });

    it('take a limit up to their maximum', async () => {
      for (const [path, maximum] of LISTS) {
        expect((await daemon.fetch(`${path}?limit=${maximum}`)).status).toBe(200);
        for (const limit of [String(maximum + 1), '0', '-1', '1.5', 'ten', '', '1e2', '99999999999999999999']) await refused(`${path}?limit=${limit}`, 400, 'limit');
      }
    });

    it('refuse a cursor that is changed, cut, made up, or of another list', async () => {
      const cursor = String((await page('/api/sessions?limit=1')).next_cursor);
      const changed = `${cursor.slice(0, 4)}${cursor[4] === 'A' ? 'B' : 'A'}${cursor.slice(5)}`;
      for (const bad of [changed, cursor.slice(0, -1), `${cursor}x`, 'x', 'e30', '..', encodeURIComponent('{"a":1}')]) await refused(`/api/sessions?cursor=${bad}`, 400, 'cursor');
      for (const [path] of LISTS.filter(([other]) => other !== '/api/sessions')) await refused(`${path}?cursor=${cursor}`, 400, 'cursor');
      await refused(`/api/sessions?sort=started_at&cursor=${cursor}`, 400, 'cursor');
      await refused(`/api/sessions?cursor=${cursor}&cursor=${cursor}`, 400, 'cursor');
    });

    it('refuse a cursor of the same list with other filters, and take it with another limit', async () => {
      const sessions = String((await page('/api/sessions?limit=1&source=claude-code')).next_cursor);
      expect((await page(`/api/sessions?source=claude-code&limit=3&cursor=${sessions}`)).items.length).toBe(3);
      await refused(`/api/sessions?cursor=${sessions}`, 400, 'cursor');
      await refused(`/api/sessions?source=jsonl&cursor=${sessions}`, 400, 'cursor');
      const messages = String((await page('/api/sessions/main/messages?limit=1&role=user')).next_cursor);
      await refused(`/api/sessions/main/messages?role=assistant&cursor=${messages}`, 400, 'cursor');
      await refused(`/api/sessions/main/messages?role=user&order=desc&cursor=${messages}`, 400, 'cursor');
      const files = String((await page('/api/files?limit=1&source=claude-code')).next_cursor);
      await refused(`/api/files?cursor=${files}`, 400, 'cursor');
    });
  });

  describe('sessions', () => {
    const all = async (query = ''): Promise<Session[]> => (await daemon.all<Session>(`/api/sessions?limit=500${query}`));

    it('are sorted as asked, the last active first by default', async () => {
      const sessions = await all();
      const key = (name: 'last_activity' | 'started_at') => (session: Session) => session[name] ?? '';
      const orderOf = async (sort: string): Promise<string[]> => (await all(`&sort=${sort}`)).map(key(sort.replace('-', '') as 'started_at'));
      expect(sessions.map(key('last_activity'))).toEqual(sessions.map(key('last_activity')).toSorted().reverse());
      for (const name of ['last_activity', 'started_at'] as const) {
        expect(await orderOf(name)).toEqual(sessions.map(key(name)).toSorted());
        expect(await orderOf(`-${name}`)).toEqual(sessions.map(key(name)).toSorted().reverse());
      }
      await refused('/api/sessions?sort=title', 400, 'sort');
    });

    it('are filtered as asked', async () => {
      const sessions = await all();
      const some = sessions.find((session) => session.title !== null && session.models.length > 0) as Session;
      const middle = sessions.map((session) => session.last_activity ?? '').toSorted()[Math.floor(sessions.length / 2)] as string;
      const word = (some.title as string).slice(2, 8).toUpperCase();
      const cases: [string, (session: Session) => boolean][] = [
        [`project=${some.project}`, (session) => session.project === some.project],
        ['source=jsonl', (session) => session['source'] === 'jsonl'],
        [`model=${some.models[0]}`, (session) => session.models.includes(some.models[0] as string)],
        ['model=none', () => false],
        [`q=${encodeURIComponent(word)}`, (session) => session.title?.toUpperCase().includes(word) === true],
        ['q=%25', (session) => session.title?.includes('%') === true],
        [`since=${middle}`, (session) => session.last_activity !== null && session.last_activity >= middle],
        [`until=${middle}`, (session) => session.started_at !== null && session.started_at < middle],
        [`since=${middle}&until=${middle}`, (session) => session.last_activity !== null && session.last_activity >= middle && (session.started_at ?? '') < middle],
        ...['active', 'idle', 'completed', 'archived'].map((status): [string, (session: Session) => boolean] => [`status=${status}`, (session) => session.status === status]),
      ];
      for (const [query, matches] of cases) expect([query, await all(`&${query}`)]).toEqual([query, sessions.filter(matches)]);
    });

    it('count what a plain recount counts', async () => {
      for (const session of await all('&source=claude-code')) {
        const records = plain.records.filter((record) => record.session === session.id && !record.repeated);
        const main = records.filter((record) => record.agent === null);
        const times = records.map((record) => record.ms).filter((ms) => !Number.isNaN(ms));
        expect(session).toMatchObject({
          id: session.id, message_count: main.filter((record) => record.role !== null).length, tool_call_count: main.flatMap(toolsOf).length,
          started_at: times.length === 0 ? null : new Date(Math.min(...times)).toISOString(), last_activity: times.length === 0 ? null : new Date(Math.max(...times)).toISOString(),
        });
      }
    });

    it('that are not there are 404', async () => {
      for (const path of ['/api/sessions/none', '/api/sessions/none/messages', '/api/sessions/none/messages/stream', '/api/sessions/none/subagents', '/api/sessions/none/tree', '/api/projects/none', '/api/nothing', '/api/sessions/..%2f..%2fetc', "/api/sessions/'"]) {
        await refused(path, 404);
      }
    });
  });

  describe('messages', () => {
    const expected = (matches: (record: PlainRecord) => boolean): PlainRecord[] => plain.records.filter((record) => record.session === 'main' && matches(record));
    const keysOf = (items: readonly Json[]): unknown[] => items.map((item) => [item['byte_offset'], item['uuid']]);
    const plainKeys = (records: readonly PlainRecord[]): unknown[] => records.map((record) => [record.line.start, record.uuid]);

    it('are the records with a role of the main thread, each once, in file order', async () => {
      const items = await walk('/api/sessions/main/messages', 500);
      expect(keysOf(items)).toEqual(plainKeys(expected((record) => record.agent === null && record.role !== null && !record.repeated)));
      expect(items.every((item) => typeof item['text'] === 'string' && item['session_id'] === 'main')).toBe(true);
      expect(items[0]?.['text']).toBe('prompt 0');
    });

    it('of other types, roles, tools and threads are given when asked for', async () => {
      const main = (record: PlainRecord): boolean => record.agent === null && !record.repeated;
      const cases: [string, (record: PlainRecord) => boolean][] = [
        ['type=*', main],
        ['type=system', (record) => main(record) && record.type === 'system'],
        ['type=system,summary', (record) => main(record) && (record.type === 'system' || record.type === 'summary')],
        ['type=system&type=summary', (record) => main(record) && (record.type === 'system' || record.type === 'summary')],
        ['type=unheard-of', () => false],
        ['role=user', (record) => main(record) && record.role === 'user'],
        ['tool=Bash', (record) => main(record) && toolsOf(record).includes('Bash')],
        ['tool=Bash,Task', (record) => main(record) && toolsOf(record).some((tool) => tool === 'Bash' || tool === 'Task')],
        ['agent=child', (record) => record.agent === 'child' && record.role !== null && !record.repeated],
        ['agent=child&type=*', (record) => record.agent === 'child' && !record.repeated],
        ['agent=none', () => false],
        ['duplicates=true', (record) => record.agent === null && record.role !== null],
        [`type=*&since=${timeOf(6)}`, (record) => main(record) && record.ms >= Date.parse(timeOf(6))],
        [`until=${timeOf(6)}`, (record) => main(record) && record.role !== null && record.ms >= 0 && record.ms < Date.parse(timeOf(6))],
        [`since=${timeOf(3)}&until=${timeOf(3)}`, () => false],
      ];
      for (const [query, matches] of cases) expect([query, keysOf(await walk(`/api/sessions/main/messages?${query}`, 500))]).toEqual([query, plainKeys(expected(matches))]);
    });

    it('of all threads together are ordered by time', async () => {
      const items = await walk('/api/sessions/main/messages?agent=*', 500);
      const wanted = expected((record) => record.role !== null && !record.repeated);
      expect(items.map((item) => item['uuid']).toSorted()).toEqual(wanted.map((record) => record.uuid).toSorted());
      expect(items.map((item) => item['ts'])).toEqual(wanted.map((record) => new Date(record.ms).toISOString()).toSorted());
      const backwards = await walk('/api/sessions/main/messages?agent=*&order=desc', 500);
      expect(backwards).toEqual(items.toReversed());
    });

    it('say which of them repeat another', async () => {
      const items = await walk('/api/sessions/main/messages?duplicates=true', 500);
      const repeats = items.filter((item) => item['duplicate'] === true);
      expect(repeats.map((item) => item['uuid'])).toEqual([uuidOf('main-2')]);
      expect((await daemon.get('/api/sessions/main'))['message_count']).toBe(items.length - repeats.length);
    });

    it('can be skipped by offset, which excludes a cursor', async () => {
      const whole = await walk('/api/sessions/main/messages', 500);
      for (const offset of [0, 1, 5, whole.length - 1, whole.length, 1_000_000]) expect((await page(`/api/sessions/main/messages?offset=${offset}&limit=500`)).items).toEqual(whole.slice(offset));
      const first = await page('/api/sessions/main/messages?offset=2&limit=2');
      expect((await page(`/api/sessions/main/messages?limit=500&cursor=${first.next_cursor}`)).items).toEqual(whole.slice(4));
      await refused(`/api/sessions/main/messages?offset=1&cursor=${first.next_cursor}`, 400, 'offset');
      for (const bad of ['-1', 'x', '1.5', '']) await refused(`/api/sessions/main/messages?offset=${bad}`, 400, 'offset');
    });

    it('carry usage, tools and results as their line states them', async () => {
      const items = await walk('/api/sessions/main/messages', 500);
      const call = items.find((item) => item['uuid'] === uuidOf('main-3')) as Json;
      expect(call).toMatchObject({ role: 'assistant', model: 'claude-opus-4-5', tools: [{ id: 'toolu_1', name: 'Bash' }], usage: { input_tokens: 3, output_tokens: 21, cache_creation_input_tokens: 5, cache_read_input_tokens: 7 } });
      const result = items.find((item) => item['uuid'] === uuidOf('main-4')) as Json;
      expect(result).toMatchObject({ role: 'user', tool_results: [{ id: 'toolu_1', is_error: true }], usage: null, tools: [] });
      expect((await daemon.get('/api/sessions/main'))['error_count']).toBe(1);
    });

    it('stream as NDJSON with the same filters, and prove themselves whole', async () => {
      for (const query of ['', 'type=*', 'agent=child', 'role=user', 'tool=Bash', 'duplicates=true']) {
        const listed = await walk(`/api/sessions/main/messages?${query}`, 500);
        const response = await daemon.fetch(`/api/sessions/main/messages/stream?${query}`);
        expect(response.headers.get('content-type')).toMatch(/^application\/x-ndjson/);
        const lines = (await response.text()).trimEnd().split('\n').map((line) => JSON.parse(line) as Json);
        const end = lines.pop();
        expect([query, lines]).toEqual([query, listed]);
        expect(end).toMatchObject({ type: 'end', rows: listed.length });
      }
    });
  });

  describe('subagents', () => {
    it('hang from the call that started them, with their own usage and that of theirs', async () => {
      const tree = await daemon.get<{ session: Json; children: (Json & { children: Json[] })[] }>('/api/sessions/main/tree');
      expect(tree.session).toEqual(await daemon.get('/api/sessions/main'));
      const child = tree.children.find((node) => node['id'] === 'child');
      expectShape(child, { ...AGENT, children: 'list' });
      expect(child).toMatchObject({ tool_use_id: 'toolu_task', parent_agent_id: null, usage: { output_tokens: 40 }, usage_rollup: { output_tokens: 90 } });
      expect(child?.children.map((node) => [node['id'], node['parent_agent_id'], node['tool_use_id']])).toEqual([['grandchild', 'child', 'toolu_nested']]);
      const flat = await walk('/api/sessions/main/subagents', 500);
      expect(flat.map((agent) => agent['id']).toSorted()).toEqual(['child', 'grandchild', 'stray']);
      expect(flat.find((agent) => agent['id'] === 'stray')).toMatchObject({ tool_use_id: null, parent_agent_id: null });
      expect(tree.session).toMatchObject({ subagent_count: 3 });
    });
  });

  describe('files and rejects', () => {
    it('name every file with how far it was read', async () => {
      const files = await daemon.all<Json>('/api/files?limit=1000&source=claude-code');
      expect(files.map((file) => [String(file['path']).slice(workspace.root.length + 1), file['offset'], file['size'], file['lines']]).toSorted()).toEqual(
        plain.files.map((file) => [file.path, file.complete, file.bytes.length, file.lines.length]).toSorted(),
      );
      for (const file of files) expect(file['lag_bytes']).toBe(Number(file['size']) - Number(file['offset']));
    });

    it('name every line that is no record, with its bytes', async () => {
      const rejects = await daemon.all<Json>('/api/rejects?limit=1000');
      const wanted = plain.files.flatMap((file) => file.lines.filter((line) => line.values.length === 0));
      expect(rejects.map((reject) => [reject['path'], reject['line'], reject['byte_offset'], reject['byte_length']]).toSorted()).toEqual(
        wanted.map((line) => [join(workspace.root, line.path), line.number, line.start, line.bytes.length]).toSorted(),
      );
      expect((await daemon.get('/api/status'))['rejects']).toBe(rejects.length);
      for (const reason of new Set(rejects.map((reject) => reject['reason']))) {
        expect(await daemon.all(`/api/rejects?limit=1000&reason=${String(reason)}`)).toEqual(rejects.filter((reject) => reject['reason'] === reason));
      }
      const [first] = rejects;
      expect(await daemon.all(`/api/rejects?limit=1000&file=${String(first?.['file_id'])}`)).toEqual(rejects.filter((reject) => reject['file_id'] === first?.['file_id']));
      expect(await daemon.all('/api/rejects?file=none')).toEqual([]);
    });

    it('are filtered by project, source and session', async () => {
      const files = await daemon.all<Json>('/api/files?limit=1000');
      expect(await daemon.all('/api/files?limit=1000&project=-home-ada-engine')).toEqual(files.filter((file) => file['project'] === '-home-ada-engine'));
      expect(await daemon.all('/api/files?limit=1000&source=jsonl')).toEqual(files.filter((file) => file['source'] === 'jsonl'));
      expect((await daemon.all<Json>('/api/files?session=main')).map((file) => file['path'])).toHaveLength(4);
    });
  });

  describe('the archive', () => {
    it('covers every indexed byte once, and says so of each session', async () => {
      const parts = await daemon.all<Json>('/api/archive?limit=1000');
      const status = await daemon.get<{ bytes_indexed: number; lines: number; archive: Json }>('/api/status');
      expect(parts.reduce((sum, part) => sum + Number(part['source_bytes']), 0)).toBe(status.bytes_indexed);
      expect(parts.reduce((sum, part) => sum + Number(part['rows']), 0)).toBe(status.lines);
      expect(status.archive).toMatchObject({ parts: parts.length, source_bytes: status.bytes_indexed, pending_bytes: 0 });
      for (const session of await daemon.all<Session>('/api/sessions?limit=500')) expect([session.id, session.status, session['archived_bytes']]).toEqual([session.id, 'archived', session['bytes']]);
      const [part] = parts;
      expect(await daemon.all(`/api/archive?month=${String(part?.['month'])}`)).toEqual(parts.filter((other) => other['month'] === part?.['month']));
      await refused('/api/archive?month=2026-13', 400, 'month');
    });
  });

  describe('errors', () => {
    it('name a parameter that is unknown, everywhere', async () => {
      for (const path of [...SINGLES, ...LISTS.map(([list]) => list), '/api/export', '/api/sessions/main/messages/stream']) await refused(`${path}?colour=red`, 400, 'colour');
    });

    it('name a time that is none', async () => {
      for (const path of ['/api/sessions', '/api/metrics/aggregate', '/api/export', '/api/sessions/main/messages/stream']) {
        for (const bad of ['yesterday', '2026', '2026-02-30', '20260101', '2026-01-01T25:00:00Z', '1e9', '']) await refused(`${path}?since=${bad}`, 400, 'since');
      }
      for (const good of ['2026-01-31', '2026-01-31T10:00', '2026-01-31T10:00:00Z', '2026-01-31T10:00:00.123Z', '2026-01-31T10:00:00%2B02:00']) expect((await daemon.fetch(`/api/sessions?since=${good}`)).status).toBe(200);
    });

    it('are 405 for another method, with what is allowed', async () => {
      const response = await daemon.fetch('/api/sessions', { method: 'DELETE' });
      expect([response.status, response.headers.get('allow')?.includes('GET')]).toEqual([405, true]);
      expectShape(await response.json(), PROBLEM);
    });
  });

  describe('access', () => {
    it('needs the token on all but /health', async () => {
      for (const path of [...SINGLES.filter((single) => single !== '/health'), ...LISTS.map(([list]) => list), '/api/export', '/nothing']) {
        for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: `Basic ${daemon.token}` }, { authorization: daemon.token }] as Record<string, string>[]) {
          const response = await fetch(new URL(path, daemon.url), { headers });
          expect([path, response.status]).toEqual([path, 401]);
          expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
          await response.arrayBuffer();
        }
      }
      const inUrl = await fetch(new URL(`/api/status?token=${daemon.token}`, daemon.url));
      expect(inUrl.status).toBe(401);
    });

    it('is refused to other hosts, origins and sites', async () => {
      const { host } = new URL(daemon.url);
      const cases: [Record<string, string>, number][] = [
        [{ host: 'evil.example' }, 403], [{ host: `evil.example:${new URL(daemon.url).port}` }, 403], [{ host: '127.0.0.1:1' }, 403],
        [{ host, origin: 'http://evil.example' }, 403], [{ host, origin: 'null' }, 403], [{ host, 'sec-fetch-site': 'cross-site' }, 403],
        [{ host, origin: daemon.url }, 200], [{ host, 'sec-fetch-site': 'same-origin' }, 200], [{ host: `localhost:${new URL(daemon.url).port}` }, 200],
      ];
      for (const [headers, status] of cases) expect([headers, await statusOf(daemon, '/api/status', headers)]).toEqual([headers, status]);
      const response = await daemon.fetch('/api/status');
      expect(response.headers.get('access-control-allow-origin')).toBeNull();
    });
  });

  describe('caching', () => {
    it('answers 304 to the ETag it gave, and says HIT and MISS', async () => {
      for (const [path] of LISTS) {
        const first = await daemon.fetch(`${path}?limit=3`);
        const etag = first.headers.get('etag') as string;
        expect([path, typeof etag, ['HIT', 'MISS'].includes(first.headers.get('x-cache') ?? '')]).toEqual([path, 'string', true]);
        const body = await first.text();
        const again = await daemon.fetch(`${path}?limit=3`);
        expect([again.headers.get('etag'), await again.text()]).toEqual([etag, body]);
        const unchanged = await daemon.fetch(`${path}?limit=3`, { headers: { 'if-none-match': `"other", ${etag}` } });
        expect([path, unchanged.status, await unchanged.text(), unchanged.headers.get('etag')]).toEqual([path, 304, '', etag]);
        expect((await daemon.fetch(`${path}?limit=3`, { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
      }
      const path = `/api/sessions?limit=${Math.floor(Math.random() * 400) + 50}`;
      expect((await daemon.fetch(path)).headers.get('x-cache')).toBe('MISS');
      expect((await daemon.fetch(path)).headers.get('x-cache')).toBe('HIT');
    });

    it('compresses what is above 1 KiB for those who accept it', async () => {
      const plainBody = await daemon.text('/api/sessions?limit=500');
      for (const [encoding, decode] of [['gzip', gunzipSync], ['br', brotliDecompressSync]] as const) {
        const answer = await rawBody(daemon, '/api/sessions?limit=500', { 'accept-encoding': encoding });
        expect([answer.headers['content-encoding'], answer.headers['vary']?.toLowerCase()]).toEqual([encoding, 'accept, accept-encoding']);
        expect(decode(answer.body).toString('utf8')).toBe(plainBody);
        expect(answer.body.length).toBeLessThan(plainBody.length / 3);
      }
      expect((await rawBody(daemon, '/api/sessions?limit=500', { 'accept-encoding': 'identity' })).headers['content-encoding']).toBeUndefined();
      expect((await rawBody(daemon, '/api/sessions?limit=1&model=none', { 'accept-encoding': 'gzip' })).headers['content-encoding']).toBeUndefined();
    });
  });
});

describe('lists while data arrives', () => {
  const workspace = new Workspace();
  let daemon: Daemon;
  const path = (n: number): string => join(workspace.root, `p${n % 5}`, `s${n}.jsonl`);
  const line = (n: number, at: number): string => `${userLine({ session: `s${n}`, n: at })}\n`;

  beforeAll(async () => {
    for (let n = 0; n < 5; n++) mkdirSync(join(workspace.root, `p${n}`), { recursive: true });
    for (let n = 0; n < 30; n++) writeFileSync(path(n), line(n, n));
    daemon = await workspace.start();
    await daemon.caughtUp();
  });
  afterAll(() => workspace.remove());

  it.each(['/api/sessions?limit=4', '/api/sessions?limit=4&sort=last_activity', '/api/sessions?limit=4&sort=-started_at', '/api/projects?limit=1', '/api/files?limit=4'])('show no row twice and miss none (%s)', async (list) => {
    const before = (await daemon.all<{ id: string }>(list)).map((item) => item.id).toSorted();
    const seen: string[] = [];
    let lines = (await daemon.get<{ lines: number }>('/api/status')).lines;
    let cursor = '';
    for (let step = 0; ; step++) {
      const page = await daemon.get<{ items: { id: string }[]; next_cursor: string | null }>(list + cursor);
      seen.push(...page.items.map((item) => item.id));
      if (page.next_cursor === null) break;
      cursor = `&cursor=${page.next_cursor}`;
      // Shown ones and ones still to come become the most active of all.
      for (const n of [step % 30, (step * 7 + 3) % 30, 29 - (step % 30)]) {
        appendFileSync(path(n), line(n, 1000 + lines));
        lines += 1;
      }
      await until(async () => (await daemon.get<{ lines: number }>('/api/status')).lines === lines);
    }
    expect(seen.toSorted()).toEqual(before);
  });

  it('show messages in file order however many are appended meanwhile', async () => {
    const wanted = (await daemon.all<{ uuid: string }>('/api/sessions/s3/messages?limit=1000')).map((item) => item.uuid);
    const seen: string[] = [];
    let cursor = '';
    for (let step = 0; ; step++) {
      const page = await daemon.get<{ items: { uuid: string }[]; next_cursor: string | null }>(`/api/sessions/s3/messages?limit=1&order=desc${cursor}`);
      seen.push(...page.items.map((item) => item.uuid));
      if (page.next_cursor === null) break;
      cursor = `&cursor=${page.next_cursor}`;
      appendFileSync(path(3), line(3, 5000 + step));
    }
    expect(seen.toReversed()).toEqual(wanted);
  });
});

describe('an ETag', () => {
  const workspace = new Workspace();
  afterAll(() => workspace.remove());

  it('changes when the answer does', async () => {
    mkdirSync(join(workspace.root, 'p'), { recursive: true });
    writeFileSync(join(workspace.root, 'p', 'one.jsonl'), `${userLine({ session: 'one', n: 0 })}\n`);
    const daemon = await workspace.start();
    await daemon.caughtUp();
    const first = await daemon.fetch('/api/sessions/one');
    const etag = first.headers.get('etag') as string;
    await first.arrayBuffer();
    appendFileSync(join(workspace.root, 'p', 'one.jsonl'), `${userLine({ session: 'one', n: 1 })}\n`);
    await until(async () => (await daemon.get<{ lines: number }>('/api/status')).lines === 2);
    const second = await daemon.fetch('/api/sessions/one', { headers: { 'if-none-match': etag } });
    expect(second.status).toBe(200);
    expect(second.headers.get('etag')).not.toBe(etag);
    expect(((await second.json()) as Json)['message_count']).toBe(2);
  });
});

function toolsOf({ value }: PlainRecord): string[] {
  const content = (value['message'] as { content?: unknown } | undefined)?.content;
  const blocks = Array.isArray(content) ? (content as { type?: string; name?: string }[]) : [];
  return blocks.filter((block) => block.type === 'tool_use').map((block) => block.name ?? '');
}

/** A status by node:http, which lets a client set Host and the like. */
function statusOf(daemon: Daemon, path: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(new URL(path, daemon.url), { headers: { authorization: `Bearer ${daemon.token}`, ...headers } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', reject).end();
  });
}

/** A body as it came over the wire. */
function rawBody(daemon: Daemon, path: string, headers: Record<string, string>): Promise<{ headers: Record<string, string>; body: Buffer }> {
  return new Promise((resolve, reject) => {
    request(new URL(path, daemon.url), { headers: { authorization: `Bearer ${daemon.token}`, ...headers } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ headers: response.headers as Record<string, string>, body: Buffer.concat(chunks) }));
    }).on('error', reject).end();
  });
}

/** A session with every kind of record, two linked subagents, one inside the other, and one that nobody started. */
function writeMain(root: string): void {
  const dir = join(root, '-home-ada-engine');
  mkdirSync(join(dir, 'main', 'subagents'), { recursive: true });
  const session = 'main';
  const note = (n: number, value: Json): string => JSON.stringify({ uuid: uuidOf(`main-${n}`), sessionId: session, timestamp: timeOf(n), cwd: '/home/ada/engine', ...value });
  const tool = (id: string, name: string): Json => ({ type: 'tool_use', id, name, input: { command: 'ls', subagent_type: 'reviewer', description: 'look' } });
  const result = (id: string, isError = false): Json => ({ message: { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: 'done', is_error: isError }] } });
  const lines = [
    userLine({ session, n: 0 }),
    note(1, { type: 'system', subtype: 'init', content: 'started' }),
    userLine({ session, n: 2 }),
    assistantLine({ session, n: 3, output: 21, model: 'claude-opus-4-5', content: [tool('toolu_1', 'Bash')] }),
    userLine({ session, n: 4, extra: result('toolu_1', true) }),
    assistantLine({ session, n: 5, content: [tool('toolu_task', 'Task')] }),
    userLine({ session, n: 60, extra: { ...result('toolu_task'), toolUseResult: { agentId: 'child', status: 'completed' } } }),
    userLine({ session, n: 2 }),
    JSON.stringify({ type: 'summary', summary: 'What was done', leafUuid: uuidOf('main-60') }),
    ...Array.from({ length: 12 }, (_, i) => assistantLine({ session, n: 70 + i })),
  ];
  writeFileSync(join(dir, 'main.jsonl'), `${lines.join('\n')}\n`);
  const inAgent = (agentId: string): { extra: Json } => ({ extra: { isSidechain: true, agentId } });
  const agent = (name: string, agentLines: readonly string[]): void => writeFileSync(join(dir, 'main', 'subagents', `agent-${name}.jsonl`), `${agentLines.join('\n')}\n`);
  agent('child', [
    userLine({ session, n: 10, ...inAgent('child') }),
    assistantLine({ session, n: 11, output: 15, content: [tool('toolu_nested', 'Task')], ...inAgent('child') }),
    userLine({ session, n: 30, extra: { ...inAgent('child').extra, ...result('toolu_nested'), toolUseResult: { agentId: 'grandchild' } } }),
    assistantLine({ session, n: 31, output: 25, ...inAgent('child') }),
  ]);
  agent('grandchild', [userLine({ session, n: 20, ...inAgent('grandchild') }), assistantLine({ session, n: 21, output: 50, ...inAgent('grandchild') })]);
  agent('stray', [userLine({ session, n: 40, ...inAgent('stray') }), assistantLine({ session, n: 41, output: 1, ...inAgent('stray') })]);
}
