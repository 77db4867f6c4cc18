import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { fakeLake } from './fake-lake.ts';
import { serve } from './client.ts';

describe('problems', () => {
  it('have type, title, status, detail and code', async () => {
    const { get } = await serve();
    const answer = await get('/api/sessions/unknown');
    expect(answer.status).toBe(404);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.json()).toEqual({
      type: 'urn:sessionlake:problem:not_found', title: 'Nothing found', status: 404, detail: 'There is no unknown.', code: 'not_found',
    });
  });

  it('tell nothing of the inside when something unknown fails, and are logged once', async () => {
    const logged: object[] = [];
    const lake = fakeLake({
      status: async () => { throw new Error('secret at /home/x'); },
      logger: { debug() {}, info() {}, warn() {}, error: (fields) => { logged.push(fields); } },
    });
    const { get } = await serve(lake);
    const answer = await get('/api/status');
    expect(answer.status).toBe(500);
    expect(answer.json()).toMatchObject({ status: 500, code: 'internal' });
    expect(answer.body.toString()).not.toContain('secret');
    expect(logged).toHaveLength(1);
  });

  it('404 for a path nobody answers, 405 with Allow for another method on one that is', async () => {
    const { get } = await serve();
    expect((await get('/api/nothing')).json()).toMatchObject({ status: 404, code: 'not_found' });
    for (const path of ['/api/sessions', '/api/sessions/s1/messages', '/openapi.json']) {
      for (const method of ['DELETE', 'PUT', 'POST']) {
        const answer = await get(path, {}, method);
        expect({ path, method, status: answer.status }).toEqual({ path, method, status: 405 });
        expect(answer.headers.allow).toBe('GET, HEAD');
        expect(answer.json()).toMatchObject({ code: 'method_not_allowed' });
      }
    }
  });

  it('answers a URL that cannot be decoded, and bytes that are no HTTP', async () => {
    const { get, server } = await serve();
    const answer = await get('/api/sessions/%zz');
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    for (const sent of ['nonsense\r\n\r\n', 'GET /health HTTP/1.1\r\nConnection: close\r\n\r\n', 'GET /health HTTP/1.0\r\n\r\n']) {
      const raw = await new Promise<string>((resolve) => {
        const socket = connect(Number(new URL(server.url).port), '127.0.0.1', () => socket.write(sent));
        let text = '';
        socket.on('data', (chunk) => { text += chunk.toString(); });
        socket.on('close', () => resolve(text));
      });
      expect(raw).toContain('400 Bad Request');
      expect(raw).toContain('application/problem+json');
      expect(raw).toContain('"code":"bad_request"');
    }
  });
});

describe('parameters', () => {
  const refused: [path: string, parameter: string][] = [
    ['/api/sessions?nonsense=1', 'nonsense'],
    ['/api/sessions?limit=501', 'limit'],
    ['/api/sessions?limit=0', 'limit'],
    ['/api/sessions?limit=abc', 'limit'],
    ['/api/sessions?limit=1e2', 'limit'],
    ['/api/sessions?limit=', 'limit'],
    ['/api/sessions?limit=1&limit=2', 'limit'],
    ['/api/sessions?source=', 'source'],
    ['/api/sessions?status=asleep', 'status'],
    ['/api/sessions?sort=size', 'sort'],
    ['/api/sessions?since=yesterday', 'since'],
    ['/api/sessions?until=2026-13-01', 'until'],
    ['/api/projects?limit=501', 'limit'],
    ['/api/sessions/s1?x=1', 'x'],
    ['/api/sessions/s1/messages?limit=1001', 'limit'],
    ['/api/sessions/s1/messages?content=all', 'content'],
    ['/api/sessions/s1/messages?duplicates=yes', 'duplicates'],
    ['/api/sessions/s1/messages?offset=-1', 'offset'],
    ['/api/sessions/s1/messages?offset=1&cursor=x', 'offset'],
    ['/api/sessions/s1/messages?type=a,,b', 'type'],
    ['/api/files?limit=1001', 'limit'],
    ['/api/files?state=lost', 'state'],
    ['/api/rejects?constructor=1', 'constructor'],
    ['/api/archive?month=2026-13', 'month'],
    ['/api/metrics/aggregate?group_by=minute', 'group_by'],
    ['/api/metrics/aggregate?timezone=Mars/Olympus', 'timezone'],
    ['/api/export?format=xml', 'format'],
    ['/api/export?format=parquet', 'format'],
    ['/api/export?format=markdown', 'session'],
    ['/api/export?after=-1', 'after'],
    ['/api/export?after=43', 'after'],
    ['/api/export?is_error=1', 'is_error'],
    ['/health?x=1', 'x'],
  ];

  it.each(refused)('%s is a 400 that names %s', async (path, parameter) => {
    const { get } = await serve();
    const answer = await get(path);
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.json()).toMatchObject({ status: 400, code: 'invalid_parameter', parameter });
  });

  it('shows by an example what is wanted', async () => {
    const { get } = await serve();
    expect((await get('/api/archive?month=2026')).json()).toMatchObject({ detail: 'The parameter month must be like 2026-11.' });
    expect((await get('/api/export?after=x')).json()).toMatchObject({ detail: 'The parameter after must be like 1200.' });
  });

  it('accepts every maximum', async () => {
    const { get } = await serve();
    for (const path of ['/api/projects?limit=500', '/api/sessions?limit=500', '/api/sessions/s1/messages?limit=1000', '/api/files?limit=1000', '/api/rejects?limit=1000']) {
      expect({ path, status: (await get(path)).status }).toEqual({ path, status: 200 });
    }
  });
});
