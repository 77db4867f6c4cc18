// What one subscription sends: from where, in which order, with which content, and what it says
// where it cannot give what was asked for.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Harness, type Client, type Message } from './ws-harness.ts';

let harness: Harness;
let client: Client;

beforeEach(async () => {
  harness = await new Harness().start();
  client = await harness.enter();
});
afterEach(async () => {
  await harness.stop();
});

/** Each event names the one before it; the first, where the subscription began. */
function expectChain(subscribed: Message, events: readonly Message[]): void {
  let prev = subscribed.from;
  for (const event of events) {
    expect(event.prev).toBe(prev);
    prev = event.offset;
  }
}

describe('without an offset', () => {
  it('sends what is appended from now on, and nothing older', async () => {
    harness.lake.commit([{ text: 'old' }]);
    const subscribed = await client.subscribe();
    expect(subscribed).toEqual({
      type: 'subscribed', id: 's1', epoch: harness.lake.epoch, from: '1', top: '1', recovered: false,
    });
    harness.lake.commit([{ text: 'new' }]);
    const [event] = await client.count(1);
    expect(event).toMatchObject({ type: 'event', id: 's1', offset: '2', prev: '1', data: { offset: '2', text: 'new' } });
  });

  it('leaves out what an index that is catching up finds', async () => {
    const subscribed = await client.subscribe();
    harness.lake.commit([{ live: false }, { live: true }, { live: false }]);
    harness.lake.commit([{ live: false }]);
    harness.lake.commit([{ live: true }]);
    await client.count(2);
    await client.settled();
    expect(client.offsets()).toEqual([2, 5]);
    expectChain(subscribed, client.events());
  });

  it('asks for nothing of another epoch', async () => {
    expect(await client.subscribe({ epoch: 'another' })).toMatchObject({ recovered: false });
    await client.settled();
    expect(client.messages.some(({ type }) => type === 'gap')).toBe(false);
  });
});

describe('with an offset', () => {
  it('sends all after it, history and live, whoever appended it', async () => {
    harness.lake.commit(Array.from({ length: 50 }, (_, n) => ({ live: n % 2 === 0 })));
    const subscribed = await client.subscribe({ offset: '10', epoch: harness.lake.epoch });
    expect(subscribed).toMatchObject({ from: '10', top: '50', recovered: true });
    harness.lake.commit([{ live: false }, {}], 3);
    await client.count(42);
    harness.lake.commit([{ live: false }]);
    await client.count(43);
    expect(client.offsets()).toEqual([...Array.from({ length: 40 }, (_, n) => n + 11), 54, 55, 56]);
    expectChain(subscribed, client.events());
  });

  it('sends everything from 0', async () => {
    harness.lake.commit([{}, {}, {}]);
    expect(await client.subscribe({ offset: '0' })).toMatchObject({ from: '0', recovered: true });
    await client.count(3);
    expect(client.offsets()).toEqual([1, 2, 3]);
  });

  it('is live at once where it is the top', async () => {
    harness.lake.commit([{}]);
    await client.subscribe({ offset: '1' });
    expect(harness.hub.stats().historyReads).toBe(0);
    harness.lake.commit([{}]);
    expect((await client.count(1))[0]?.prev).toBe('1');
  });

  it('leaves out repeated lines in history and live', async () => {
    harness.lake.commit([{}, { duplicate: true }, {}]);
    await client.subscribe({ offset: '0' });
    await client.count(2);
    harness.lake.commit([{ duplicate: true }, {}]);
    await client.count(3);
    expect(client.offsets()).toEqual([1, 3, 5]);
  });

  it('takes commits that come while history is read as more history', async () => {
    harness.lake.commit(Array.from({ length: 20 }, () => ({})));
    let more = 30;
    harness.lake.beforeBatch = async () => {
      await new Promise((resolve) => setImmediate(resolve));
      if (more > 0) harness.lake.commit([{}]);
      more -= 1;
    };
    const subscribed = await client.subscribe({ offset: '0' });
    await client.count(50);
    expect(client.offsets()).toEqual(Array.from({ length: 50 }, (_, n) => n + 1));
    expectChain(subscribed, client.events());
  });
});

it('reads the history of many in turns, and everybody gets all', async () => {
  const turns = await new Harness({ historyReadersMax: 1 }).start();
  turns.lake.commit(Array.from({ length: 40 }, () => ({})));
  const clients = await Promise.all(Array.from({ length: 6 }, () => turns.enter()));
  await Promise.all(clients.map((each) => each.subscribe({ offset: '0' })));
  expect(turns.hub.stats().historyReads).toBeGreaterThan(0);
  turns.lake.commit([{}]);
  for (const each of clients) {
    await each.count(41);
    expect(each.offsets()).toEqual(Array.from({ length: 41 }, (_, n) => n + 1));
  }
  expect(turns.hub.stats()).toMatchObject({ subscriptions: 6, historyReads: 0 });
  await turns.stop();
});

