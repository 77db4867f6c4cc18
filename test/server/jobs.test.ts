import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Compile } from 'typebox/compile';
import type { TSchema } from 'typebox';
import { JOB_TYPES, type Job } from '../../src/core/answers/jobs.ts';
import type { Page } from '../../src/core/answers/page.ts';
import { Jobs, QUEUED_JOBS_MAX, type JobHandlers } from '../../src/daemon/jobs.ts';
import { ask, serve, until, type Answer, type Running } from './client.ts';
import { fakeLake, TOKEN } from './fake-lake.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const AUTH = { authorization: `Bearer ${TOKEN}` };

interface RunningJobs extends Running {
  jobs: Jobs;
  /** Requests that reached a handler. */
  asked: unknown[];
  /** A text is sent as it is. */
  post(body: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Asks until the job is over. */
  outcome(id: string): Promise<Job>;
}

async function serveJobs(handlers: Partial<JobHandlers> = {}): Promise<RunningJobs> {
  const asked: unknown[] = [];
  const jobs = new Jobs({
    archive_run: async (request, _signal, onProgress) => {
      asked.push(request);
      onProgress({ done: 5, total: 10, unit: 'bytes' });
      return { parts: 1 };
    },
    archive_verify: async (request) => { asked.push(request); },
    ...handlers,
  });
  onTestFinished(() => jobs.close());
  const running = await serve(fakeLake({ jobs }));
  const outcome = async (id: string) => {
    await until(() => jobs.get(id).finished_at !== null);
    return (await running.get(`/api/jobs/${id}`)).json<Job>();
  };
  const post: RunningJobs['post'] = (body, headers = JSON_TYPE) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return ask(`${running.server.url}/api/jobs`, { ...AUTH, ...headers, 'content-length': Buffer.byteLength(text) }, 'POST', text);
  };
  return { ...running, jobs, asked, post, outcome };
}

const untilAborted: JobHandlers['archive_run'] = async (_request, signal) => {
  await once(signal, 'abort');
  return { parts: 0 };
};

describe('POST /api/jobs', () => {
  it('answers 202 with the job and where it is', async () => {
    const { post, get, asked, outcome } = await serveJobs();
    const answer = await post({ type: 'archive_run', all: true });
    const job = answer.json<Job>();
    expect(answer.status).toBe(202);
    expect(answer.headers.location).toBe(`/api/jobs/${job.id}`);
    expect(job).toEqual({ id: job.id, type: 'archive_run', state: 'queued', progress: null, created_at: expect.any(String), finished_at: null, result: null, error: null });
    await outcome(job.id);
    expect((await get(String(answer.headers.location))).json()).toEqual({
      ...job, state: 'done', progress: { done: 10, total: 10, unit: 'bytes' }, finished_at: expect.any(String), result: { parts: 1 },
    });
    expect(asked).toEqual([{ type: 'archive_run', all: true }]);
  });

  it('waits for quiet sessions unless told not to', async () => {
    const { post, asked } = await serveJobs();
    for (const body of [{ type: 'archive_run' }, { type: 'archive_run', all: false }, { type: 'archive_verify' }]) {
      expect((await post(body, { 'content-type': 'application/json; charset=utf-8' })).status).toBe(202);
    }
    await until(() => asked.length === 3);
    expect(asked).toEqual([{ type: 'archive_run', all: false }, { type: 'archive_run', all: false }, { type: 'archive_verify' }]);
  });

  const refused: [body: unknown, parameter: string | undefined][] = [
    [{ type: 'export', types: [''] }, 'types'], [{ type: 'export', tool: ['Bash', ''] }, 'tool'],
    [{}, 'type'],
    [{ all: true }, 'type'],
    [{ type: null }, 'type'],
    [{ type: ['archive_run'] }, 'type'],
    [{ type: 'toString' }, 'type'],
    [{ type: 'archive_run', all: 'yes' }, 'all'],
    [{ type: 'archive_run', all: null }, 'all'],
    [{ type: 'archive_run', al: true }, 'al'],
    [{ type: 'archive_run', constructor: 1 }, undefined],
    [{ type: 'archive_verify', all: true }, 'all'],
    [[], undefined],
    ['null', undefined],
    ['"archive_run"', undefined],
    ['{"type":', undefined],
    ['', undefined],
  ];
  it.each(refused)('%j is a 400 that names %s', async (body, parameter) => {
    const { post, jobs } = await serveJobs();
    const answer = await post(body);
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    if (parameter !== undefined) expect(answer.json()).toMatchObject({ code: 'invalid_parameter', parameter });
    expect(jobs.list({ limit: 1 }).items).toEqual([]);
  });

  it('says of a type that there is not which there are', async () => {
    const { post } = await serveJobs();
    for (const type of ['compact', 'index_rebuild']) {
      const answer = await post({ type });
      expect(answer.status).toBe(400);
      expect(answer.json()).toMatchObject({ code: 'invalid_parameter', parameter: 'type', detail: `There are no jobs of type "${type}" here; available are ${JOB_TYPES.join(', ')}.` });
    }
  });

  it('takes JSON alone', async () => {
    const { post, jobs } = await serveJobs();
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      const answer = await post('{"type":"archive_run"}', { 'content-type': type });
      expect({ type, status: answer.status }).toEqual({ type, status: 415 });
      expect(answer.json()).toMatchObject({ code: 'unsupported_media_type', hint: 'Send the header "Content-Type: application/json".' });
    }
    expect((await post('', {})).status).toBe(400);
    expect((await post(`"${'x'.repeat(1024 * 1024)}"`)).status).toBe(413);
    expect(jobs.list({ limit: 1 }).items).toEqual([]);
  });

  it('is refused without a token, for other sites and with parameters in the URL', async () => {
    const { server, jobs } = await serveJobs();
    const status = async (query: string, headers: Record<string, string>) => (await ask(`${server.url}/api/jobs${query}`, { ...JSON_TYPE, ...headers }, 'POST', '{"type":"archive_run"}')).status;
    expect(await status('', {})).toBe(401);
    expect(await status('', { ...AUTH, origin: 'http://evil.example' })).toBe(403);
    expect(await status('?all=true', AUTH)).toBe(400);
    expect(jobs.list({ limit: 1 }).items).toEqual([]);
  });

  it('answers 503 while too many wait', async () => {
    const { post, jobs } = await serveJobs({ archive_run: untilAborted });
    for (let n = 0; n <= QUEUED_JOBS_MAX; n += 1) jobs.create({ type: 'archive_run', all: false });
    const answer = await post({ type: 'archive_verify' });
    expect(answer.status).toBe(503);
    expect(answer.json()).toMatchObject({ code: 'unavailable', hint: expect.stringContaining('cancel') });
  });
});

