// Workers that fail: who waits is told, and the next job has others.

import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { untilFailure } from '../../src/core/worker-failure.ts';

class FakeWorkers extends EventEmitter {
  destroyed = 0;

  async destroy(): Promise<void> {
    this.destroyed += 1;
  }
}

describe('workers', () => {
  it('that fail are ended and forgotten, once, and end nothing else', async () => {
    let forgotten = 0;
    const workers = await untilFailure(Promise.resolve(new FakeWorkers()), () => (forgotten += 1));
    expect([workers.destroyed, forgotten]).toEqual([0, 0]);
    workers.emit('error', new Error('too many open files'));
    workers.emit('error', new Error('too many open files'));
    expect([workers.destroyed, forgotten]).toEqual([1, 1]);
  });

  it('that cannot be made are forgotten', async () => {
    let forgotten = 0;
    await expect(untilFailure(Promise.reject<FakeWorkers>(new Error('too many open files')), () => (forgotten += 1))).rejects.toThrow('too many');
    expect(forgotten).toBe(1);
  });
});
