import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeCursor } from '../../src/core/answers/cursor.ts';
import { LakeError } from '../../src/core/errors.ts';
import type { Job, JobProgress } from '../../src/core/answers/jobs.ts';
import { JobLog } from '../../src/daemon/job-log.ts';
import { FINISHED_JOBS_MAX } from '../../src/daemon/job-table.ts';
import { Jobs, QUEUED_JOBS_MAX, type JobHandlers } from '../../src/daemon/jobs.ts';

const NOON = Date.UTC(2026, 10, 1, 12);
const RUN = { type: 'archive_run', all: false } as const;
const VERIFY = { type: 'archive_verify' } as const;

const jobsWith = (handlers: Partial<JobHandlers> = {}) => new Jobs(
  { archive_run: async () => ({ parts: 1 }), archive_verify: async () => ({ parts: 2 }), ...handlers },
  { clock: { now: () => NOON } },
);

async function over(jobs: Jobs, { id }: Job): Promise<Job> {
  const deadline = Date.now() + 5000;
  while (jobs.get(id).finished_at === null) {
    if (Date.now() > deadline) throw new Error(`The job is still ${jobs.get(id).state}.`);
    await new Promise((resolve) => { setImmediate(resolve); });
  }
  return jobs.get(id);
}

/** A handler that runs until it is let go or told to stop, and says what it was told. */
function held() {
  let release = (_result: unknown) => {};
  const log: string[] = [];
  let told = (_progress: JobProgress) => {};
  const handler = async (request: { type: string }, signal: AbortSignal, onProgress: (progress: JobProgress) => void): Promise<unknown> => {
    log.push(`${request.type} begins`);
    told = onProgress;
    const result = await Promise.race([
      new Promise((resolve) => { release = resolve; }),
      once(signal, 'abort').then(() => { throw new Error('stopped'); }),
    ]).finally(() => log.push(`${request.type} ends`));
    return result;
  };
  return { handler, log, release: (result?: unknown) => release(result), progress: (progress: JobProgress) => told(progress) };
}

describe('a job', () => {
  it('is queued, runs, tells how far it is, and is done with its result', async () => {
    const { handler, release, progress } = held();
    const jobs = jobsWith({ archive_run: handler });
    const job = jobs.create(RUN);
    expect(job).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-1$/), type: 'archive_run', state: 'queued', progress: null,
      created_at: '2026-11-01T12:00:00.000Z', finished_at: null, result: null, error: null,
    });
    progress({ done: 3, total: 9, unit: 'bytes' });
    expect(jobs.get(job.id)).toEqual({ ...job, state: 'running', progress: { done: 3, total: 9, unit: 'bytes' } });
    release({ parts: 4 });
    const done = await over(jobs, job);
    expect(done).toMatchObject({ state: 'done', result: { parts: 4 }, error: null, finished_at: '2026-11-01T12:00:00.000Z', progress: { done: 9, total: 9 } });
    progress({ done: 5, total: 9, unit: 'bytes' });
    expect(jobs.get(job.id)).toEqual(done);
    expect(job.state).toBe('queued');
  });

  it('is passed what it was asked with', async () => {
    const asked: unknown[] = [];
    const jobs = jobsWith({ archive_run: async (request) => { asked.push(request); } });
    expect(await over(jobs, jobs.create({ type: 'archive_run', all: true }))).toMatchObject({ state: 'done', result: null });
    expect(asked).toEqual([{ type: 'archive_run', all: true }]);
  });

  it('that throws has failed, whenever it throws, and the next one runs', async () => {
    const logged: object[] = [];
    const jobs = new Jobs({
      archive_run: async () => { throw new LakeError('archive', 'The disk is full.', { hint: 'Make room.' }); },
      archive_verify: () => { throw new Error('at once'); },
    }, { logger: { debug() {}, info() {}, warn() {}, error: (fields) => { logged.push(fields); } } });
    const [first, second] = [jobs.create(RUN), jobs.create(VERIFY)];
    expect(await over(jobs, first)).toMatchObject({ state: 'failed', result: null, error: { code: 'archive', message: 'The disk is full.', hint: 'Make room.' } });
    expect(await over(jobs, second)).toMatchObject({ state: 'failed', error: { code: 'internal', message: 'at once', hint: null } });
    expect(logged).toHaveLength(2);
  });

  it('begins when the one before it has ended', async () => {
    const { handler, log, release } = held();
    const jobs = jobsWith({ archive_run: handler, archive_verify: handler });
    const [first, second] = [jobs.create(RUN), jobs.create(VERIFY)];
    expect([jobs.get(first.id).state, jobs.get(second.id).state]).toEqual(['running', 'queued']);
    release();
    await over(jobs, first);
    await expect.poll(() => jobs.get(second.id).state).toBe('running');
    release();
    await over(jobs, second);
    expect(log).toEqual(['archive_run begins', 'archive_run ends', 'archive_verify begins', 'archive_verify ends']);
  });
});

