import { describe, expect, it } from 'vitest';
import { fakeLake, TOKEN } from './fake-lake.ts';
import { ask, serve } from './client.ts';

describe('the token', () => {
  it('is needed for everything but /health, known path or not', async () => {
    const { get } = await serve();
    for (const method of ['GET', 'HEAD']) expect((await get('/health', { authorization: undefined }, method)).status).toBe(200);
    for (const path of ['/api/status', '/metrics', '/openapi.json', '/api/export', '/nothing']) {
      const answer = await get(path, { authorization: undefined });
      expect({ path, status: answer.status }).toEqual({ path, status: 401 });
      expect(answer.headers['content-type']).toBe('application/problem+json');
      expect(answer.headers['www-authenticate']).toContain('Bearer');
      expect(answer.json()).toMatchObject({ status: 401, code: 'unauthorized' });
    }
  });

  it('may come as a bearer or in the cookie, and must be the very one', async () => {
    const { get } = await serve();
    const status = async (headers: Record<string, string | undefined>) => (await get('/api/status', { authorization: undefined, ...headers })).status;
    expect(await status({ authorization: `bearer ${TOKEN}` })).toBe(200);
    expect(await status({ cookie: `other=1; sessionlake_token=${TOKEN}` })).toBe(200);
    expect(await status({ authorization: `Bearer ${TOKEN}x` })).toBe(401);
    expect(await status({ authorization: `Basic ${TOKEN}` })).toBe(401);
    expect(await status({ cookie: 'sessionlake_token=wrong' })).toBe(401);
  });

  it('is not asked for where the daemon has none', async () => {
    const { get } = await serve(fakeLake({ token: null }));
    expect((await get('/api/status', { authorization: undefined })).status).toBe(200);
  });

  it('is not taken from the URL', async () => {
    const { get } = await serve();
    expect((await get(`/api/status?token=${TOKEN}`, { authorization: undefined })).status).toBe(401);
  });
});

