// When gathered sends go out: at once while they take little of the time, then as late as they must.
// The clock is the test's own: a flush takes as long as the test says.

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Pace } from '../../src/stream/pace.ts';

let clock = 0;

beforeEach(() => {
  clock = 1000;
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate'] });
  vi.spyOn(performance, 'now').mockImplementation(() => clock);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** A client that enters whenever it has something and is not in line. */
class Client {
  flushes = 0;
  longestWaitMs = 0;
  #since: number | undefined;
  readonly #costMs: number;

  constructor(costMs: number) {
    this.#costMs = costMs;
  }

  event(pace: Pace): void {
    if (this.#since !== undefined) return;
    this.#since = clock;
    pace.enter(this);
  }

  flush(): void {
    this.longestWaitMs = Math.max(this.longestWaitMs, clock - (this.#since ?? clock));
    this.#since = undefined;
    this.flushes += 1;
    clock += this.#costMs;
  }
}

const endOfTick = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

/** Lets the time go on to `until`, one timer after the other; what takes time moves it too. */
async function runUntil(until: number): Promise<void> {
  await endOfTick();
  while (clock < until) {
    const before = clock;
    vi.advanceTimersByTime(1);
    await endOfTick();
    if (clock === before) clock += 1;
  }
}

/** One event each 5 ms for all, for a second. */
async function oneSecond(clients: readonly Client[], pace: Pace): Promise<void> {
  for (let n = 0; n < 200; n += 1) {
    for (const client of clients) client.event(pace);
    await runUntil(2000 + n * 5);
  }
}

function clientsOf(count: number, costMs: number): Client[] {
  return Array.from({ length: count }, () => new Client(costMs));
}

const longest = (clients: readonly Client[]): number => Math.max(...clients.map(({ longestWaitMs }) => longestWaitMs));

it('flushes at the end of the tick while there is room in the share', async () => {
  const pace = new Pace({ share: 0.25, waitMaxMs: 25 });
  const client = new Client(0.01);
  client.event(pace);
  expect(client.flushes).toBe(0);
  await endOfTick();
  expect(client.flushes).toBe(1);
  expect(vi.getTimerCount()).toBe(0);
});

it('gathers nothing for a few clients', async () => {
  const pace = new Pace({ share: 0.25, waitMaxMs: 25 });
  const clients = clientsOf(50, 0.01);
  clock = 2000;
  await oneSecond(clients, pace);
  expect(clients.map(({ flushes }) => flushes)).toEqual(Array.from({ length: 50 }, () => 200));
  expect(longest(clients)).toBeLessThan(1);
});

it('gathers nothing for many clients at a low rate', async () => {
  const pace = new Pace({ share: 0.25, waitMaxMs: 25 });
  const clients = clientsOf(1000, 0.01);
  for (let n = 0; n < 10; n += 1) {
    for (const client of clients) client.event(pace);
    await runUntil(clock + 100);
  }
  expect(clients.every(({ flushes }) => flushes === 10)).toBe(true);
  // Nobody waits for more than those before it, give or take a tick of the timers of this test.
  expect(longest(clients)).toBeLessThan(20);
});

it('gathers for many clients until sending fits into its share', async () => {
  const pace = new Pace({ share: 0.25, waitMaxMs: 1000 });
  const clients = clientsOf(400, 0.01);
  clock = 2000;
  await oneSecond(clients, pace);
  const spent = clients.reduce((sum, { flushes }) => sum + flushes, 0) * 0.01;
  // 800 ms of work would be due in this second.
  expect(spent).toBeGreaterThan(150);
  expect(spent).toBeLessThan(300);
  expect(longest(clients)).toBeLessThan(30);
});

it('lets nobody wait longer than the bound, whatever the share', async () => {
  const pace = new Pace({ share: 0.001, waitMaxMs: 25 });
  const clients = clientsOf(100, 0.01);
  clock = 2000;
  await oneSecond(clients, pace);
  expect(longest(clients)).toBeLessThan(30);
  expect(longest(clients)).toBeGreaterThan(20);
});

it('flushes in the order of the line, in slices', async () => {
  const pace = new Pace({ share: 1, waitMaxMs: 25 });
  const flushed: number[] = [];
  for (let n = 0; n < 1000; n += 1) {
    pace.enter({
      flush: () => {
        flushed.push(n);
        clock += 0.01;
      },
    });
  }
  await endOfTick();
  expect(flushed.length).toBeGreaterThan(100);
  expect(flushed.length).toBeLessThan(400);
  await runUntil(clock + 100);
  expect(flushed).toEqual(Array.from({ length: 1000 }, (_, n) => n));
});

it('has no timer left when closed', async () => {
  const pace = new Pace({ share: 0.001, waitMaxMs: 25 });
  const client = new Client(1);
  client.event(pace);
  await endOfTick();
  client.event(pace);
  expect(vi.getTimerCount()).toBe(1);
  pace.close();
  expect(vi.getTimerCount()).toBe(0);
});
