import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AggregateItem } from '../../src/core/answers/aggregate-answer.ts';
import type { BlockItem } from '../../src/core/answers/block-item.ts';
import { againstDaemon } from './support/against-daemon.ts';
import { fakeDaemon, json, type FakeDaemon } from './support/fake-daemon.ts';
import type { MemoryOptions } from './support/memory-io.ts';
import { session } from './support/records.ts';

const NOW_MS = Date.parse('2026-11-20T10:10:00.000Z');
const prices = { source: 'a list', date: '2026-09-23' };

let daemon: FakeDaemon;
beforeEach(async () => {
  daemon = await fakeDaemon();
});
afterEach(() => daemon.close());

const sessionlake = (args: string[], options: MemoryOptions = {}) => againstDaemon(daemon, args, { nowMs: NOW_MS, ...options });

function sums(n: number, cost: number | null, unpriced = 0): AggregateItem {
  return { input_tokens: n, output_tokens: 2 * n, cache_creation_input_tokens: 30 * n, cache_read_input_tokens: 400 * n, calls: n, cost_usd: cost, unpriced_calls: unpriced };
}

const opus = (n: number, cost: number): object => ({ model: 'claude-opus-4-5-20251101', ...sums(n, cost) });
const local = (n: number): object => ({ model: 'my-model', ...sums(n, null, n) });

function aggregateOf(items: object[], totals: object): object {
  return { items, totals, prices };
}

