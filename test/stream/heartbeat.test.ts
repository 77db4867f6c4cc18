// Signs of life: what a heartbeat says, and what happens to a client that shows none.

import { afterEach, expect, it } from 'vitest';
import { Harness } from './ws-harness.ts';

let harness: Harness | undefined;

afterEach(async () => {
  await harness?.stop();
  harness = undefined;
});

it('says the top and the last offset of each subscription at every interval', async () => {
  harness = await new Harness({ heartbeatMs: 40 }).start();
  const { lake } = harness;
  lake.commit([{}, {}]);
  const client = await harness.enter();
  await client.subscribe({ offset: '0' }, 'all');
  await client.subscribe({ filter: { types: ['nothing'] } }, 'none');
  await client.count(2, 'all');
  lake.commit([{}], 4);
  await client.count(3, 'all');
  const beat = await client.until((messages) => messages.find((message) => message.type === 'heartbeat' && message.top === '7'));
  expect(beat).toEqual({ type: 'heartbeat', top: '7', sent: { all: '7', none: '2' } });
  await client.until((messages) => messages.filter(({ type }) => type === 'heartbeat').length >= 3);
});

it('says nothing before the token', async () => {
  harness = await new Harness({ heartbeatMs: 10 }).start();
  const client = harness.connect({ header: false });
  await new Promise((resolve) => client.ws.once('open', resolve));
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(client.messages).toEqual([]);
});

it('keeps a client that answers pings, and ends with 4012 one that does not', async () => {
  harness = await new Harness({ heartbeatMs: 40, pongMs: 40 }).start();
  const silent = harness.connect({ autoPong: false });
  const alive = await harness.enter();
  expect((await silent.closed).code).toBe(4012);
  await alive.until((messages) => messages.filter(({ type }) => type === 'heartbeat').length >= 5);
});

it('ends a client that takes nothing, not even the ping', async () => {
  harness = await new Harness({ heartbeatMs: 60, pongMs: 10_000, closeMs: 50, backlogMaxBytes: 2 ** 26 }).start();
  const client = await harness.enter();
  await client.subscribe();
  client.ws.pause();
  const text = 'x'.repeat(2 ** 20);
  for (let n = 0; n < 24; n += 1) harness.lake.commit([{ text }]);
  while (harness.hub.stats().connections > 0) await new Promise((resolve) => setTimeout(resolve, 10));
});
