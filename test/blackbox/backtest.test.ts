// A log that is not about agents, through the contract: a trading backtest's trades and its equity curve, as
// docs/sources/jsonl.md walks through it.

import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { run, until, Workspace } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';

const workspace = new Workspace();
const runs = join(workspace.dir, 'backtests');
const AT = Date.UTC(2026, 8, 1, 14, 30);
const MINUTE = 60_000;
const POINTS = 5000;

type Json = Record<string, unknown>;

/** A slow rise with one deep fall of a single minute. */
const equity = (minute: number): number => (minute === 3210 ? 40_000 : 100_000 + minute * 3);
const SYMBOLS = ['ACME', 'WIDG', 'NULL'];
const REASONS = ['no_cash', 'outside_hours', 'risk_limit'];

interface Trade {
  id: string;
  ts: string;
  event: string;
  order: { symbol: string; side: string };
  quantity: number;
  price: string;
  reason?: string;
}

const trades: Trade[] = Array.from({ length: 60 }, (_, n) => {
  const blocked = n % 7 === 3;
  return {
    id: `t${n}`, ts: new Date(AT + n * 5 * MINUTE).toISOString(), event: blocked ? 'blocked' : 'fill', order: { symbol: SYMBOLS[n % 3] as string, side: n % 2 === 0 ? 'buy' : 'sell' },
    quantity: n + 1, price: (10 + n / 4).toFixed(2), ...(blocked ? { reason: REASONS[n % 3] as string } : {}),
  };
});

const FLAGS = [
  '--jsonl-dimension', 'symbol=/order/symbol', '--jsonl-dimension', 'reason', '--jsonl-measure', 'quantity', '--jsonl-measure', 'price', '--jsonl-measure', 'equity', '--jsonl-measure', 'cash=/balances/cash',
];
let daemon: Daemon;

beforeAll(async () => {
  mkdirSync(join(runs, 'mean-reversion'), { recursive: true });
  writeFileSync(join(runs, 'mean-reversion', 'trades.jsonl'), trades.map((trade) => `${JSON.stringify(trade)}\n`).join(''));
  writeFileSync(join(runs, 'mean-reversion', 'equity.jsonl'), Array.from({ length: POINTS }, (_, minute) => `${JSON.stringify({ time: AT + minute * MINUTE, equity: equity(minute), balances: { cash: 50_000 - minute } })}\n`).join(''));
  daemon = await workspace.start(['--root', `jsonl=${runs}`, ...FLAGS, '--no-archive']);
  await daemon.caughtUp();
});
afterAll(() => workspace.remove());

interface Series {
  items: { time: string; value: number; sum: number }[];
  bucket: string;
  downsampled: boolean;
  total: number;
}

it('shortens the equity curve, and the fall of a minute stays', async () => {
  const curve = await daemon.get<Series>('/api/metrics/series?metric=equity&points=100');
  expect(curve).toMatchObject({ bucket: 'none', downsampled: true });
  expect(curve.items.length).toBeLessThanOrEqual(100);
  expect(Math.min(...curve.items.map(({ value }) => value))).toBe(40_000);
  expect(Math.max(...curve.items.map(({ value }) => value))).toBe(equity(POINTS - 1));
  const whole = Array.from({ length: POINTS }, (_, minute) => equity(minute)).reduce((sum, value) => sum + value, 0);
  expect(curve.total).toBe(whole);
  expect(curve.items.reduce((sum, point) => sum + point.sum, 0)).toBe(whole);
});

it('gives a bucket its last value: what was there at its end', async () => {
  const { items } = await daemon.get<Series>(`/api/metrics/series?metric=cash&bucket=hour&since=${new Date(AT).toISOString()}&until=${new Date(AT + 150 * MINUTE).toISOString()}`);
  // The first hour is a half: trading begins at half past.
  expect(items.map(({ time, value }) => [time.slice(11, 16), value])).toEqual([['14:00', 50_000 - 29], ['15:00', 50_000 - 89], ['16:00', 50_000 - 149]]);
});