describe('cancelling', () => {
  it('takes a queued job out at once, and it never runs', async () => {
    const { handler, log, release } = held();
    const jobs = jobsWith({ archive_run: handler, archive_verify: handler });
    const [first, second] = [jobs.create(RUN), jobs.create(VERIFY)];
    expect(jobs.cancel(second.id)).toMatchObject({ state: 'cancelled', finished_at: expect.any(String), error: null });
    release();
    await over(jobs, first);
    expect(log).toEqual(['archive_run begins', 'archive_run ends']);
  });

  it('tells a running job to stop and waits until it has', async () => {
    const { handler } = held();
    const jobs = jobsWith({ archive_run: handler });
    const [first, second] = [jobs.create(RUN), jobs.create(VERIFY)];
    expect(jobs.cancel(first.id)).toMatchObject({ state: 'running', finished_at: null });
    expect(jobs.cancel(first.id).state).toBe('running');
    expect(await over(jobs, first)).toMatchObject({ state: 'cancelled', result: null, error: null });
    expect((await over(jobs, second)).state).toBe('done');
  });

  it('keeps what a job had done by then', async () => {
    const jobs = jobsWith({
      archive_verify: async (_request, signal) => {
        await once(signal, 'abort');
        return { parts: 1 };
      },
    });
    const job = jobs.create(VERIFY);
    jobs.cancel(job.id);
    expect(await over(jobs, job)).toMatchObject({ state: 'cancelled', result: { parts: 1 } });
  });

  it('leaves a job that is over as it is', async () => {
    const jobs = jobsWith();
    const done = await over(jobs, jobs.create(RUN));
    expect(jobs.cancel(done.id)).toEqual(done);
    expect(jobs.get(done.id)).toEqual(done);
  });
});

describe('closing', () => {
  it('cancels what is queued and what runs, and waits for it', async () => {
    const { handler, log } = held();
    const jobs = jobsWith({ archive_run: handler, archive_verify: handler });
    const [first, second] = [jobs.create(RUN), jobs.create(VERIFY)];
    await Promise.all([jobs.close(), jobs.close()]);
    expect(log).toEqual(['archive_run begins', 'archive_run ends']);
    expect([jobs.get(first.id).state, jobs.get(second.id).state]).toEqual(['cancelled', 'cancelled']);
    await jobs.close();
  });

  it('refuses jobs from then on, and may come without any', async () => {
    const jobs = jobsWith();
    await jobs.close();
    expect(() => jobs.create(RUN)).toThrow(expect.objectContaining({ code: 'unavailable' }));
    expect(jobs.list({ limit: 10 })).toEqual({ items: [], has_more: false, next_cursor: null });
  });
});

describe('the list', () => {
  it('is the newest first, in pages that neither repeat nor leave out a job while others come', async () => {
    const jobs = jobsWith();
    const made = Array.from({ length: 5 }, () => jobs.create(VERIFY).id).reverse();
    const first = jobs.list({ limit: 2 });
    expect(first.items.map(({ id }) => id)).toEqual(made.slice(0, 2));
    jobs.create(RUN);
    const second = jobs.list({ limit: 2, cursor: first.next_cursor ?? '' });
    const third = jobs.list({ limit: 2, cursor: second.next_cursor ?? '' });
    expect([...second.items, ...third.items].map(({ id }) => id)).toEqual(made.slice(2));
    expect([first.has_more, second.has_more, third.has_more]).toEqual([true, true, false]);
    expect(third.next_cursor).toBeNull();
    expect(jobs.list({ limit: 6 })).toMatchObject({ has_more: false, next_cursor: null });
    await jobs.close();
  });

  it('refuses the cursor of another list', () => {
    const refused = expect.objectContaining({ code: 'invalid_cursor', parameter: 'cursor' });
    for (const wrong of [encodeCursor('sessions', ['x', 1]), 'nonsense']) {
      expect(() => jobsWith().list({ limit: 1, cursor: wrong })).toThrow(refused);
    }
  });
});