describe('usage', () => {
  const daily = aggregateOf(
    [{ day: '2026-03-28', ...sums(1000, 1234.5), breakdown: [opus(1000, 1234.5)] }, { day: '2026-03-29', ...sums(30, 0.004, 10), breakdown: [opus(20, 0.004), local(10)] }],
    { ...sums(1030, 1234.504, 10), breakdown: [opus(1020, 1234.504), local(10)] },
  );

  it('is a table by day, with the total and a word on what has no price', async () => {
    daemon.routes['/api/metrics/aggregate'] = json(daily);
    const { code, out, err } = await sessionlake(['usage']);
    expect(code).toBe(0);
    expect(out).toMatchInlineSnapshot(`
      "DATE        MODELS              INPUT  OUTPUT  CACHE CREATE  CACHE READ  TOTAL TOKENS        COST
      2026-03-28  opus-4-5            1,000   2,000        30,000     400,000       433,000   $1,234.50
      2026-03-29  opus-4-5, my-model     30      60           900      12,000        12,990     <$0.01+
      Total                           1,030   2,060        30,900     412,000       445,990  $1,234.50+
      "
    `);
    expect(err).toBe('No price is known for 10 calls (my-model); the costs leave them out.\n');
  });

  it('has a line for each model when asked for', async () => {
    daemon.routes['/api/metrics/aggregate'] = json(daily);
    const { out } = await sessionlake(['usage', 'daily', '--breakdown', '--order', 'desc']);
    expect(out).toMatchInlineSnapshot(`
      "DATE                        INPUT  OUTPUT  CACHE CREATE  CACHE READ  TOTAL TOKENS        COST
      2026-03-29                     30      60           900      12,000        12,990     <$0.01+
      └ claude-opus-4-5-20251101     20      40           600       8,000         8,660      <$0.01
      └ my-model                     10      20           300       4,000         4,330           -
      2026-03-28                  1,000   2,000        30,000     400,000       433,000   $1,234.50
      └ claude-opus-4-5-20251101  1,000   2,000        30,000     400,000       433,000   $1,234.50
      Total                       1,030   2,060        30,900     412,000       445,990  $1,234.50+
      "
    `);
  });

  it("asks for the user's own days, the last of them whole, over a change of the clocks", async () => {
    daemon.routes['/api/metrics/aggregate'] = json(aggregateOf([], { ...sums(0, 0), breakdown: [] }));
    const { code, out, err } = await sessionlake(['usage', 'weekly', '--since', '20260328', '--until', '2026-03-29', '--timezone', 'Europe/Berlin', '--project', 'p', '--source', 'codex', '--model', 'm']);
    expect([code, out, err]).toEqual([0, '', 'No model call matches. Leave out a filter to see more.\n']);
    expect(daemon.requests).toEqual(['GET /api/metrics/aggregate?group_by=week&breakdown=model&timezone=Europe%2FBerlin&since=2026-03-27T23%3A00%3A00.000Z&until=2026-03-29T22%3A00%3A00.000Z&project=p&source=codex&model=m']);
  });

  it("is the API's own document for programs", async () => {
    daemon.routes['/api/metrics/aggregate'] = json(daily);
    expect(JSON.parse((await sessionlake(['usage', '--json'])).out)).toEqual(daily);
    const turned = JSON.parse((await sessionlake(['usage', '--json', '--order', 'desc'])).out) as { items: { day: string }[] };
    expect(turned.items.map(({ day }) => day)).toEqual(['2026-03-29', '2026-03-28']);
  });

  it('by session has titles, the newest activity last; by project the most expensive first', async () => {
    daemon.routes['/api/metrics/aggregate'] = json(aggregateOf([{ session: 's-new', ...sums(1, 1), breakdown: [] }, { session: 's-old', ...sums(2, 2), breakdown: [] }], { ...sums(3, 3), breakdown: [] }));
    daemon.routes['/api/sessions'] = json({ items: [session({ id: 's-new', last_activity: '2026-11-20T00:00:00.000Z' }), session({ id: 's-old', title: 'Long ago', last_activity: '2026-11-01T00:00:00.000Z' })], has_more: false, next_cursor: null });
    const { out } = await sessionlake(['usage', 'session']);
    expect(out.split('\n').slice(1, 3).map((line) => [line.slice(0, 5), line.split('  ').at(-1)])).toEqual([['s-old', 'Long ago'], ['s-new', 'Mend the login']]);
    daemon.routes['/api/metrics/aggregate'] = json(aggregateOf([{ project: 'cheap', ...sums(1, 1), breakdown: [] }, { project: 'dear', ...sums(1, 2), breakdown: [] }, { project: 'free', ...sums(9, null, 9), breakdown: [] }], { ...sums(3, 3), breakdown: [] }));
    expect((await sessionlake(['usage', 'project'])).out.split('\n').slice(1).map((line) => line.split(' ')[0])).toEqual(['dear', 'cheap', 'free', 'Total', '']);
  });

  it.each([
    [['usage', 'yearly']], [['usage', '--since', '2026-02-30']], [['usage', '--since', 'soon']], [['usage', '--timezone', 'Middle/Earth']], [['usage', '--active']], [['usage', 'blocks', '--breakdown']], [['usage', '--order', 'up']],
  ])('refuses what it cannot mean: %j', async (args) => {
    const { code, out } = await sessionlake(args);
    expect([code, out]).toEqual([2, '']);
    expect(daemon.requests).toEqual([]);
  });

  it.each(['--since', '--until'])('names the bound that is no time: %s', async (option) => {
    const { err } = await sessionlake(['usage', '--since', '7d', '--until', '1d', option, 'soon']);
    expect(err).toContain(`option '${option} <TIME>' argument 'soon' is invalid.`);
  });
});

const ended: BlockItem = {
  started_at: '2026-11-19T21:00:00.000Z', ends_at: '2026-11-20T02:00:00.000Z', active: false, models: ['claude-opus-4-5-20251101'], ...sums(5, 1), first_call_at: null, last_call_at: null, burn_rate: null, projection: null,
};
const active: BlockItem = {
  ...ended, started_at: '2026-11-20T08:00:00.000Z', ends_at: '2026-11-20T13:00:00.000Z', active: true, ...sums(1000, 12), first_call_at: '2026-11-20T08:03:00.000Z', last_call_at: '2026-11-20T10:03:00.000Z',
  burn_rate: { tokens_per_minute: 3608.4, cost_per_hour_usd: 6 }, projection: { remaining_minutes: 170, tokens: 1_046_428, cost_usd: 29 },
};