it('sums records and measures by a dimension: blocked trades by reason, positions by symbol', async () => {
  const blocked = await daemon.get<{ items: Json[]; totals: Json }>('/api/metrics/aggregate?group_by=reason');
  const expected = (some: Trade[]): Json => ({ records: some.length, measures: { quantity: expect.objectContaining({ count: some.length, sum: some.reduce((sum, trade) => sum + trade.quantity, 0) }) } });
  const withReason = trades.filter(({ reason }) => reason !== undefined);
  expect(blocked.items).toMatchObject([...new Set(withReason.map(({ reason }) => reason as string))].toSorted().map((reason) => Object.assign({ reason }, expected(withReason.filter((trade) => trade.reason === reason)))));
  expect(blocked.totals).toMatchObject(expected(withReason));
  const bySymbol = await daemon.get<{ items: { symbol: string; records: number; measures: Record<string, { min: number; max: number }> }[] }>('/api/metrics/aggregate?group_by=symbol&dimension=reason%3Drisk_limit');
  const risky = trades.filter(({ reason }) => reason === 'risk_limit');
  expect(bySymbol.items.map(({ symbol, records }) => [symbol, records])).toEqual([...new Set(risky.map(({ order }) => order.symbol))].toSorted().map((symbol) => [symbol, risky.filter(({ order }) => order.symbol === symbol).length]));
  expect(bySymbol.items[0]?.measures['price']).toMatchObject({ min: Math.min(...risky.filter(({ order }) => order.symbol === bySymbol.items[0]?.symbol).map(({ price }) => Number(price))) });
});

it('finds events by a dimension, and a measure of one', async () => {
  const acme = trades.filter(({ order }) => order.symbol === 'ACME');
  const events = await daemon.all<{ uuid: string; type: string }>('/api/events?dimension=symbol%3DACME&order=asc&limit=1000');
  expect(events.map(({ uuid, type }) => [uuid, type])).toEqual(acme.map(({ id, event }) => [id, event]));
  expect(await daemon.all('/api/events?dimension=symbol%3DACME&type=blocked&limit=1000')).toHaveLength(acme.filter(({ event }) => event === 'blocked').length);
  const prices = await daemon.get<Series>('/api/metrics/series?metric=price&dimension=symbol%3DACME');
  expect(prices.items.map(({ value }) => value)).toEqual(acme.map(({ price }) => Number(price)));
});

it('follows what is appended, counts a repeat once, and is the same after a restart', async () => {
  const more: Trade = { id: 't60', ts: new Date(AT + 60 * 5 * MINUTE).toISOString(), event: 'blocked', order: { symbol: 'ACME', side: 'buy' }, quantity: 1000, price: '1e1', reason: 'no_cash' };
  appendFileSync(join(runs, 'mean-reversion', 'trades.jsonl'), `${JSON.stringify(more)}\n${JSON.stringify(more)}\n`);
  const cash = async (): Promise<Json | undefined> => (await daemon.get<{ items: Json[] }>('/api/metrics/aggregate?group_by=reason')).items.find(({ reason }) => reason === 'no_cash');
  const before = trades.filter(({ reason }) => reason === 'no_cash');
  const expected = { records: before.length + 1, measures: { quantity: { sum: before.reduce((sum, { quantity }) => sum + quantity, 1000), max: 1000 }, price: { min: 10 } } };
  await until(async () => (await cash())?.['records'] === before.length + 1);
  expect(await cash()).toMatchObject(expected);
  await daemon.kill();
  daemon = await workspace.start(['--root', `jsonl=${runs}`, ...FLAGS, '--no-archive']);
  await daemon.caughtUp();
  expect(await cash()).toMatchObject(expected);
});

it('refuses what is not configured, and what makes no sense', async () => {
  for (const [path, parameter] of [
    ['/api/metrics/aggregate?group_by=venue', 'group_by'], ['/api/metrics/series?metric=venue', 'metric'], ['/api/events?dimension=symbol', 'dimension'],
    ['/api/metrics/aggregate?group_by=day&dimension=symbol%3DACME', 'dimension'], ['/api/metrics/series?metric=calls&dimension=symbol%3DACME', 'dimension'], ['/api/metrics/aggregate?group_by=symbol&model=x', 'model'],
  ] as const) {
    const response = await daemon.fetch(path);
    expect([path, response.status, ((await response.json()) as Json)['parameter']]).toEqual([path, 400, parameter]);
  }
  for (const flags of [['--jsonl-dimension', 'day=/x'], ['--jsonl-measure', 'calls'], ['--jsonl-dimension', '9x=/x'], ['--jsonl-measure', 'a=/x', '--jsonl-measure', 'a=/y']]) {
    expect(await run(workspace, ['start', '--once', '--root', `jsonl=${runs}`, '--data-dir', join(workspace.dir, 'other'), ...flags])).toMatchObject({ code: 2 });
  }
});
