import { request } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { LakeError } from '../../src/core/errors.ts';
import { TOKEN, fakeLake, type FakeLake } from './fake-lake.ts';
import { serve, until } from './client.ts';

describe('ETag', () => {
  it('is on every answer that is no stream', async () => {
    const { get } = await serve();
    for (const path of ['/health', '/health/performance', '/metrics', '/api/status', '/api/system/stats', '/api/logs', '/api/sessions', '/openapi.json', '/docs']) {
      expect([path, (await get(path)).headers]).toEqual([path, expect.objectContaining({ etag: expect.stringMatching(/^W\/"[\w-]+"$/) as string, 'x-cache': 'MISS', 'cache-control': 'private, no-cache' })]);
    }
    const { etag } = (await get('/docs')).headers;
    expect((await get('/docs', { 'if-none-match': String(etag) })).status).toBe(304);
    expect((await get('/api/export')).headers).not.toHaveProperty('etag');
  });

  it('answers 304 while the answer is the same, and anew when it is not', async () => {
    let caughtUp = false;
    const base = await fakeLake().deps.status();
    const { get } = await serve(fakeLake({ status: async () => ({ ...base, caught_up: caughtUp }) }));
    const first = await get('/api/status');
    const etag = String(first.headers.etag);
    expect(etag).toMatch(/^W\/"[\w-]+"$/);
    const second = await get('/api/status', { 'if-none-match': `"other", ${etag}` });
    expect(second.status).toBe(304);
    expect(second.body).toHaveLength(0);
    expect(second.headers).toMatchObject({ etag, 'content-security-policy': expect.any(String) });
    expect(second.headers['content-type']).toBeUndefined();
    caughtUp = true;
    const third = await get('/api/status', { 'if-none-match': etag });
    expect(third.status).toBe(200);
    expect(third.headers.etag).not.toBe(etag);
  });

  it('says with a 304 what the answer varies by', async () => {
    const { get } = await serve();
    for (const path of ['/api/sessions', '/api/status', '/docs']) {
      const { etag, vary } = (await get(path)).headers;
      expect(vary).toContain('accept-encoding');
      for (const method of ['GET', 'HEAD']) {
        const answer = await get(path, { 'if-none-match': String(etag), 'accept-encoding': 'br' }, method);
        expect([path, method, answer.status, answer.headers.vary]).toEqual([path, method, 304, vary]);
      }
    }
  });

  it('is on HEAD as on GET, and never on problems', async () => {
    const { get } = await serve();
    const whole = await get('/api/sessions');
    const head = await get('/api/sessions', {}, 'HEAD');
    expect(head.status).toBe(200);
    expect(head.body).toHaveLength(0);
    expect(head.headers.etag).toBe(whole.headers.etag);
    expect((await get('/api/sessions', { 'if-none-match': String(whole.headers.etag) }, 'HEAD')).status).toBe(304);
    expect((await get('/api/sessions/none', { 'if-none-match': '*' })).headers.etag).toBeUndefined();
  });
});

