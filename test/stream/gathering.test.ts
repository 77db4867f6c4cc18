// Events that wait to be sent together: a client is told the same as if each had gone out at once.
// The pace of these hubs lets the first event go and then gathers for as long as a test says.

import { Duplex } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { FrameRun } from '../../src/stream/event-frames.ts';
import type { HubOptions } from '../../src/stream/hub-options.ts';
import { Outbox } from '../../src/stream/outbox.ts';
import { Pace } from '../../src/stream/pace.ts';
import { Harness, type Client } from './ws-harness.ts';

const KIB = 1024;
const FOREVER = 1_000_000;
let harness: Harness | undefined;

afterEach(async () => {
  await harness?.stop();
  harness = undefined;
});

async function begin(gatherMaxMs: number, options: Partial<HubOptions> = {}): Promise<Harness> {
  harness = await new Harness({ sendShare: 1e-9, gatherMaxMs, ...options }).start();
  return harness;
}

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Enters, subscribes, and gets the one event that is sent at once. */
async function follow(started: Harness): Promise<Client> {
  const client = await started.enter();
  await client.subscribe();
  started.lake.commit([{}]);
  await client.count(1);
  return client;
}

function expectChain(client: Client, id = 's1'): void {
  const events = client.events(id);
  expect(events.slice(1).map(({ prev }) => prev)).toEqual(events.slice(0, -1).map(({ offset }) => offset));
}

it('sends what was gathered whole and in order', async () => {
  const started = await begin(400);
  const client = await follow(started);
  for (let n = 0; n < 30; n += 1) {
    started.lake.commit([{ text: `a ${n}` }, { text: `b ${n}` }]);
    await tick();
  }
  await sleep(50);
  expect(client.events()).toHaveLength(1);
  await client.count(61);
  expect(client.offsets()).toEqual(Array.from({ length: 61 }, (_, n) => n + 1));
  expectChain(client);
});

it('keeps `prev` right for filters, ids and contents that share the wait', async () => {
  const started = await begin(60);
  const { lake } = started;
  const clients = await Promise.all(Array.from({ length: 30 }, () => started.enter()));
  for (const [n, client] of clients.entries()) {
    await client.subscribe({ content: (['none', 'text', 'raw'] as const)[n % 3] }, `all ${n % 12}`);
    await client.subscribe({ filter: { types: [n % 2 === 0 ? 'user' : 'assistant'] } }, 'some');
  }
  for (let n = 0; n < 40; n += 1) {
    lake.commit([{ text: `grüße ${n}`, fields: { type: n % 3 === 0 ? 'assistant' : 'user' } }], n % 2);
    if (n % 4 === 0) await tick();
  }
  for (const [n, client] of clients.entries()) {
    const id = `all ${n % 12}`;
    await client.count(40, id);
    const wanted = lake.stored.filter(({ record }) => record.type === (n % 2 === 0 ? 'user' : 'assistant'));
    await client.count(wanted.length, 'some');
    expect(client.offsets(id)).toEqual(lake.stored.map(({ offset }) => offset));
    expect(client.offsets('some')).toEqual(wanted.map(({ offset }) => offset));
    expectChain(client, id);
    expectChain(client, 'some');
    expect(client.events(id)[7]?.data?.text).toBe(n % 3 === 0 ? null : 'grüße 7');
    expect(client.events(id)[7]?.data?.raw === undefined).toBe(n % 3 < 2);
  }
});

it('answers after what was gathered before', async () => {
  const started = await begin(FOREVER);
  const client = await follow(started);
  started.lake.commit([{}, {}]);
  await client.settled();
  expect(client.messages.map(({ type }) => type).slice(-3)).toEqual(['event', 'event', 'pong']);
});

it('says in a heartbeat what the client has by then', async () => {
  const started = await begin(FOREVER, { heartbeatMs: 40 });
  const client = await follow(started);
  started.lake.commit([{}, {}]);
  const beat = await client.until((messages) => messages.find(({ type, top }) => type === 'heartbeat' && top === '3'));
  expect(beat.sent).toEqual({ s1: '3' });
  expect(client.messages.slice(0, client.messages.indexOf(beat)).at(-1)).toMatchObject({ type: 'event', offset: '3' });
});

it('goes on after the history of another subscription, in order', async () => {
  const started = await begin(FOREVER);
  const client = await follow(started);
  started.lake.commit([{}, {}]);
  await client.subscribe({ offset: '0' }, 'all');
  await client.count(3, 'all');
  expect(client.offsets()).toEqual([1, 2, 3]);
  started.lake.commit([{}]);
  await client.settled();
  expect(client.offsets('all')).toEqual([1, 2, 3, 4]);
  expect(client.offsets()).toEqual([1, 2, 3, 4]);
  expectChain(client);
  expectChain(client, 'all');
});

