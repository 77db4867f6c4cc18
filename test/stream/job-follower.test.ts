import { describe, expect, it } from 'vitest';
import { LakeError } from '../../src/core/errors.ts';
import type { Job } from '../../src/core/answers/jobs.ts';
import { JobFollower } from '../../src/stream/job-follower.ts';
import type { JobFeed } from '../../src/stream/job-follower.ts';

const job = (id: string, done: number): Job => ({
  id, type: 'archive_run', state: 'running', progress: { done, total: 10, unit: 'bytes' }, created_at: '2026-11-21T00:00:00.000Z', finished_at: null, result: null, error: null,
});

function setUp(only?: string) {
  const listeners = new Set<(job: Job) => void>();
  const feed: JobFeed = {
    open: () => [job('a', 0)],
    get: (id) => {
      if (id === 'nobody') throw new LakeError('not_found', 'There is no job nobody.');
      return job(id, 5);
    },
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const told: unknown[] = [];
  let read = (): void => undefined;
  const outlet = { full: false, send: (message: string) => void told.push(JSON.parse(message)), drained: () => new Promise<void>((resolve) => (read = resolve)) };
  const follower = new JobFollower('j', only, feed, outlet);
  const change = (changed: Job): void => {
    for (const listener of listeners) listener(changed);
  };
  return { follower, told, outlet, change, listeners, read: async () => {
    outlet.full = false;
    read();
    await Promise.resolve();
  } };
}

describe('a client that follows jobs', () => {
  it('is told those that are open, and then each change', () => {
    const { follower, told, change } = setUp();
    follower.start();
    change(job('a', 3));
    change(job('b', 0));
    expect(told).toEqual([{ type: 'jobs', id: 'j', items: [job('a', 0)] }, { type: 'job', id: 'j', data: job('a', 3) }, { type: 'job', id: 'j', data: job('b', 0) }]);
  });

  it('may follow one alone, which has to be there', () => {
    const { follower, told, change } = setUp('b');
    follower.start();
    change(job('a', 3));
    change(job('b', 9));
    expect(told).toEqual([{ type: 'jobs', id: 'j', items: [job('b', 5)] }, { type: 'job', id: 'j', data: job('b', 9) }]);
    expect(() => setUp('nobody').follower.start()).toThrow(expect.objectContaining({ code: 'not_found' }));
  });

  it('that does not read gets the latest of each job once it does, and nothing of what lies between', async () => {
    const { follower, told, outlet, change, read } = setUp();
    follower.start();
    outlet.full = true;
    for (let done = 1; done <= 9; done++) change(job('a', done));
    change(job('b', 1));
    expect(told).toHaveLength(1);
    await read();
    expect(told.slice(1)).toEqual([{ type: 'job', id: 'j', data: job('a', 9) }, { type: 'job', id: 'j', data: job('b', 1) }]);
    change(job('a', 10));
    expect(told).toHaveLength(4);
  });

  it('is told nothing after it ended', async () => {
    const { follower, told, outlet, change, read, listeners } = setUp();
    follower.start();
    outlet.full = true;
    change(job('a', 1));
    follower.end();
    expect(listeners.size).toBe(0);
    await read();
    expect(told).toHaveLength(1);
  });
});