describe('GET /api/jobs', () => {
  it('lists the newest first, page by page', async () => {
    const { get, jobs } = await serveJobs();
    const ids = Array.from({ length: 60 }, () => jobs.create({ type: 'archive_verify' }).id).reverse();
    const page = async (query: string) => (await get(`/api/jobs${query}`)).json<Page<Job>>();
    const first = await page('');
    expect(first.items.map(({ id }) => id)).toEqual(ids.slice(0, 50));
    const second = await page(`?limit=500&cursor=${first.next_cursor ?? ''}`);
    expect(second).toMatchObject({ has_more: false, next_cursor: null });
    expect(second.items.map(({ id }) => id)).toEqual(ids.slice(50));
  });

  it('refuses what it does not know, and more than its maximum', async () => {
    const { get } = await serveJobs();
    for (const [query, parameter] of [['limit=501', 'limit'], ['limit=0', 'limit'], ['state=done', 'state'], ['cursor=x', 'cursor']]) {
      const answer = await get(`/api/jobs?${query ?? ''}`);
      expect(answer.status).toBe(400);
      expect(answer.json()).toMatchObject({ parameter });
    }
    expect((await get('/api/jobs/x?wait=1')).json()).toMatchObject({ status: 400, parameter: 'wait' });
  });

  it('shows every change at once although the lake stands still', async () => {
    const { get, post, outcome } = await serveJobs({ archive_run: untilAborted });
    const { id } = (await post({ type: 'archive_run' })).json<Job>();
    for (const path of ['/api/jobs', `/api/jobs/${id}`]) {
      const running = await get(path);
      expect(running.body.toString()).toContain('"running"');
      expect((await get(path)).headers['x-cache']).toBe('MISS');
      expect((await get(path, { 'if-none-match': String(running.headers.etag) })).status).toBe(304);
    }
    await get(`/api/jobs/${id}`, {}, 'DELETE');
    await outcome(id);
    for (const path of ['/api/jobs', `/api/jobs/${id}`]) expect((await get(path)).body.toString()).toContain('"cancelled"');
  });
});