describe('while events wait', () => {
  it('an unsubscribe ends with what was sent for it, and its id begins anew', async () => {
    const started = await begin(FOREVER);
    const client = await follow(started);
    started.lake.commit([{}]);
    client.say({ type: 'unsubscribe', id: 's1' });
    expect(await client.first('unsubscribed', 's1')).toEqual({ type: 'unsubscribed', id: 's1', sent: '2' });
    expect(client.offsets()).toEqual([1, 2]);
    started.lake.commit([{}, {}]);
    await client.settled();
    expect(client.offsets()).toEqual([1, 2]);
    client.say({ type: 'subscribe', id: 's1', offset: '2' });
    await client.count(4);
    started.lake.commit([{}]);
    await client.settled();
    expect(client.offsets()).toEqual([1, 2, 3, 4, 5]);
    expectChain(client);
  });

  it('a shutdown sends them before its close', async () => {
    const started = await begin(FOREVER);
    const client = await follow(started);
    started.lake.commit([{}, {}]);
    await started.hub.close();
    expect((await client.closed).code).toBe(4001);
    expect(client.offsets()).toEqual([1, 2, 3]);
  });

  it.each([
    ['closes', (client: Client): void => client.ws.close()],
    ['is cut off', (client: Client): void => client.ws.terminate()],
  ])('a client that %s takes nobody with it', async (_case, leave) => {
    const started = await begin(100);
    const { hub, lake } = started;
    const other = await follow(started);
    const client = await started.enter();
    await client.subscribe();
    lake.commit([{}]);
    leave(client);
    for (let n = 0; n < 20; n += 1) {
      lake.commit([{ text: 'x'.repeat(KIB) }]);
      await tick();
    }
    await other.count(22);
    while (hub.stats().connections > 1) await sleep(5);
    lake.commit([{}]);
    await other.count(23);
    expectChain(other);
  });
});

describe('the bound of what is unread', () => {
  it('is not reached by a client that reads, however long events wait', async () => {
    const started = await begin(FOREVER, { backlogMaxBytes: 16 * KIB });
    const client = await follow(started);
    for (let n = 0; n < 40; n += 1) {
      started.lake.commit([{ text: 'x'.repeat(4 * KIB) }]);
      await tick();
    }
    await client.settled();
    expect(client.offsets()).toEqual(Array.from({ length: 41 }, (_, n) => n + 1));
    expectChain(client);
  });

  it('is reached by one that does not, and its close is 4008', async () => {
    const started = await begin(FOREVER);
    const client = await follow(started);
    client.ws.pause();
    for (let n = 0; n < 3000 && started.hub.stats().subscriptions > 0; n += 1) {
      started.lake.commit([{ text: 'x'.repeat(32 * KIB) }]);
      await tick();
    }
    expect(started.hub.stats().subscriptions).toBe(0);
    client.ws.resume();
    expect((await client.closed).code).toBe(4008);
    expect(client.offsets()).toEqual(Array.from({ length: client.events().length }, (_, n) => n + 1));
  });

  it('counts what waits and what the socket holds', () => {
    const pace = new Pace({ share: 1, waitMaxMs: FOREVER });
    vi.spyOn(pace, 'enter').mockImplementation(() => {});
    const socket = new Duplex({ read() {}, write() {} });
    const ws = {
      OPEN: 1,
      readyState: 1,
      extensions: '',
      get bufferedAmount() {
        return socket.writableLength;
      },
    };
    const outbox = new Outbox(ws as unknown as WebSocket, socket, { pace, highBytes: 20_000, lowBytes: 100, stallMs: 1000, onStall() {} });
    const frame = FrameRun.of('x'.repeat(10_000), Buffer.alloc(0));
    outbox.gather(frame);
    expect(outbox.backlogBytes).toBe(frame.byteLength);
    expect(outbox.unreadBytes).toBe(0);
    outbox.flush();
    expect(outbox.unreadBytes).toBe(frame.byteLength);
    expect(outbox.full).toBe(false);
    outbox.gather(frame);
    expect(outbox.backlogBytes).toBe(2 * frame.byteLength);
    expect(outbox.full).toBe(true);
    for (let n = 0; n < 20; n += 1) outbox.gather(frame);
    expect(outbox.backlogBytes).toBe(22 * frame.byteLength);
    // More than a full write never waits.
    expect(outbox.backlogBytes - outbox.unreadBytes).toBeLessThanOrEqual(64 * KIB);
    outbox.close();
    expect(outbox.backlogBytes).toBe(outbox.unreadBytes);
  });
});