describe('limits', () => {
  it(`keep the last ${FINISHED_JOBS_MAX} jobs that are over, and those that are not`, async () => {
    const { handler, release } = held();
    const jobs = jobsWith({ archive_run: handler });
    const made: Job[] = [];
    for (let n = 0; n < FINISHED_JOBS_MAX + 2; n += 1) made.push(await over(jobs, jobs.create(VERIFY)));
    const running = jobs.create(RUN);
    expect(jobs.list({ limit: 5000 }).items.map(({ id }) => id)).toEqual([running.id, ...made.slice(2).map(({ id }) => id).reverse()]);
    expect(() => jobs.get(made[1]?.id ?? '')).toThrow(expect.objectContaining({ code: 'not_found', hint: expect.stringContaining(`last ${FINISHED_JOBS_MAX}`) }));
    release();
    await over(jobs, running);
    expect(() => jobs.get(made[2]?.id ?? '')).toThrow(expect.objectContaining({ code: 'not_found' }));
  });

  it(`let no more than ${QUEUED_JOBS_MAX} wait`, async () => {
    const { handler } = held();
    const jobs = jobsWith({ archive_run: handler });
    jobs.create(RUN);
    const waiting = Array.from({ length: QUEUED_JOBS_MAX }, () => jobs.create(VERIFY));
    expect(() => jobs.create(VERIFY)).toThrow(expect.objectContaining({ code: 'unavailable', hint: expect.stringContaining('cancel') }));
    jobs.cancel(waiting[7]?.id ?? '');
    expect(jobs.create(VERIFY).state).toBe('queued');
    await jobs.close();
  });
});

it('a job nobody knows is not found', () => {
  const jobs = jobsWith();
  for (const ask of [(id: string) => jobs.get(id), (id: string) => jobs.cancel(id)]) expect(() => ask('nonsense')).toThrow(expect.objectContaining({ code: 'not_found' }));
});

describe('a restart', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'jobs-test-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const open = async (handlers: Partial<JobHandlers>, waits = false): Promise<Jobs> => {
    const jobs = new Jobs(handlers, { clock: { now: () => NOON }, store: new JobLog(join(dir, 'jobs.ndjson')), waits });
    await jobs.start();
    return jobs;
  };

  it('finds jobs that are over as they were, and goes on with those that waited or ran', async () => {
    const { handler, log } = held();
    const first = await open({ archive_run: handler, archive_verify: async () => ({ parts: 2 }) });
    const done = await over(first, first.create(VERIFY));
    const [running, waiting] = [first.create(RUN), first.create(VERIFY)];
    await first.close();
    expect(log).toEqual(['archive_run begins', 'archive_run ends']);

    const second = await open({ archive_run: async () => ({ parts: 7 }), archive_verify: async () => ({ parts: 3 }) }, true);
    expect(second.get(done.id)).toEqual(done);
    expect(second.list({ limit: 10 }).items.map(({ id, state }) => [id, state])).toEqual([[waiting.id, 'queued'], [running.id, 'queued'], [done.id, 'done']]);
    second.begin();
    expect(await over(second, running)).toMatchObject({ state: 'done', result: { parts: 7 } });
    expect(await over(second, waiting)).toMatchObject({ state: 'done', result: { parts: 3 } });
    expect(second.create(RUN).id).not.toBe(done.id);
    await second.close();
  });

  it('gives up a job that the daemon died over twice, and says so', async () => {
    const never = { archive_run: () => new Promise(() => undefined) };
    const { id } = (await open(never)).create(RUN);
    expect((await open(never)).get(id).state).toBe('running');
    const third = await open(never);
    expect(third.get(id)).toMatchObject({ state: 'failed', finished_at: expect.any(String), error: { code: 'interrupted' } });
    expect((await open(never)).get(id)).toEqual(third.get(id));
  });

  it('leaves out a line that a crash cut short, and keeps what was cancelled cancelled', async () => {
    const jobs = await open({ archive_run: held().handler, archive_verify: async () => null });
    const [running, waiting] = [jobs.create(RUN), jobs.create(VERIFY)];
    jobs.cancel(waiting.id);
    jobs.cancel(running.id);
    await over(jobs, running);
    await jobs.close();
    appendFileSync(join(dir, 'jobs.ndjson'), '{"number":3,"request":{"type":"archive_run"');
    const again = await open({});
    expect(again.list({ limit: 10 }).items.map(({ state }) => state)).toEqual(['cancelled', 'cancelled']);
    await again.close();
  });

  it('forgets the jobs beyond the last ones, on disk too', async () => {
    const jobs = await open({ archive_verify: async () => null });
    for (let n = 0; n < FINISHED_JOBS_MAX + 3; n += 1) await over(jobs, jobs.create(VERIFY));
    await jobs.close();
    const again = await open({ archive_verify: async () => null });
    expect(again.list({ limit: 5000 }).items).toHaveLength(FINISHED_JOBS_MAX);
    again.create(VERIFY);
    await again.close();
    expect(readFileSync(join(dir, 'jobs.ndjson'), 'utf8').trim().split('\n').length).toBeLessThan(FINISHED_JOBS_MAX + 5);
  });
});
