// GET /api/metrics/series against a plain recount: every metric by hour, day, week, month and odd durations,
// in time zones whose clocks change; the sums of the buckets are the totals of /api/metrics/aggregate.

import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateLake } from '../../bench/generator/generate.ts';
import { assistantLine } from '../support/claude-lines.ts';
import { Workspace } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { ageFiles } from './support/file-ages.ts';
import { plainLake, sumOf } from './support/plain.ts';
import type { PlainCall, PlainLake, PlainRecord, Sum } from './support/plain.ts';

interface Series {
  items: { time: string; value: number | null; sum: number | null }[];
  bucket: string;
  downsampled: boolean;
  total: number | null;
  undated: number | null;
}

const USAGE_METRICS = ['input_tokens', 'output_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens', 'calls'] as const;
const ZONES = ['UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'America/New_York'];

function dayOf(ms: number, timeZone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(ms);
}

describe('a series', () => {
  const workspace = new Workspace();
  let daemon: Daemon;
  let plain: PlainLake;
  let dated: PlainCall[];

  beforeAll(async () => {
    await generateLake({ dir: workspace.root, seed: 77, targetBytes: 2.5e6, days: 240, startTime: '2026-02-20T08:00:00.000Z' });
    const edges = ['2026-03-29T00:59:59.999Z', '2026-03-29T01:00:00.000Z', '2026-10-25T00:30:00.000Z', '2026-10-25T01:30:00.000Z', '2026-10-31T22:59:59.000Z', '2026-10-31T23:00:00.000Z'];
    appendFileSync(join(workspace.root, 'edges.jsonl'), edges.map((timestamp, n) => `${assistantLine({ session: 'edges', n, extra: { timestamp } })}\n`).join(''));
    appendFileSync(join(workspace.root, 'undated.jsonl'), `${assistantLine({ session: 'undated', n: 1, output: 4000, extra: { timestamp: 'no time' } })}\n`);
    ageFiles(workspace.root);
    plain = plainLake(workspace.root);
    dated = plain.calls.filter((call) => !Number.isNaN(call.ms));
    daemon = await workspace.start(['--no-archive', '--log-level', 'warn']);
    await daemon.caughtUp();
  });
  afterAll(() => workspace.remove());

  const ask = (query: string): Promise<Series> => daemon.get<Series & Record<string, unknown>>(`/api/metrics/series?points=5000&${query}`);

  function summed(calls: readonly PlainCall[], metric: keyof Sum): number {
    return sumOf(calls)[metric];
  }

  it.each(ZONES)('by day of %s has what a recount has', async (zone) => {
    for (const metric of USAGE_METRICS) {
      const expected = new Map<string, number>();
      for (const call of dated) expected.set(dayOf(call.ms, zone), (expected.get(dayOf(call.ms, zone)) ?? 0) + (metric === 'calls' ? 1 : call[metric]));
      const { items } = await ask(`metric=${metric}&bucket=day&timezone=${zone}`);
      expect(items.map(({ time, value }) => [dayOf(Date.parse(time), zone), value])).toEqual([...expected].toSorted(([a], [b]) => (a < b ? -1 : 1)));
      // It begins with the day.
      for (const { time } of items) expect(dayOf(Date.parse(time) - 1, zone)).not.toBe(dayOf(Date.parse(time), zone));
    }
  });

  it('by any duration adds up what lies in it', async () => {
    for (const [bucket, ms] of [['hour', 3_600_000], ['5m', 300_000], ['15m', 900_000], ['7m', 420_000], ['30s', 30_000]] as const) {
      const expected = new Map<number, number>();
      for (const call of dated) expected.set(Math.floor(call.ms / ms) * ms, (expected.get(Math.floor(call.ms / ms) * ms) ?? 0) + call.output_tokens);
      const { items, downsampled } = await ask(`metric=output_tokens&bucket=${bucket}`);
      expect([bucket, downsampled]).toEqual([bucket, false]);
      expect(items.map(({ time, value }) => [Date.parse(time), value])).toEqual([...expected].toSorted(([a], [b]) => a - b));
    }
  });

  it('tells messages, tool calls and errors', async () => {
    const records = plain.records.filter((record) => !record.repeated && !Number.isNaN(record.ms));
    const byDay = (counts: (record: PlainRecord) => number): [string, number][] => {
      const days = new Map<string, number>();
      for (const record of records) if (counts(record) > 0) days.set(dayOf(record.ms, 'UTC'), (days.get(dayOf(record.ms, 'UTC')) ?? 0) + counts(record));
      return [...days].toSorted(([a], [b]) => (a < b ? -1 : 1));
    };
    const daily = async (metric: string): Promise<[string, number | null][]> => (await ask(`metric=${metric}&bucket=day`)).items.map(({ time, value }) => [time.slice(0, 10), value]);
    expect(await daily('messages')).toEqual(byDay((record) => (record.role !== null && record.agent === null ? 1 : 0)));
    expect(await daily('tool_calls')).toEqual(byDay((record) => blocksOf(record).filter((block) => block['type'] === 'tool_use').length));
    expect(await daily('errors')).toEqual(byDay((record) => (isError(record) ? 1 : 0)));
    const sessions = await daemon.all<{ message_count: number }>('/api/sessions?limit=500');
    expect((await ask('metric=messages')).total).toBe(sessions.reduce((sum, session) => sum + session.message_count, 0));
  });

  it('adds up to the totals of the sums, whatever is asked for', async () => {
    const sessions = [...new Set(plain.calls.map((call) => call.session))];
    const models = [...new Set(plain.calls.map((call) => call.model ?? ''))];
    const times = dated.map((call) => new Date(call.ms).toISOString());
    const filters = fc.oneof(
      fc.constant(''), fc.constantFrom(...sessions).map((session) => `&session=${session}`), fc.constantFrom(...models).map((model) => `&model=${encodeURIComponent(model)}`),
      fc.constantFrom(...times).map((time) => `&since=${time}`), fc.constantFrom(...times).map((time) => `&until=${time}`), fc.constant('&source=claude-code&status=completed'),
    );
    const asked = fc.record({
      metric: fc.constantFrom(...USAGE_METRICS, 'cost_usd'), bucket: fc.constantFrom('', '&bucket=hour', '&bucket=day', '&bucket=week', '&bucket=month', '&bucket=5m', '&bucket=9h'),
      points: fc.integer({ min: 1, max: 400 }), zone: fc.constantFrom(...ZONES), filters,
    });
    await fc.assert(fc.asyncProperty(asked, async ({ metric, bucket, points, zone, filters: filter }) => {
      const found = await daemon.get<Series & Record<string, unknown>>(`/api/metrics/series?metric=${metric}&points=${points}&timezone=${zone}${bucket}${filter}`);
      const { totals } = await daemon.get<{ totals: Record<string, number | null> }>(`/api/metrics/aggregate?timezone=${zone}${filter}`);
      expect(found.items.length).toBeLessThanOrEqual(points);
      const whole = found.items.reduce((sum, item) => sum + (item.sum ?? 0), found.undated ?? 0);
      expect(whole).toBeCloseTo(totals[metric] ?? 0, 6);
      expect(found.total ?? 0).toBeCloseTo(totals[metric] ?? 0, 6);
      if (!found.downsampled) expect(found.items.every(({ value, sum }) => value === sum)).toBe(true);
    }), { numRuns: 60 });
  });

  it('that is made shorter keeps its peaks', async () => {
    const whole = await ask('metric=output_tokens&bucket=15m');
    const short = await daemon.get<Series & Record<string, unknown>>('/api/metrics/series?metric=output_tokens&bucket=15m&points=20');
    expect([short.downsampled, short.items.length <= 20]).toEqual([true, true]);
    const shown = new Map(whole.items.map(({ time, value }) => [time, value]));
    for (const { time, value } of short.items) expect(value).toBe(shown.get(time));
    const peak = Math.max(...whole.items.map(({ value }) => value ?? 0));
    expect(Math.max(...short.items.map(({ value }) => value ?? 0))).toBe(peak);
    expect(peak).toBeGreaterThan((whole.total ?? 0) / whole.items.length * 2);
  });

  it('of its own choice is as fine as the points allow', async () => {
    const widths = ['15m', 'hour', 'day', 'week', 'month'];
    const sizes = await Promise.all(widths.map(async (bucket) => (await ask(`metric=calls&bucket=${bucket}`)).items.length));
    const chosen: string[] = [];
    for (const points of sizes) {
      const { bucket, downsampled } = await daemon.get<Series & Record<string, unknown>>(`/api/metrics/series?metric=calls&points=${points}`);
      expect([points, bucket, downsampled]).toEqual([points, widths[sizes.findIndex((size) => size <= points)], false]);
      chosen.push(bucket);
    }
    expect(new Set(chosen).size).toBeGreaterThan(2);
    expect((await daemon.get<Series & Record<string, unknown>>('/api/metrics/series?points=9&metric=calls'))).toMatchObject({ downsampled: false, total: summed(plain.calls, 'calls') });
  });

  it('refuses what it cannot read', async () => {
    for (const [query, parameter] of [['metric=nothing', 'metric'], ['bucket=5y', 'bucket'], ['bucket=0m', 'bucket'], ['points=0', 'points'], ['points=5001', 'points'], ['timezone=Nowhere', 'timezone'], ['since=soon', 'since'], ['x=1', 'x']]) {
      const response = await daemon.fetch(`/api/metrics/series?${query}`);
      expect([query, response.status, ((await response.json()) as Record<string, unknown>)['parameter']]).toEqual([query, 400, parameter]);
    }
  });
});

function blocksOf({ value }: PlainRecord): Record<string, unknown>[] {
  const content = (value['message'] as Record<string, unknown> | undefined)?.['content'];
  return Array.isArray(content) ? (content as Record<string, unknown>[]) : [];
}

function isError(record: PlainRecord): boolean {
  return record.value['isApiErrorMessage'] === true || blocksOf(record).some((block) => block['type'] === 'tool_result' && block['is_error'] === true);
}
