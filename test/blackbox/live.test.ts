// The live stream through the contract: what a subscription gets, and what becomes of a client that does not read.

import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { userLine } from '../support/claude-lines.ts';
import { until, Workspace } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { LiveClient } from '../support/live.ts';

const SESSION = 'bbbbbbbb-0000-4000-8000-000000000001';

describe('following live', () => {
  const workspace = new Workspace();
  const path = join(workspace.root, '-home-ada-engine', `${SESSION}.jsonl`);
  let daemon: Daemon;
  let n = 0;
  const append = (count: number, text?: string): void => {
    const lines = Array.from({ length: count }, () => userLine({ session: SESSION, n: n++, ...(text === undefined ? {} : { text }) }));
    appendFileSync(path, `${lines.join('\n')}\n`);
  };
  beforeAll(async () => {
    mkdirSync(join(workspace.root, '-home-ada-engine'), { recursive: true });
    writeFileSync(path, '');
    append(5);
    daemon = await workspace.start(['--no-archive']);
    await daemon.caughtUp();
  });
  afterAll(() => workspace.remove());

  it('without an offset begins with what is appended from now on', async () => {
    const client = await LiveClient.open(daemon);
    await client.subscribe();
    append(1, 'just now');
    const event = await client.waitFor((frame) => frame.type === 'event');
    expect(event['data']).toMatchObject({ text: 'just now', session_id: SESSION, type: 'user', role: 'user' });
    expect(client.events).toHaveLength(1);
    client.close();
  });

  it('from offset 0 gets everything, each event naming the one before', async () => {
    const { top } = await daemon.get<{ top: string }>('/api/status');
    const client = await LiveClient.open(daemon);
    await client.subscribe({ offset: '0' });
    await client.waitFor((frame) => frame['offset'] === top);
    const offsets = client.events.map((event) => String(event['offset']));
    expect(offsets).toEqual(Array.from({ length: n }, (_, i) => String(i + 1)));
    expect(client.events.map((event) => event['prev'])).toEqual(['0', ...offsets.slice(0, -1)]);
    client.close();
  });

  it('is told of a gap when its epoch is another', async () => {
    const client = await LiveClient.open(daemon);
    await client.subscribe({ offset: '1', epoch: 'of-another-index' });
    expect(await client.waitFor((frame) => frame.type === 'gap')).toMatchObject({ reason: 'epoch', id: 's1' });
    client.close();
  });

  it('carries a hundred subscriptions on one connection, each with its own events', async () => {
    const client = await LiveClient.open(daemon);
    const ids = Array.from({ length: 100 }, (_, i) => `s${i}`);
    for (const [i, id] of ids.entries()) client.send({ type: 'subscribe', id, ...(i % 2 === 0 ? {} : { offset: '0', filter: { session: SESSION } }), content: 'none' });
    await client.waitFor((frame) => frame.type === 'subscribed' && frame['id'] === ids.at(-1));
    append(1);
    await until(() => ids.every((id) => client.events.some((event) => event['id'] === id && event['offset'] === String(n))));
    for (const [i, id] of ids.entries()) expect([id, client.events.filter((event) => event['id'] === id).length]).toEqual([id, i % 2 === 0 ? 1 : n]);
    client.close();
  });

  it('refuses a frame that is no message with 4501', async () => {
    const client = await LiveClient.open(daemon);
    client.socket.send('no JSON');
    await until(() => client.closeCode !== null);
    expect(client.closeCode).toBe(4501);
  });

  it('closes a client that does not read with 4008, and the others lose nothing', async () => {
    const slow = await LiveClient.open(daemon);
    await slow.subscribe({ content: 'text' });
    const quick = await LiveClient.open(daemon);
    await quick.subscribe({ content: 'text' });
    slow.socket.pause();
    const first = n;
    for (let i = 0; i < 120; i++) {
      append(10, 'x'.repeat(20_000));
      await until(() => quick.events.length >= n - first);
    }
    expect(quick.events.map((event) => Number(event['offset']))).toEqual(Array.from({ length: n - first }, (_, i) => first + i + 1));
    slow.socket.resume();
    await until(() => slow.closeCode !== null);
    expect([4008, 1006]).toContain(slow.closeCode);
    expect(slow.events.length).toBeLessThan(n - first);
    quick.close();
  });

  it('refuses one follower too many with 4504, and answers requests beside all of them', async () => {
    const followers: LiveClient[] = [];
    while (followers.length < 1024) followers.push(...(await Promise.all(Array.from({ length: 64 }, () => LiveClient.open(daemon)))));
    await expect(LiveClient.open(daemon)).rejects.toThrow('closed with 4504');
    expect(await daemon.get('/health')).toMatchObject({ status: 'ok' });
    for (const follower of followers) follower.close();
    await until(() => followers.every(({ closeCode }) => closeCode !== null));
  });

  it('says goodbye with 4001 when the daemon stops', async () => {
    const client = await LiveClient.open(daemon);
    await client.subscribe();
    expect(await daemon.stop()).toBe(0);
    await until(() => client.closeCode !== null);
    expect(client.closeCode).toBe(4001);
  });
});