describe('usage blocks', () => {
  it('are windows with the pauses between, and how the running one goes on', async () => {
    daemon.routes['/api/usage/blocks'] = json({ items: [ended, active], prices });
    const { out } = await sessionlake(['usage', 'blocks', '--timezone', 'Asia/Kolkata']);
    expect(out).toMatchInlineSnapshot(`
      "FROM              STATE                    MODELS    INPUT  OUTPUT  CACHE CREATE  CACHE READ  TOTAL TOKENS    COST
      2026-11-20 02:30  ended                    opus-4-5      5      10           150       2,000         2,165   $1.00
                        (6 h without calls)
      2026-11-20 13:30  active, 2 h 50 min left  opus-4-5  1,000   2,000        30,000     400,000       433,000  $12.00
      Burn rate   3,608 tokens a minute, $6.00 an hour
      Projection  1.0M tokens and $29.00 at the end of the block
      "
    `);
    expect((await sessionlake(['usage', 'blocks', '--order', 'desc', '--json'])).out).toBe(`${JSON.stringify({ items: [active, ended], prices })}\n`);
  });

  it('say so where none runs', async () => {
    daemon.routes['/api/usage/blocks'] = json({ items: [], prices });
    const { out, err } = await sessionlake(['usage', 'blocks', '--active', '--since', '2026-11-20', '--timezone', 'UTC']);
    expect([out, err]).toEqual(['', 'No block runs now: the last model call was more than five hours ago.\n']);
    expect(daemon.requests).toEqual(['GET /api/usage/blocks?since=2026-11-20T00%3A00%3A00.000Z&active=true']);
  });
});

describe('statusline', () => {
  const hook = { session_id: 's 1', model: { id: 'claude-opus-4-5', display_name: 'Opus\u001b[2J 4.5' }, cost: { total_cost_usd: 0.5 }, context_window: { used_percentage: 12.4 } };

  it('is one line of what the lake and the hook know', async () => {
    daemon.routes['/api/sessions/s%201'] = json(session({ id: 's 1', cost_rollup_usd: 3.25 }));
    daemon.routes['/api/metrics/aggregate'] = json(aggregateOf([], sums(1, 20)));
    daemon.routes['/api/usage/blocks'] = json({ items: [active], prices });
    expect(await sessionlake(['statusline'], { input: JSON.stringify(hook) })).toEqual({ code: 0, out: 'Opus\\x1b[2J 4.5 | $3.25 session | $20.00 today | $12.00 block, 2 h 50 min left | $6.00/h | 12% context\n', err: '' });
  });

  it('shows what the hook says where the lake does not answer', async () => {
    daemon.routes['/api/sessions/s%201'] = (_request, response) => {
      response.destroy();
    };
    daemon.routes['/api/metrics/aggregate'] = json({ nonsense: true });
    expect(await sessionlake(['statusline'], { input: JSON.stringify(hook) })).toMatchObject({ code: 0, out: 'Opus\\x1b[2J 4.5 | $0.50 session | 12% context\n' });
    await daemon.close();
    expect(await sessionlake(['statusline'], { input: JSON.stringify(hook) })).toMatchObject({ code: 0, out: 'Opus\\x1b[2J 4.5 | $0.50 session | 12% context\n' });
  });

  it.each(['', 'no json', '[]', 'null', '{"model":7,"cost":{"total_cost_usd":"x"},"context_window":[]}', '{"session_id":""}'])('never fails: %j', async (input) => {
    expect(await sessionlake(['statusline'], { input })).toEqual({ code: 0, out: 'sessionlake\n', err: '' });
  });
});