describe('the response cache', () => {
  it('answers the same question once while the lake stands still', async () => {
    const { get, lake } = await serve();
    expect((await get('/api/sessions?source=codex&limit=5')).headers['x-cache']).toBe('MISS');
    const again = await get('/api/sessions?limit=5&source=codex');
    expect(again.headers['x-cache']).toBe('HIT');
    expect(again.json()).toMatchObject({ has_more: false });
    expect(again.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(lake.asked).toHaveLength(1);
    expect((await get('/api/sessions?limit=6&source=codex')).headers['x-cache']).toBe('MISS');
  });

  it('takes a default and its being spelled out for the same', async () => {
    const { get } = await serve();
    await get('/api/sessions');
    expect((await get('/api/sessions?limit=50&sort=-last_activity')).headers['x-cache']).toBe('HIT');
  });

  it('forgets when the lake grows or says that it changed', async () => {
    const { get, lake } = await serve();
    const xCache = async () => (await get('/api/projects')).headers['x-cache'];
    expect([await xCache(), await xCache()]).toEqual(['MISS', 'HIT']);
    lake.top += 1;
    expect([await xCache(), await xCache()]).toEqual(['MISS', 'HIT']);
    lake.revision += 1;
    expect([await xCache(), await xCache()]).toEqual(['MISS', 'HIT']);
  });

  it('keeps what depends on one session while only others change', async () => {
    const { get, lake } = await serve();
    const paths = ['/api/sessions/s1', '/api/sessions/s1/messages', '/api/sessions/s1/tree', '/api/metrics/aggregate?session=s1'];
    const results = async () => Promise.all(paths.map(async (path) => (await get(path)).headers['x-cache']));
    expect(await results()).toEqual(paths.map(() => 'MISS'));
    lake.top += 1;
    expect(await results()).toEqual(paths.map(() => 'HIT'));
    lake.sessionVersion += 1;
    expect(await results()).toEqual(paths.map(() => 'MISS'));
  });

  it('keeps how a session stands now for a second, and how it stood as long as the session stands still', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-11-01T08:00:00.000Z') });
    onTestFinished(() => void vi.useRealTimers());
    const { get } = await serve();
    const paths = ['/api/sessions/s1/state', '/api/sessions/s1/state?at=2026-10-01'];
    const results = async () => Promise.all(paths.map(async (path) => (await get(path)).headers['x-cache']));
    expect([await results(), await results()]).toEqual([['MISS', 'MISS'], ['HIT', 'HIT']]);
    vi.setSystemTime(Date.parse('2026-11-01T08:00:01.000Z'));
    expect(await results()).toEqual(['MISS', 'HIT']);
  });

  it('is cleared, cleaned of what is not good any more, and told of', async () => {
    const { get, lake } = await serve();
    await get('/api/projects');
    await get('/api/sessions/s1');
    await get('/api/sessions/s1/messages', { 'accept-encoding': 'gzip' });
    lake.top += 1;
    const cleaned = (await get('/health/cache/cleanup', {}, 'POST')).json<{ entries: number; bytes: number }>();
    expect(cleaned.entries).toBe(1);
    expect(cleaned.bytes).toBeGreaterThan(100);
    expect((await get('/api/sessions/s1')).headers['x-cache']).toBe('HIT');
    expect((await get('/health/cache/clear', {}, 'POST')).json()).toMatchObject({ entries: 3 });
    expect((await get('/api/sessions/s1')).headers['x-cache']).toBe('MISS');
    expect((await get('/health/performance')).json()).toMatchObject({ cache: { hits: 1, misses: 4, hit_rate: 0.2, entries: 1 } });
  });


  it('asks whoever keeps an answer to come back', async () => {
    const { get } = await serve();
    expect((await get('/api/projects')).headers['cache-control']).toBe('private, no-cache');
    expect((await get('/api/export')).headers['cache-control']).toBe('no-store');
  });

  it('keeps no answer that was computed while the lake moved on', async () => {
    const lake = fakeLake();
    const { projects } = lake.deps.questions;
    lake.deps.questions.projects = (page) => {
      lake.top += 1;
      return projects(page);
    };
    const { get } = await serve(lake);
    await get('/api/projects');
    expect((await get('/api/projects')).headers['x-cache']).toBe('MISS');
  });

  describe('while an answer is made', () => {
    /** Answers to lists of projects that wait until they are let go. */
    const held = async () => {
      const lake = fakeLake();
      const { projects } = lake.deps.questions;
      const waiting: (() => void)[] = [];
      let fails = false;
      lake.deps.questions.projects = async (page) => {
        await new Promise<void>((resolve) => waiting.push(resolve));
        if (fails) throw new LakeError('unavailable', 'Not now.');
        return projects(page);
      };
      const { get, server } = await serve(lake);
      return { lake, get, server, waiting, letGo: (failing = false) => { fails = failing; waiting.splice(0).forEach((go) => go()); } };
    };
    const asked = (lake: FakeLake) => lake.asked.length;

    it('gives it to everybody who asks the same meanwhile', async () => {
      const { lake, get, waiting, letGo } = await held();
      const answers = [1, 2, 3].map(() => get('/api/projects'));
      const other = get('/api/projects?limit=5');
      await until(() => waiting.length === 2);
      letGo();
      const [first, ...rest] = await Promise.all(answers);
      expect([first, ...rest].map((answer) => answer?.headers['x-cache']).toSorted()).toEqual(['HIT', 'HIT', 'MISS']);
      for (const answer of rest) expect(answer).toMatchObject({ status: 200, body: first?.body });
      expect((await other).headers['x-cache']).toBe('MISS');
      expect(asked(lake)).toBe(2);
    });

    it('does not give it to who asks after something changed', async () => {
      const { lake, get, waiting, letGo } = await held();
      const before = get('/api/projects');
      await until(() => waiting.length === 1);
      lake.top += 1;
      const after = get('/api/projects');
      await until(() => waiting.length === 2);
      letGo();
      expect([(await before).headers['x-cache'], (await after).headers['x-cache']]).toEqual(['MISS', 'MISS']);
    });

    it('lets the others ask where nothing came of it', async () => {
      const { get, waiting, letGo } = await held();
      const answers = [get('/api/projects'), get('/api/projects')];
      await until(() => waiting.length === 1);
      letGo(true);
      await until(() => waiting.length === 1);
      letGo();
      expect((await Promise.all(answers)).map(({ status }) => status).toSorted()).toEqual([200, 503]);
    });

    it('lets the others ask where the client that asked first is gone', async () => {
      const { get, server, waiting, letGo } = await held();
      const gone = request(`${server.url}/api/projects`, { agent: false, headers: { authorization: `Bearer ${TOKEN}` } });
      gone.on('error', () => undefined).end();
      await until(() => waiting.length === 1);
      const other = get('/api/projects');
      await new Promise((resolve) => { setTimeout(resolve, 50); });
      gone.destroy();
      await until(() => waiting.length === 2);
      letGo();
      expect((await other).status).toBe(200);
    });

    it('keeps nobody waiting for an answer of who is gone', async () => {
      const { get, server, waiting, letGo } = await held();
      const first = get('/api/projects');
      await until(() => waiting.length === 1);
      const gone = request(`${server.url}/api/projects`, { agent: false, headers: { authorization: `Bearer ${TOKEN}` } });
      gone.on('error', () => undefined).end();
      await new Promise((resolve) => { setTimeout(resolve, 50); });
      gone.destroy();
      await new Promise((resolve) => { setTimeout(resolve, 50); });
      letGo(true);
      expect((await first).status).toBe(503);
      // It asks for itself now, and fails as well.
      await until(() => waiting.length === 1);
      letGo(true);
      const next = get('/api/projects');
      await until(() => waiting.length === 1);
      letGo();
      expect((await next).status).toBe(200);
    });
  });

  it('keeps status, health, problems and streams out', async () => {
    const { get } = await serve();
    for (const path of ['/api/status', '/health', '/api/sessions/none', '/api/export']) {
      await get(path);
      expect((await get(path)).headers['x-cache']).not.toBe('HIT');
    }
  });

  it('does not answer who has no token', async () => {
    const { get } = await serve();
    await get('/api/projects');
    expect((await get('/api/projects', { authorization: undefined })).status).toBe(401);
  });
});

