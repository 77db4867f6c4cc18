// From the URL to the question: defaults, filters, threads and types.

import { describe, expect, it } from 'vitest';
import { fakeLake, session } from './fake-lake.ts';
import { serve } from './client.ts';
import type { RecordQuery } from '../../src/core/answers/record.ts';

async function asked(path: string): Promise<unknown[] | undefined> {
  const { get, lake } = await serve();
  const answer = await get(path);
  expect({ path, status: answer.status }).toEqual({ path, status: 200 });
  return lake.asked.at(-1)?.args;
}

describe('lists', () => {
  it('pass their defaults', async () => {
    expect(await asked('/api/projects')).toEqual([{ limit: 50 }]);
    expect(await asked('/api/sessions')).toEqual([{}, '-last_activity', { limit: 50 }]);
    expect(await asked('/api/files')).toEqual([{}, { limit: 100 }]);
    expect(await asked('/api/rejects')).toEqual([{}, { limit: 100 }]);
    expect(await asked('/api/archive')).toEqual([{}, { limit: 100 }]);
    expect(await asked('/api/sessions/s1/subagents')).toEqual(['s1', { limit: 100 }]);
  });

  it('pass filters, sort and cursor', async () => {
    expect(await asked('/api/sessions?project=p1&status=idle&model=m&q=a%20b&since=2026-11-01&until=2026-11-01T10:00:00%2B02:00&sort=started_at&cursor=c.1.e1&limit=7')).toEqual([
      { project: 'p1', status: 'idle', model: 'm', q: 'a b', sinceMs: Date.UTC(2026, 10, 1), untilMs: Date.UTC(2026, 10, 1, 8) },
      'started_at', { limit: 7, cursor: 'c.1' },
    ]);
    expect(await asked('/api/rejects?reason=invalid_json&file=f1')).toEqual([{ reason: 'invalid_json', file: 'f1' }, { limit: 100 }]);
    expect(await asked('/api/archive?month=2026-11&source=codex')).toEqual([{ source: 'codex', month: '2026-11' }, { limit: 100 }]);
  });

  it('answer what was answered, whole', async () => {
    const { get } = await serve();
    expect((await get('/api/sessions/s1')).json()).toEqual(session);
    expect((await get('/api/sessions')).json()).toEqual({ items: [session], has_more: false, next_cursor: null });
  });

  it('take ids as they are, never as paths', async () => {
    const { get, lake } = await serve();
    lake.deps.questions.session = async (id) => ({ ...session, id });
    expect((await get('/api/sessions/..%2F..%2Fetc%2Fpasswd')).json()).toMatchObject({ id: '../../etc/passwd' });
    expect((await get(`/api/sessions/${'x'.repeat(200)}`)).status).toBe(200);
  });
});

describe('messages', () => {
  const base = { order: 'asc', content: 'text', duplicates: false, limit: 100 };
  const messages = async (query: string) => (await asked(`/api/sessions/s1/messages${query}`))?.[0];

  it('are records with a role of the main thread', async () => {
    expect(await messages('')).toEqual({ ...base, filter: { session: 's1', withRole: true, agent: null } });
  });

  it('are of other types and threads when asked for', async () => {
    expect(await messages('?type=summary,system&type=user')).toMatchObject({ filter: { session: 's1', types: ['summary', 'system', 'user'], agent: null } });
    expect(await messages('?type=*')).toEqual({ ...base, filter: { session: 's1', agent: null } });
    expect(await messages('?agent=*')).toEqual({ ...base, filter: { session: 's1', withRole: true } });
    expect(await messages('?agent=a1&tool=Read&role=user')).toEqual({ ...base, filter: { session: 's1', withRole: true, agent: 'a1', tools: ['Read'], role: 'user' } });
  });

  it('pass offset, order, content and duplicates', async () => {
    expect(await messages('?offset=20&order=desc&content=raw&duplicates=true&limit=3')).toMatchObject({ offset: 20, order: 'desc', content: 'raw', duplicates: true, limit: 3 });
  });
});

describe('sums', () => {
  it('pass grouping, filters and time zone', async () => {
    expect(await asked('/api/metrics/aggregate')).toEqual([{ groupBy: null, byModel: false, filter: {}, timezone: 'UTC' }]);
    expect(await asked('/api/metrics/aggregate?group_by=day&session=s1&timezone=Europe/Berlin')).toEqual([{ groupBy: 'day', byModel: false, filter: { session: 's1' }, timezone: 'Europe/Berlin' }]);
  });
});

describe('exports', () => {
  it('pass filters and range, and pin the snapshot', async () => {
    const queries: [RecordQuery, string][] = [];
    const { get } = await serve(fakeLake({
      streams: {
        async* ndjson(query, content) {
          queries.push([query, content]);
          yield Buffer.from('{}\n');
        },
      },
    }));
    const first = await get('/api/export');
    expect(first.headers).toMatchObject({ 'x-lake-top': '42', 'x-lake-epoch': 'e1', 'content-type': 'application/x-ndjson', 'transfer-encoding': 'chunked' });
    await get('/api/export?session=s1&type=a,b&tool=Read&is_error=true&agent=a1&model=m&since=2026-11-01&after=5&upto=9&content=none&duplicates=true');
    expect((await get('/api/export?upto=99999999999999999999')).headers['x-lake-top']).toBe('42');
    await get('/api/sessions/s1/messages/stream?upto=10');
    expect(queries).toEqual([
      [{ filter: {}, after: 0, upto: 42, duplicates: false }, 'text'],
      [{ filter: { session: 's1', types: ['a', 'b'], tools: ['Read'], isError: true, agent: 'a1', model: 'm', sinceMs: Date.UTC(2026, 10, 1) }, after: 5, upto: 9, duplicates: true }, 'none'],
      [{ filter: {}, after: 0, upto: 42, duplicates: false }, 'text'],
      [{ filter: { session: 's1', withRole: true, agent: null }, after: 0, upto: 10, duplicates: false }, 'text'],
    ]);
  });

  it('have the type and the file name of their format', async () => {
    const { get } = await serve();
    const head = async (query: string) => {
      const { headers } = await get(`/api/export?${query}`, {}, 'HEAD');
      return [headers['content-type'], headers['content-disposition']];
    };
    expect(await head('format=csv')).toEqual(['text/csv; charset=utf-8', 'attachment; filename="sessionlake.csv"']);
    expect(await head('format=markdown&session=s1')).toEqual(['text/markdown; charset=utf-8', 'attachment; filename="sessionlake-s1.md"']);
  });

  it('are 404 for a session nobody knows, before anything is streamed', async () => {
    const { get } = await serve();
    for (const path of ['/api/export?session=none', '/api/export?format=markdown&session=none', '/api/sessions/none/messages/stream']) {
      const answer = await get(path);
      expect(answer.status).toBe(404);
      expect(answer.headers['content-type']).toBe('application/problem+json');
    }
  });
});