describe('Host and Origin', () => {
  it('refuses a Host that is not exactly one of its own, with port', async () => {
    const { get, server } = await serve();
    const { port } = new URL(server.url);
    for (const host of [`evil.example:${port}`, '127.0.0.1', `127.0.0.1:${Number(port) + 1}`, `127.0.0.1.evil.example:${port}`]) {
      const answer = await get('/health', { host });
      expect({ host, status: answer.status }).toEqual({ host, status: 403 });
      expect(answer.json()).toMatchObject({ code: 'forbidden' });
    }
    for (const host of [`localhost:${port}`, `LOCALHOST:${port}`, `[::1]:${port}`]) {
      expect({ host, status: (await get('/health', { host })).status }).toEqual({ host, status: 200 });
    }
  });

  it('takes further names that the daemon is given', async () => {
    const { get } = await serve(fakeLake({ hosts: () => ['lake.internal:80'] }));
    expect((await get('/health', { host: 'lake.internal:80' })).status).toBe(200);
  });

  it('refuses another Origin and pages of other sites', async () => {
    const { get, server } = await serve();
    const { port } = new URL(server.url);
    const status = async (headers: Record<string, string>) => (await get('/api/status', headers)).status;
    expect(await status({ origin: 'http://evil.example' })).toBe(403);
    expect(await status({ origin: 'null' })).toBe(403);
    expect(await status({ origin: `https://localhost:${port}` })).toBe(403);
    expect(await status({ origin: `http://localhost:${port}` })).toBe(200);
    expect(await status({ 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await status({ 'sec-fetch-site': 'same-origin' })).toBe(200);
  });

  it('never allows another origin by CORS', async () => {
    const { get, server } = await serve();
    const answer = await get('/api/status', { origin: server.url });
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});

describe('limits and headers', () => {
  it('answers 429 with Retry-After to a client that asks too much', async () => {
    const { get } = await serve(fakeLake({ rateLimitPerMinute: 3 }));
    for (let n = 0; n < 3; n += 1) expect((await get('/api/status')).status).toBe(200);
    const answer = await get('/api/status');
    expect(answer.status).toBe(429);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect(answer.json()).toMatchObject({ code: 'rate_limited' });
  });

  it('never refuses to say how it is', async () => {
    const { get } = await serve(fakeLake({ rateLimitPerMinute: 1 }));
    for (let n = 0; n < 5; n += 1) expect((await get('/health')).status).toBe(200);
    expect((await get('/api/status')).status).toBe(200);
    expect((await get('/api/status')).status).toBe(429);
    expect((await get('/health')).status).toBe(200);
  });

  it('counts a heavy request as several, and never refuses the first', async () => {
    const { get } = await serve(fakeLake({ rateLimitPerMinute: 12 }));
    expect((await get('/api/export')).status).toBe(200);
    expect((await get('/api/export')).status).toBe(429);
    expect((await get('/api/status')).headers).toMatchObject({ 'x-ratelimit-limit': '12', 'x-ratelimit-remaining': '1' });
    const small = await serve(fakeLake({ rateLimitPerMinute: 2 }));
    expect((await small.get('/api/export')).status).toBe(200);
  });

  it('counts wrong tokens and unknown paths too', async () => {
    const { get } = await serve(fakeLake({ rateLimitPerMinute: 2 }));
    await get('/api/status', { authorization: 'Bearer wrong' });
    await get('/nothing');
    expect((await get('/api/status')).status).toBe(429);
  });

  it('sends the security headers with answers, problems and streams', async () => {
    const { get } = await serve();
    for (const path of ['/health', '/api/sessions/none', '/nothing', '/api/export']) {
      const { headers } = await get(path);
      expect(headers['content-security-policy']).toContain("default-src 'none'");
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': headers.etag === undefined ? 'no-store' : 'private, no-cache', 'referrer-policy': 'no-referrer' });
    }
  });

  it('takes no body that is not JSON or is too large', async () => {
    const { server } = await serve();
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await ask(`${server.url}/api/status`, headers, 'POST', 'a=1');
    expect([405, 415]).toContain(answer.status);
  });
});

describe('a browser', () => {
  it('is let in by a code that is good once, and gets the token where no script sees it', async () => {
    const { get } = await serve();
    const { path } = (await get('/api/login', {}, 'POST')).json<{ path: string }>();
    expect(path).not.toContain(TOKEN);
    const entered = await get(path, { authorization: undefined });
    expect([entered.status, entered.headers.location]).toEqual([303, '/docs']);
    const [cookie = ''] = entered.headers['set-cookie'] ?? [];
    expect(cookie).toContain('HttpOnly; SameSite=Strict');
    expect((await get('/api/projects', { authorization: undefined, cookie: cookie.split(';', 1)[0] })).status).toBe(200);
    expect((await get(path, { authorization: undefined })).status).toBe(401);
    expect((await get('/login?code=guess', { authorization: undefined })).status).toBe(401);
    expect((await get('/api/login', { authorization: undefined }, 'POST')).status).toBe(401);
  });

  it('is sent to the page where it has the address alone', async () => {
    const { get } = await serve();
    for (const path of ['/', '/docs/']) {
      const { status, headers } = await get(path, { authorization: undefined });
      expect([path, status, headers.location]).toEqual([path, 302, '/docs']);
    }
  });

  it('gets a page that loads nothing from elsewhere and runs nothing inline', async () => {
    const { get } = await serve();
    const page = await get('/docs', { authorization: undefined });
    expect(page.headers['content-security-policy']).toContain("script-src 'self'");
    const links = [...page.body.toString().matchAll(/(?:src|href)="([^"]*)"/g)].map((match) => match[1] ?? '');
    expect(links.length).toBeGreaterThan(1);
    for (const link of links) expect([link, (await get(link, { authorization: undefined })).status]).toEqual([link, 200]);
    expect(page.body.toString()).not.toMatch(/<script>|<style|style=| on\w+=/);
  });
});
