// How often the index is held against the rest, and what is answered meanwhile.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/core/time/clock.ts';
import { Reconciler } from '../../src/daemon/reconcile/reconciler.ts';
import { TestIndex } from '../index/support/test-index.ts';

describe('the reconciler', () => {
  let index: TestIndex;
  let made = 0;
  let reconciler: Reconciler;

  beforeAll(async () => void (index = await TestIndex.open()));
  afterAll(() => index.remove());
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'] });
    made = 0;
    reconciler = new Reconciler({
      epoch: 'e', readers: index.readers, archiveDir: `${index.dir}/archive`, tempDir: index.dir, roots: async () => [], sessionId: () => null, clock: systemClock, segments: async () => [],
      parts: async () => {
        made += 1;
        return [];
      },
    });
  });
  afterEach(() => vi.useRealTimers());

  it('looks once for all who ask at the same time, and within a minute', async () => {
    const [first, second] = await Promise.all([reconciler.recent(), reconciler.recent()]);
    expect(second).toBe(first);
    vi.advanceTimersByTime(59_000);
    expect(await reconciler.recent()).toBe(first);
    expect(made).toBe(1);
  });

  it('answers with what was found before while it looks again', async () => {
    const first = await reconciler.recent();
    vi.advanceTimersByTime(61_000);
    expect(await Promise.all([reconciler.recent(), reconciler.recent()])).toEqual([first, first]);
    await vi.waitFor(async () => expect(await reconciler.recent()).not.toBe(first));
    expect(made).toBe(2);
  });

  it('goes no further when it is called off', async () => {
    const stop = new AbortController();
    stop.abort();
    await expect(reconciler.check(true, stop.signal)).rejects.toMatchObject({ code: 'unavailable' });
    expect(made).toBe(0);
  });

  it('answers with nothing that is too old, or that it was told to forget', async () => {
    const first = await reconciler.recent();
    vi.advanceTimersByTime(121_000);
    const second = await reconciler.recent();
    expect(second).not.toBe(first);
    reconciler.forget();
    expect(await reconciler.recent()).not.toBe(second);
    expect(made).toBe(3);
  });
});