describe('compression', () => {
  it('is above 1 KiB, in what the client accepts, cached or not', async () => {
    const { get } = await serve();
    const path = '/api/sessions/s1/messages';
    const plain = await get(path);
    expect(plain.headers['content-encoding']).toBeUndefined();
    const br = await get(path, { 'accept-encoding': 'gzip, br' });
    expect(br.headers).toMatchObject({ 'content-encoding': 'br', 'x-cache': 'HIT', etag: plain.headers.etag });
    expect(brotliDecompressSync(br.body).equals(plain.body)).toBe(true);
    const gzip = await get(path, { 'accept-encoding': 'gzip' });
    expect(gunzipSync(gzip.body).equals(plain.body)).toBe(true);
  });

  it('is not below 1 KiB', async () => {
    const { get } = await serve();
    expect((await get('/api/projects', { 'accept-encoding': 'br' })).headers['content-encoding']).toBeUndefined();
  });

  it('follows what the client weighs', async () => {
    const { get } = await serve();
    const encodingFor = async (accepted: string) => (await get('/api/sessions/s1/messages', { 'accept-encoding': accepted })).headers['content-encoding'];
    const wishes = ['br;q=0.5, gzip', '*', 'gzip;q=0, *;q=0.1', 'gzip;q=0.5, identity', 'deflate', 'br;q=0', ''];
    expect(await Promise.all(wishes.map(encodingFor))).toEqual(['gzip', expect.any(String), expect.not.stringContaining('gzip'), undefined, undefined, undefined, undefined]);
  });

  it('is of a stream as it flows, trailers and all, but not of Parquet', async () => {
    const { get } = await serve();
    for (const path of ['/api/export', '/api/export?format=jsonl', '/api/export?format=csv', '/api/sessions/s1/messages/stream']) {
      const plain = await get(path);
      const gzip = await get(path, { 'accept-encoding': 'gzip' });
      expect([plain.headers['content-encoding'], gzip.headers['content-encoding'], gzip.headers['vary']]).toEqual([undefined, 'gzip', 'accept-encoding']);
      expect(gunzipSync(gzip.body).equals(plain.body)).toBe(true);
      expect(gzip.trailers).toEqual(plain.trailers);
      expect(brotliDecompressSync((await get(path, { 'accept-encoding': 'br' })).body).equals(plain.body)).toBe(true);
    }
    expect((await get('/api/export?format=parquet', { 'accept-encoding': 'gzip' })).headers['content-encoding']).toBeUndefined();
  });
});
