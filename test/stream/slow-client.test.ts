// Clients that read slowly or not at all: what the server keeps for them is bounded, they are told
// why they are closed, and nobody else notices.

import { afterEach, expect, it } from 'vitest';
import type { HubOptions } from '../../src/stream/hub-options.ts';
import { Harness } from './ws-harness.ts';

const KIB = 1024;
let harness: Harness | undefined;

afterEach(async () => {
  await harness?.stop();
  harness = undefined;
});

async function begin(options: Partial<HubOptions> = {}): Promise<Harness> {
  harness = await new Harness(options).start();
  return harness;
}

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('closes a live client that does not read with 4008, and the others lose nothing', async () => {
  const started = await begin();
  const { hub, lake } = started;
  const slow = await started.enter();
  const others = await Promise.all([started.enter(), started.enter()]);
  await Promise.all([slow, ...others].map((client) => client.subscribe({ content: 'text' })));
  slow.ws.pause();
  const text = 'x'.repeat(32 * KIB);
  let committed = 0;
  while (hub.stats().subscriptions === 3 && committed < 2000) {
    lake.commit([{ text }]);
    committed += 1;
    await tick();
  }
  expect(committed).toBeLessThan(2000);
  slow.ws.resume();
  expect((await slow.closed).code).toBe(4008);
  for (let n = 0; n < 10; n += 1) lake.commit([{ text: 'after' }]);
  for (const other of others) {
    await other.count(committed + 10);
    expect(other.offsets()).toEqual(Array.from({ length: committed + 10 }, (_, n) => n + 1));
  }
  // What the slow one has is a prefix, from which it can resume.
  expect(slow.offsets()).toEqual(Array.from({ length: slow.events().length }, (_, n) => n + 1));
});

it('cuts a client that does not even take the close', async () => {
  const started = await begin({ closeMs: 50 });
  const { hub, lake } = started;
  const slow = await started.enter();
  await slow.subscribe({ content: 'text' });
  slow.ws.pause();
  const text = 'x'.repeat(64 * KIB);
  for (let n = 0; n < 1000 && hub.stats().connections > 0; n += 1) {
    lake.commit([{ text }]);
    await tick();
  }
  while (hub.stats().connections > 0) await new Promise((resolve) => setTimeout(resolve, 5));
});

it('sends a client that reads a commit larger than the bound, live or not', async () => {
  const started = await begin({ backlogMaxBytes: 64 * KIB });
  const { lake } = started;
  const client = await started.enter();
  await client.subscribe({}, 'live');
  await client.subscribe({ offset: '0' }, 'all');
  lake.commit(Array.from({ length: 300 }, (_, n) => ({ text: 'y'.repeat(KIB), live: n % 3 > 0 })));
  lake.commit([{ text: 'z'.repeat(200 * KIB) }, {}]);
  await client.count(302, 'all');
  await client.count(202, 'live');
  expect(client.offsets('all')).toEqual(Array.from({ length: 302 }, (_, n) => n + 1));
  expect(client.offsets('live').every((offset) => offset > 300 || (offset - 1) % 3 > 0)).toBe(true);
  lake.commit([{}]);
  await client.count(303, 'all');
  await client.count(203, 'live');
  for (const id of ['all', 'live']) {
    const events = client.events(id);
    expect(events.map(({ prev }) => prev)).toEqual(['0', ...events.slice(0, -1).map(({ offset }) => offset)]);
  }
});

it('reads history no faster than the client, and the client misses nothing', async () => {
  const started = await begin({ stallMs: 60_000 });
  const { lake } = started;
  const text = 'x'.repeat(16 * KIB);
  lake.commit(Array.from({ length: 1500 }, () => ({ text })));
  let batches = 0;
  lake.beforeBatch = async () => {
    batches += 1;
    await tick();
  };
  const client = await started.enter();
  await client.subscribe({ offset: '0' });
  client.ws.pause();
  let before = -1;
  while (before !== batches) {
    before = batches;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(batches).toBeLessThan(1500 / lake.batchRows);
  lake.commit([{ text: 'last' }]);
  client.ws.resume();
  await client.count(1501);
  expect(client.offsets()).toEqual(Array.from({ length: 1501 }, (_, n) => n + 1));
});

it('closes a reader of history that stands still with 4008', async () => {
  const started = await begin({ stallMs: 100 });
  const { hub, lake } = started;
  const text = 'x'.repeat(64 * KIB);
  lake.commit(Array.from({ length: 400 }, () => ({ text })));
  const client = await started.enter();
  await client.subscribe({ offset: '0' });
  client.ws.pause();
  while (hub.stats().subscriptions > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  client.ws.resume();
  expect((await client.closed).code).toBe(4008);
});

it('does not close a reader of history that is slow but moves, within one large record too', async () => {
  const started = await begin({ stallMs: 400 });
  const { hub, lake } = started;
  const text = 'x'.repeat(8 * KIB * KIB);
  lake.commit(Array.from({ length: 6 }, () => ({ text })));
  const client = await started.enter();
  await client.subscribe({ offset: '0' });
  client.ws.pause();
  // Over several stall times no frame is whole.
  const sip = setInterval(() => client.sip(), 4);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(hub.stats().historyReads).toBe(1);
  clearInterval(sip);
  client.ws.resume();
  await client.count(6);
});

it('does not take a connection that reads history for a slow live client', async () => {
  const started = await begin({ backlogMaxBytes: 64 * KIB });
  const { lake } = started;
  lake.commit(Array.from({ length: 60 }, () => ({ text: 'x'.repeat(500 * KIB) })));
  const client = await started.enter();
  await client.subscribe({}, 'live');
  await client.subscribe({ offset: '0' }, 'all');
  for (let n = 0; n < 200; n += 1) {
    lake.commit([{ text: 'now' }]);
    await tick();
  }
  await client.count(260, 'all');
  await client.count(200, 'live');
  expect(client.offsets('live')).toEqual(Array.from({ length: 200 }, (_, n) => n + 61));
});

it('does not listen to a client that does not read its answers', async () => {
  const started = await begin({ historyHighBytes: 4 * KIB, historyLowBytes: KIB });
  const client = await started.enter();
  client.ws.pause();
  let sent = 0;
  // Pings fill the way back; once the server stops listening, ours fills too.
  while (client.ws.bufferedAmount < 256 * KIB && sent < 3_000_000) {
    for (let n = 0; n < 5000; n += 1) client.say('{"type":"ping"}');
    sent += 5000;
    await tick();
  }
  expect(client.ws.bufferedAmount).toBeGreaterThan(0);
  client.ws.resume();
  await client.until((messages) => messages.length > sent);
}, 60_000);
