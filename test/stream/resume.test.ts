// The promise of the stream: a client that is cut off again and again, and resumes from the last
// offset it saw, has each record once and in order.

import { afterEach, expect, it } from 'vitest';
import type { NewRecord } from './fake-lake.ts';
import { Harness, type Client } from './ws-harness.ts';

const TYPES = ['user', 'assistant', 'system', null] as const;

/** A small generator of its own, so that a failure can be run again by its seed. */
function randomOf(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

let harness: Harness;

afterEach(async () => {
  await harness.stop();
});

function commitSome(random: (below: number) => number): void {
  const records = Array.from({ length: random(4) }, (): NewRecord => ({
    text: 'x'.repeat(random(600)),
    live: random(3) > 0,
    duplicate: random(8) === 0,
    fields: { type: TYPES[random(4)] ?? null },
  }));
  harness.lake.commit(records, random(3));
}

/** Follows from `after` until it has seen `most` events or all there is, then is cut off. */
async function follow(after: number, filter: object, most: number, last: () => number): Promise<Client> {
  const client = await harness.enter();
  const subscribed = await client.subscribe({ offset: String(after), epoch: harness.lake.epoch, filter });
  expect(subscribed).toMatchObject({ recovered: true, from: String(after) });
  await client.until(() => client.events().length >= most || (client.offsets().at(-1) ?? after) >= last());
  client.ws.terminate();
  await client.closed;
  return client;
}

function expected(filter: { types?: string[] }): number[] {
  return harness.lake.stored
    .filter(({ record }) => record.duplicate !== true)
    .filter(({ record }) => filter.types === undefined || filter.types.includes(record.type ?? ''))
    .map(({ offset }) => offset);
}

it.each([
  ['everything', {}, 1, {}],
  ['a filter', { types: ['assistant', 'system'] }, 2, {}],
  ['everything, gathered,', {}, 3, { sendShare: 1e-6, gatherMaxMs: 4 }],
  ['a filter, gathered,', { types: ['assistant', 'system'] }, 4, { sendShare: 1e-6, gatherMaxMs: 4 }],
])('gives %s once and in order over 300 disconnects while commits go on', async (_case, filter, seed, pace) => {
  harness = await new Harness({ historyHighBytes: 2000, historyLowBytes: 500, ...pace }).start();
  harness.lake.batchRows = 3;
  const random = randomOf(seed);
  const seen: number[] = [];
  for (let n = 0; n < 20; n += 1) commitSome(random);
  const writer = setInterval(() => commitSome(random), 1);
  let last = 0;
  for (let n = 0; n < 300; n += 1) {
    commitSome(random);
    commitSome(random);
    const client = await follow(last, filter, 1 + random(12), () => expected(filter).at(-1) ?? 0);
    let prev = String(last);
    for (const event of client.events()) {
      expect(event.prev).toBe(prev);
      prev = event.offset ?? '';
    }
    seen.push(...client.offsets());
    last = seen.at(-1) ?? 0;
  }
  clearInterval(writer);
  const rest = await follow(last, filter, Infinity, () => expected(filter).at(-1) ?? 0);
  seen.push(...rest.offsets());
  expect(seen).toEqual(expected(filter));
  expect(seen.length).toBeGreaterThan(400);
}, 60_000);
