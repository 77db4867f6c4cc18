// Each call once: by property, against a recount that sees all lines at once and knows no order.

import { rmSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CallLedger } from '../../src/index/calls/call-ledger.ts';
import type { CallLine, Contribution } from '../../src/index/calls/call-line.ts';
import { callKey } from '../../src/index/calls/call-table.ts';
import { createTablesSql } from '../../src/index/store/schema.ts';
import { TableWriters } from '../../src/index/commit/table-writers.ts';
import { newFolder } from './support/test-index.ts';

const dir = newFolder();
let instance: DuckDBInstance;
let connection: DuckDBConnection;
let tables: TableWriters;

beforeAll(async () => {
  instance = await DuckDBInstance.create(`${dir}/calls.duckdb`, { threads: '1' });
  connection = await instance.connect();
  await connection.run(createTablesSql());
  tables = await TableWriters.create(connection);
});

afterAll(() => {
  tables.close();
  connection.closeSync();
  instance.closeSync();
  rmSync(dir, { recursive: true, force: true });
});

/** Numbers and names in opposite order, so that an answer by number shows. */
const names = { session: (ix: number) => `session ${9 - ix}`, agent: (ix: number) => `agent ${9 - ix}`, model: (ix: number) => `model ${9 - ix}` };

interface Line extends CallLine {
  message: bigint;
  request: bigint;
}

const line: fc.Arbitrary<Line> = fc
  .record({
    message: fc.constantFrom(1n, 2n, 2n ** 63n + 5n, 2n ** 64n - 1n),
    request: fc.constantFrom(0n, 7n, 2n ** 64n - 2n),
    session: fc.constantFrom(1, 2, 3),
    agent: fc.constantFrom(0, 0, 4, 5),
    flagged: fc.boolean(),
    ms: fc.constantFrom(-1, 0, 1000, 2000),
    birthMs: fc.constantFrom(10, 20),
    model: fc.constantFrom(0, 6, 7),
    tier: fc.constantFrom(0, 0, 8),
    usage: fc.record({ input: fc.constantFrom(3, 3, 4), output: fc.constantFrom(0, 5, 5, 9), cacheCreation: fc.constantFrom(0, 1), cacheRead: fc.constantFrom(0, 2 ** 40), cacheCreation1h: fc.constantFrom(0, 1), webSearches: fc.constantFrom(0, 0, 2) }),
  })
  .map(({ flagged, ...rest }) => Object.assign(rest, { sidechain: flagged || rest.agent !== 0 }));

/** Of all by a key where smaller is better; texts and numbers. */
function best<T>(items: readonly T[], key: (item: T) => (string | number)[]): T {
  const compare = (a: (string | number)[], b: (string | number)[]): number => {
    for (const [i, left] of a.entries()) {
      const right = b[i] as string | number;
      if (left !== right) return left < right ? -1 : 1;
    }
    return 0;
  };
  return items.toSorted((a, b) => compare(key(a), key(b)))[0] as T;
}

const late = (ms: number): number => (ms === -1 ? Number.POSITIVE_INFINITY : ms);

/** The rules read one by one: a call a (message, request), its owner, its largest line, replays left out. */
function recount(lines: readonly Line[]): Contribution[] {
  const found: Contribution[] = [];
  for (const ofMessage of groups(lines, (item) => String(item.message))) {
    const requests = groups(ofMessage, (item) => String(item.request));
    const hasMain = ofMessage.some((item) => !item.sidechain);
    for (const ofCall of requests) {
      if (hasMain && ofCall.every((item) => item.sidechain)) continue;
      const owner = best(ofCall, (item) => [item.sidechain ? 1 : 0, late(item.ms), item.birthMs, names.session(item.session), names.agent(item.agent)]);
      const largest = best(ofCall, ({ usage, ms, model, tier }) => [-usage.output, late(ms), -usage.input, -usage.cacheCreation, -usage.cacheRead, -usage.cacheCreation1h, -usage.webSearches, names.model(model), names.model(tier)]);
      found.push({ session: owner.session, agent: owner.agent, model: largest.model, tier: largest.tier, ms: largest.ms, usage: largest.usage });
    }
  }
  return found;
}

function groups<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const found = new Map<string, T[]>();
  for (const item of items) found.set(keyOf(item), [...(found.get(keyOf(item)) ?? []), item]);
  return [...found.values()];
}

/** Sums by what a contribution is for; what cancels out is gone. */
class Sums {
  private readonly sums = new Map<string, number[]>();

  add({ session, agent, model, tier, ms, usage }: Contribution, sign: number): void {
    const key = `${session}/${agent}/${model}/${tier}/${ms}`;
    const add = [1, usage.input, usage.output, usage.cacheCreation, usage.cacheRead, usage.cacheCreation1h, usage.webSearches];
    const now = this.sums.get(key) ?? add.map(() => 0);
    this.sums.set(key, now.map((sum, i) => sum + sign * (add[i] as number)));
  }

