// A client's way in and out: the token, its messages, the limits and the shutdown.
// Over real sockets, with the index in memory.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Harness, TOKEN } from './ws-harness.ts';

let harness: Harness;

beforeEach(async () => {
  harness = await new Harness({ authMs: 100 }).start();
});
afterEach(async () => {
  await harness.stop();
});

describe('the token', () => {
  it('is enough in the header: the first message is hello', async () => {
    harness.lake.commit([{}, {}]);
    const client = harness.connect();
    expect(await client.first('hello')).toEqual({ type: 'hello', epoch: harness.lake.epoch, top: '2', version: '1.2.3' });
    expect(client.messages[0]?.type).toBe('hello');
  });

  it('may come in the first message, and hello comes after it', async () => {
    const client = harness.connect({ header: false });
    await new Promise((resolve) => client.ws.once('open', resolve));
    expect(client.messages).toEqual([]);
    client.say({ type: 'auth', token: TOKEN });
    await client.first('hello');
    expect(await client.subscribe()).toMatchObject({ id: 's1', from: '0', recovered: false });
  });

  it('may be said again by a client that brought it in the header', async () => {
    const client = await harness.enter();
    client.say({ type: 'auth', token: TOKEN });
    await client.settled();
    expect(client.messages.filter(({ type }) => type === 'hello')).toHaveLength(1);
  });

  it.each([
    ['a wrong token', { type: 'auth', token: 'wrong' }],
    ['an `auth` without a token', { type: 'auth' }],
    ['a token that is no text', { type: 'auth', token: 7 }],
    ['anything before the token', { type: 'ping' }],
  ])('ends with 4500 after %s, without a hello', async (_case, message) => {
    const client = harness.connect({ header: false });
    await new Promise((resolve) => client.ws.once('open', resolve));
    client.say(message);
    expect((await client.closed).code).toBe(4500);
    expect(client.messages).toEqual([]);
  });

  it('ends with 4500 where it does not come in time', async () => {
    expect((await harness.connect({ header: false }).closed).code).toBe(4500);
  });
});

describe('messages', () => {
  it('answers a ping with a pong', async () => {
    const client = await harness.enter();
    client.say({ type: 'ping' });
    expect(await client.first('pong')).toEqual({ type: 'pong' });
  });

  it.each([
    ['no JSON', '{"type":'],
    ['no object', '[1]'],
    ['an unknown type', '{"type":"shout"}'],
    ['a type of the prototype', '{"type":"toString"}'],
    ['an unknown key', '{"type":"ping","loud":true}'],
    ['an unknown key of the filter', '{"type":"subscribe","id":"s1","filter":{"sesion":"x"}}'],
    ['a subscription without an id', '{"type":"subscribe"}'],
  ])('ends with 4501 and says why after %s', async (_case, text) => {
    const client = await harness.enter();
    client.say(text);
    const { code, reason } = await client.closed;
    expect(code).toBe(4501);
    expect(reason).not.toBe('');
    expect(await client.first('error')).toMatchObject({ code: 'bad_message' });
  });

  it('ends with 4501 after a binary frame', async () => {
    const client = await harness.enter();
    client.ws.send(Buffer.from('{"type":"ping"}'), { binary: true });
    expect((await client.closed).code).toBe(4501);
  });

  it.each([
    ['an unknown content', { content: 'all' }],
    ['an offset that is no digits', { offset: '-1' }],
    ['an offset that is a number', { offset: 12 }],
    ['a filter that is no object', { filter: 'x' }],
    ['a list that is a string', { filter: { types: 'user' } }],
    ['an empty session', { filter: { session: '' } }],
  ])('refuses a subscription with %s and goes on', async (_case, rest) => {
    const client = await harness.enter();
    client.say({ type: 'subscribe', id: 'bad', ...rest });
    expect(await client.first('error', 'bad')).toMatchObject({ code: 'invalid_parameter' });
    await client.subscribe();
  });

  it('refuses an id that is taken, and one that is not there', async () => {
    const client = await harness.enter();
    await client.subscribe();
    client.say({ type: 'subscribe', id: 's1' });
    expect(await client.first('error', 's1')).toMatchObject({ code: 'id_in_use' });
    client.say({ type: 'unsubscribe', id: 's2' });
    expect(await client.first('error', 's2')).toMatchObject({ code: 'not_found' });
  });
});

describe('limits', () => {
  it('refuses more than 128 subscriptions, and ends with 4504 who insists', async () => {
    const client = await harness.enter();
    for (let n = 1; n <= 128; n += 1) await client.subscribe({}, `s${n}`);
    client.say({ type: 'subscribe', id: 's129' });
    expect(await client.first('error', 's129')).toMatchObject({ code: 'limit' });
    for (let n = 130; n <= 170; n += 1) client.say({ type: 'subscribe', id: `s${n}` });
    expect((await client.closed).code).toBe(4504);
  });

  it('ends with 4504 a connection too many, and takes one again when another has left', async () => {
    const small = await new Harness({ connectionsMax: 1 }).start();
    expect(small.hub.isFollowed).toBe(false);
    const first = await small.enter();
    expect(small.hub.isFollowed).toBe(true);
    expect((await small.connect().closed).code).toBe(4504);
    first.ws.close();
    await first.closed;
    while (small.hub.stats().connections > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(small.hub.isFollowed).toBe(false);
    await small.connect().first('hello');
    await small.stop();
  });
});

describe('a shutdown', () => {
  it('ends everybody with 4001 and waits for them', async () => {
    harness.lake.commit(Array.from({ length: 100 }, () => ({})));
    const reading = harness.connect();
    const live = harness.connect();
    const nobody = harness.connect({ header: false });
    await new Promise((resolve) => nobody.ws.once('open', resolve));
    await Promise.all([reading.first('hello'), live.first('hello')]);
    await Promise.all([reading.subscribe({ offset: '0' }), live.subscribe()]);
    const closing = harness.hub.close();
    const closed = await Promise.all([reading.closed, live.closed, nobody.closed]);
    expect(closed.map(({ code }) => code)).toEqual([4001, 4001, 4001]);
    await closing;
    await harness.hub.close();
    expect(harness.hub.stats()).toEqual({ connections: 0, subscriptions: 0, historyReads: 0 });
    expect((await harness.connect().closed).code).toBe(1006);
  });

  it('waits for reads of history, so that the index may close after it', async () => {
    harness.lake.commit([{}]);
    let reading = false;
    harness.lake.beforeBatch = async () => {
      reading = true;
      await new Promise((resolve) => setTimeout(resolve, 100));
      reading = false;
    };
    const client = await harness.enter();
    await client.subscribe({ offset: '0' });
    expect(reading).toBe(true);
    await harness.hub.close();
    expect(reading).toBe(false);
  });

  it('does not wait for ever for a client that does not answer', async () => {
    const hurried = await new Harness({ closeMs: 50 }).start();
    const client = await hurried.enter();
    client.ws.pause();
    await hurried.hub.close();
    expect(hurried.hub.stats().connections).toBe(0);
    await hurried.stop();
  });
});

it('costs a commit nothing while nobody is live', async () => {
  harness.lake.commit([{}]);
  expect(harness.lake.built).toBe(0);
  const client = await harness.enter();
  harness.lake.commit([{}]);
  expect(harness.lake.built).toBe(0);
  await client.subscribe();
  harness.lake.commit([{}]);
  await client.count(1);
  expect(harness.lake.built).toBe(1);
});