describe('a job', () => {
  it('that failed says why, by code', async () => {
    const { post, outcome } = await serveJobs({ archive_verify: async () => { throw new Error('the disk is gone'); } });
    const { id } = (await post({ type: 'archive_verify' })).json<Job>();
    expect(await outcome(id)).toMatchObject({ state: 'failed', result: null, error: { code: 'internal', message: 'the disk is gone', hint: null } });
  });

  it('is cancelled by DELETE: one that runs once it has stopped, one that waits at once, one that is over not at all', async () => {
    const { get, post, outcome } = await serveJobs({ archive_run: untilAborted });
    const [running, queued] = [(await post({ type: 'archive_run' })).json<Job>(), (await post({ type: 'archive_verify' })).json<Job>()];
    const cancel = (id: string) => get(`/api/jobs/${id}`, {}, 'DELETE');
    const atOnce = await cancel(queued.id);
    expect(atOnce.status).toBe(202);
    expect(atOnce.json()).toMatchObject({ id: queued.id, state: 'cancelled', finished_at: expect.any(String) });
    expect((await cancel(running.id)).json()).toMatchObject({ id: running.id, state: 'running' });
    const cancelled = await outcome(running.id);
    expect(cancelled).toMatchObject({ state: 'cancelled', result: { parts: 0 }, error: null });
    expect((await cancel(running.id)).json()).toEqual(cancelled);
  });

  it('is a 404 where nobody knows it', async () => {
    const { get } = await serveJobs();
    for (const method of ['GET', 'DELETE']) expect((await get('/api/jobs/unknown', {}, method)).json()).toMatchObject({ status: 404, code: 'not_found' });
  });

  it('cannot be asked for in another way', async () => {
    const { get } = await serveJobs();
    const allowed = async (path: string) => {
      const answer = await get(path, {}, 'PUT');
      return [answer.status, answer.headers.allow];
    };
    expect(await allowed('/api/jobs')).toEqual([405, 'GET, HEAD, POST']);
    expect(await allowed('/api/jobs/x')).toEqual([405, 'DELETE, GET, HEAD']);
  });
});

it('there is nothing at /api/jobs where nothing runs jobs', async () => {
  const { get } = await serve();
  for (const method of ['GET', 'POST']) expect((await get('/api/jobs', {}, method)).status).toBe(404);
});

describe('the OpenAPI document', () => {
  interface Operation {
    operationId: string;
    requestBody?: { required?: boolean; content: Record<string, { schema: unknown }> };
    responses: Record<string, { headers?: object; content?: Record<string, { schema: unknown }> }>;
  }
  interface Document {
    paths: Record<string, Record<string, Operation>>;
    components: { schemas: Record<string, TSchema> };
  }

  it('describes the four operations, what they take and what they answer', async () => {
    const { get } = await serveJobs();
    const { paths } = (await get('/openapi.json')).json<Document>();
    const ref = (name: string) => ({ schema: { $ref: `#/components/schemas/${name}` } });
    const { post, get: list } = paths['/api/jobs'] ?? {};
    expect(post?.requestBody?.content).toEqual({ 'application/json': ref('NewJob') });
    expect(post?.responses['202']).toMatchObject({ headers: { Location: { $ref: '#/components/headers/Location' } }, content: { 'application/json': ref('Job') } });
    expect(Object.keys(post?.responses ?? {})).toEqual(['202', '400', '401', '403', '404', '405', '408', '413', '415', '429', '431', '500', '503']);
    expect(list?.responses['200']?.content).toMatchObject({ 'application/json': ref('JobPage') });
    const { get: one, delete: cancel } = paths['/api/jobs/{id}'] ?? {};
    expect(one?.responses['200']?.content).toEqual({ 'application/json': ref('Job') });
    expect(one?.responses['404']).toBeDefined();
    expect(cancel?.responses['202']?.content).toEqual({ 'application/json': ref('Job') });
    expect([post, list, one, cancel].map((operation) => operation?.operationId)).toEqual(['createJob', 'listJobs', 'getJob', 'cancelJob']);
  });

  it('takes what is taken, refuses what is refused, and fits every state of a job', async () => {
    const { get, post, outcome } = await serveJobs({ archive_verify: async () => { throw new Error('no'); } });
    const { components } = (await get('/openapi.json')).json<Document>();
    const context = JSON.parse(JSON.stringify(components.schemas).replaceAll('#/components/schemas/', '')) as Record<string, TSchema>;
    const fits = (name: string, value: unknown) => Compile(context, { $ref: name }).Check(value);
    expect(fits('NewJob', { type: 'archive_run' })).toBe(true);
    expect(fits('NewJob', { type: 'archive_run', all: true })).toBe(true);
    for (const body of [{}, { type: 'sql' }, { type: 'archive_verify', all: true }, { type: 'archive_run', x: 1 }]) expect(fits('NewJob', body)).toBe(false);
    for (const type of ['archive_run', 'archive_verify']) {
      const queued = (await post({ type })).json<Job>();
      const finished = await outcome(queued.id);
      for (const job of [queued, finished]) {
        expect(fits('Job', job)).toBe(true);
        expect(Object.keys(context['Job']?.['properties' as never] ?? {})).toEqual(Object.keys(job));
      }
    }
    expect(fits('JobPage', (await get('/api/jobs')).json())).toBe(true);
  });
});