describe('a gap', () => {
  it('says that the epoch is another one, and goes on after the top', async () => {
    harness.lake.commit([{}, {}, {}]);
    const subscribed = await client.subscribe({ epoch: 'another', offset: '2' });
    expect(subscribed).toMatchObject({ epoch: harness.lake.epoch, from: '3', top: '3', recovered: false });
    expect(await client.first('gap')).toEqual({ type: 'gap', id: 's1', reason: 'epoch', from: '2', to: '3', top: '3' });
    harness.lake.commit([{ live: false }]);
    await client.count(1);
    expect(client.offsets()).toEqual([4]);
    expectChain(subscribed, client.events());
  });

  it.each(['4', '9007199254740993', '99999999999999999999999999999999'])('says that %s is in the future', async (offset) => {
    harness.lake.commit([{}, {}, {}]);
    expect(await client.subscribe({ epoch: harness.lake.epoch, offset })).toMatchObject({ from: '3', recovered: false });
    expect(await client.first('gap')).toMatchObject({ reason: 'future', from: offset, to: '3', top: '3' });
    harness.lake.commit([{}]);
    expect((await client.count(1))[0]?.prev).toBe('3');
  });
});

describe('content', () => {
  it.each([
    ['none', { text: null }],
    ['text', { text: 'grüße "q" \u2028 🙂' }],
    ['raw', { text: 'grüße "q" \u2028 🙂', raw: expect.stringContaining('grüße') as string }],
  ])('%s is the same live and from history', async (content, expected) => {
    await client.subscribe({ content }, 'live');
    harness.lake.commit([{ text: 'grüße "q" \u2028 🙂' }]);
    const [live] = await client.count(1, 'live');
    await client.subscribe({ content, offset: '0' }, 'late');
    const [late] = await client.count(1, 'late');
    expect(live?.data).toEqual(late?.data);
    expect(live?.data).toMatchObject(expected);
    expect('raw' in (live?.data ?? {})).toBe(content === 'raw');
  });

  it('is text unless asked for', async () => {
    await client.subscribe();
    harness.lake.commit([{ text: 'hello' }]);
    expect((await client.count(1))[0]?.data).toMatchObject({ text: 'hello' });
    expect((await client.count(1))[0]?.data).not.toHaveProperty('raw');
  });
});

it('keeps subscriptions on one connection apart', async () => {
  harness.lake.commit([{}, {}]);
  await client.subscribe({ offset: '0' }, 'all');
  await client.subscribe({ filter: { types: ['assistant'] } }, 'answers');
  harness.lake.commit([{}, { fields: { type: 'assistant' } }]);
  await client.count(4, 'all');
  await client.count(1, 'answers');
  expect(client.offsets('answers')).toEqual([4]);
  expect(client.events('answers')[0]?.prev).toBe('2');
});

it('chains each client by what that client was sent, also where their ids are the same', async () => {
  const other = await harness.enter();
  await client.subscribe();
  await other.subscribe({ filter: { types: ['assistant'] } });
  harness.lake.commit([{}, { fields: { type: 'assistant' } }]);
  await client.count(2);
  await other.count(1);
  expect(client.events().map(({ prev }) => prev)).toEqual(['0', '1']);
  expect(other.events().map(({ prev }) => prev)).toEqual(['0']);
});

it('ends a subscription in history or live, and takes its id again', async () => {
  harness.lake.commit(Array.from({ length: 200 }, () => ({})));
  await client.subscribe({ offset: '0' });
  client.say({ type: 'unsubscribe', id: 's1' });
  const { sent } = await client.first('unsubscribed', 's1');
  const seen = client.events().length;
  expect(sent).toBe(String(client.events().at(-1)?.offset ?? 0));
  harness.lake.commit([{}]);
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(client.events()).toHaveLength(seen);
  expect(seen).toBeLessThan(200);
  client.say({ type: 'subscribe', id: 's1', filter: {} });
  await client.settled();
  harness.lake.commit([{}]);
  await client.count(seen + 1);
});

it('is closed with 4010 where offsets were not published', async () => {
  await client.subscribe();
  harness.lake.feed.publish({ prev: 5, top: 6, mayBeLive: true, records: () => [] });
  expect((await client.closed).code).toBe(4010);
});

it('reads from the lake what a commit does not have in hand, in order with what follows', async () => {
  await client.subscribe({ offset: '0', content: 'text' });
  await client.settled();
  harness.lake.inHand = false;
  harness.lake.commit([{ text: 'a' }, { text: 'b' }]);
  harness.lake.inHand = true;
  harness.lake.commit([{ text: 'c' }]);
  await client.count(3);
  expect(client.events().map((event) => (event['data'] as { text: string }).text)).toEqual(['a', 'b', 'c']);
});

it('without an offset asks for nothing where nothing was appended while the daemon watched', async () => {
  await client.subscribe();
  harness.lake.inHand = false;
  harness.lake.commit([{ live: false }, { live: false }]);
  harness.lake.inHand = true;
  harness.lake.beforeBatch = () => Promise.reject(new Error('nobody should read'));
  harness.lake.commit([{ live: true }]);
  await client.count(1);
  expect(client.events().map((event) => event['offset'])).toEqual(['3']);
});

it('is closed with 4010 where history cannot be read', async () => {
  harness.lake.commit([{}]);
  harness.lake.beforeBatch = () => Promise.reject(new Error('the disk is gone'));
  await client.subscribe({ offset: '0' });
  expect(await client.closed).toMatchObject({ code: 4010, reason: expect.stringContaining('the disk is gone') as string });
});