  entries(): [string, number[]][] {
    return [...this.sums].filter(([, sums]) => sums.some((sum) => sum !== 0)).sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

interface Batch {
  lines: Line[];
  /** Memory is lost after it. */
  forget: boolean;
}

async function count(batches: readonly Batch[]): Promise<Sums> {
  await connection.run('DELETE FROM calls');
  const sums = new Sums();
  let ledger = new CallLedger(names);
  await ledger.open(connection);
  for (const [seq, { lines, forget }] of batches.entries()) {
    await ledger.prepare(connection, new Set(lines.map((item) => item.message).filter((message) => ledger.isKnown(Number(message >> 32n), Number(message & 0xffffffffn)))));
    for (const { message, request, ...rest } of lines) ledger.add(callKey(message, request), rest);
    const { removed, added } = ledger.takeChanges();
    const calls = ledger.takeUnstored();
    tables.writeCalls(calls, seq + 1);
    for (const contribution of removed) sums.add(contribution, -1);
    for (const contribution of added) sums.add(contribution, 1);
    ledger.trim();
    if (!forget) continue;
    ledger = new CallLedger(names);
    await ledger.open(connection);
  }
  return sums;
}

function recounted(lines: readonly Line[]): Sums {
  const sums = new Sums();
  for (const contribution of recount(lines)) sums.add(contribution, 1);
  return sums;
}

const shuffled = fc.array(line, { minLength: 1, maxLength: 14 }).chain((lines) => fc.tuple(fc.constant(lines), fc.shuffledSubarray(lines, { minLength: lines.length, maxLength: lines.length })));
const cuts = fc.array(fc.record({ size: fc.integer({ min: 1, max: 5 }), forget: fc.boolean() }), { minLength: 1, maxLength: 6 });

function batchesOf(lines: readonly Line[], plan: readonly { size: number; forget: boolean }[]): Batch[] {
  const batches: Batch[] = [];
  for (let from = 0, turn = 0; from < lines.length; turn++) {
    const { size, forget } = plan[turn % plan.length] as { size: number; forget: boolean };
    batches.push({ lines: lines.slice(from, from + size), forget });
    from += size;
  }
  return batches;
}

describe('the lines of calls', () => {
  it('count the same in any order and any batches, held or read back, as a recount of them all', async () => {
    await fc.assert(
      fc.asyncProperty(shuffled, cuts, async ([lines, other], plan) => {
        expect((await count(batchesOf(other, plan))).entries()).toEqual(recounted(lines).entries());
      }),
      { numRuns: 120 },
    );
  });

  it('leave one row a call behind that says the same, the newest', async () => {
    await fc.assert(
      fc.asyncProperty(shuffled, cuts, async ([, lines], plan) => {
        await count(batchesOf(lines, plan));
        const rows = await connection.runAndReadAll('SELECT message, request FROM calls QUALIFY row_number() OVER (PARTITION BY message, request ORDER BY seq DESC) = 1 ORDER BY ALL');
        const expected = new Set(lines.map(({ message, request }) => `${message}/${request}`));
        expect(rows.getRows().map(([message, request]) => `${String(message)}/${String(request)}`).toSorted()).toEqual([...expected].toSorted());
      }),
      { numRuns: 20 },
    );
  });
});

const base: Line = { message: 1n, request: 7n, session: 1, agent: 0, sidechain: false, ms: 1000, birthMs: 10, model: 6, tier: 0, usage: { input: 3, output: 5, cacheCreation: 0, cacheRead: 0, cacheCreation1h: 0, webSearches: 0 } };
const ONCE = [1, 3, 5, 0, 0, 0, 0];
const countOnce = async (...lines: Line[]): Promise<[string, number[]][]> => (await count([{ lines, forget: false }])).entries();
const withOutput = (output: number, changes: Partial<Line> = {}): Line => ({ ...base, ...changes, usage: { ...base.usage, output } });

describe('a call', () => {
  it('that is streamed counts its largest line, wherever that comes', async () => {
    expect(await countOnce(withOutput(1), withOutput(9, { ms: 1500 }), withOutput(4, { ms: 1700 }))).toEqual([['1/0/6/0/1500', [1, 3, 9, 0, 0, 0, 0]]]);
  });

  it('that a fork repeats belongs to the session that had it first, by its time, then by the age of the file, then by name', async () => {
    expect(await countOnce({ ...base, session: 2, ms: 2000 }, base)).toEqual([['1/0/6/0/1000', ONCE]]);
    expect(await countOnce({ ...base, session: 2, birthMs: 20 }, base)).toEqual([['1/0/6/0/1000', ONCE]]);
    expect(await countOnce(base, { ...base, session: 2 })).toEqual([['2/0/6/0/1000', ONCE]]);
    expect(await countOnce({ ...base, session: 2 }, base)).toEqual([['2/0/6/0/1000', ONCE]]);
  });

  it('of an agent that two agents repeat is the one’s whose name is smaller, in any order', async () => {
    const [one, two]: Line[] = [4, 5].map((agent) => Object.assign({}, base, { agent, sidechain: true })) as [Line, Line];
    expect(await countOnce(one, two)).toEqual(await countOnce(two, one));
    expect(await countOnce(one, two)).toEqual([['1/5/6/0/1000', ONCE]]);
  });

  it('that a sidechain replays under another request counts once, though the replay was first', async () => {
    const replay: Line = { ...withOutput(900), request: 8n, agent: 4, sidechain: true, ms: 0 };
    expect(await countOnce(replay, base)).toEqual([['1/0/6/0/1000', [1, 3, 5, 0, 0, 0, 0]]]);
    expect((await count([{ lines: [replay], forget: true }, { lines: [base], forget: true }])).entries()).toEqual([['1/0/6/0/1000', [1, 3, 5, 0, 0, 0, 0]]]);
  });

  it('under two requests on main threads is two calls', async () => {
    expect(await countOnce(base, { ...base, request: 8n, ms: 2000 })).toHaveLength(2);
  });

  it('without a request id is one call by its message id', async () => {
    expect(await countOnce({ ...base, request: 0n }, withOutput(9, { request: 0n, ms: 1100 }))).toEqual([['1/0/6/0/1100', [1, 3, 9, 0, 0, 0, 0]]]);
  });
});
