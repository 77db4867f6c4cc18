// What answers say calls cost, against the price of each call added up one by one.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AggregateRequest } from '../../src/core/answers/questions.ts';
import { atTier, costOf, shownCost } from '../../src/core/price-book.ts';
import { parseOwnPrices } from '../../src/prices/own-prices.ts';
import { Prices } from '../../src/prices/prices.ts';
import { SourceFile } from './support/source-file.ts';
import { TestIndex } from './support/test-index.ts';

/** Flat, with tiers, with a date, with times of the day, with tiers that end, without a price, without a name. */
const MODELS = ['claude-opus-4-5-20251101', 'claude-sonnet-4-5-20250929', 'claude-opus-4-6', 'deepseek-chat', 'steps', 'bulk', 'nobody-knows', null];
const book = new Prices({ file: 'own.json', prices: parseOwnPrices({ steps: [{ input: 1, output: 2, tiers: [{ above: 1000, input: 3 }, { above: 2000, output: 5 }] }, { from: '2026-03-14', input: 7, output: 7 }], bulk: { input: 3, output: 5, web_search: 0.25, service_tiers: { priority: 1.75, batch: 0 } } }, 'own.json', '2026-01-01') });

interface Call extends Partial<Extras> {
  n: number;
  session: string;
  agent: string | null;
  model: string | null;
  /** -1: the line has no time. */
  ms: number;
  input: number;
  output: number;
  write: number;
  write1h: number;
  read: number;
}

interface Extras {
  /** `fast` is told as a speed. */
  tier: string | null;
  searches: number;
}

const tokens = fc.oneof(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 0, max: 250_000 }), fc.integer({ min: 0, max: 2 ** 38 }));
const call = fc.record({
  session: fc.constantFrom('s1', 's2', 's3'), agent: fc.constantFrom(null, null, 'a1', 'a2'), model: fc.constantFrom(...MODELS),
  ms: fc.oneof({ weight: 8, arbitrary: fc.integer({ min: Date.UTC(2026, 2, 11), max: Date.UTC(2026, 2, 16) }) }, { weight: 1, arbitrary: fc.constant(-1) }),
  input: tokens, output: tokens, write: tokens, write1h: tokens, read: tokens,
  tier: fc.constantFrom(null, null, null, 'batch', 'priority', 'fast', 'next year’s'), searches: fc.constantFrom(0, 0, 0, 1, 12),
});

function lineOf({ n, session, agent, model, ms, input, output, write, write1h, read, tier = null, searches = 0 }: Call, outputNow = output): string {
  return JSON.stringify({
    type: 'assistant', uuid: `u${n}-${outputNow}`, sessionId: session, ...(agent === null ? {} : { agentId: agent, isSidechain: true }), ...(ms < 0 ? {} : { timestamp: new Date(ms).toISOString() }), requestId: `r${n}`,
    message: {
      id: `m${n}`, role: 'assistant', ...(model === null ? {} : { model }),
      usage: {
        input_tokens: input, output_tokens: outputNow, cache_creation_input_tokens: write + write1h, cache_read_input_tokens: read,
        cache_creation: { ephemeral_5m_input_tokens: write, ephemeral_1h_input_tokens: write1h },
        service_tier: tier === null || tier === 'fast' ? 'standard' : tier, ...(tier === 'fast' ? { speed: 'fast' } : {}), server_tool_use: { web_search_requests: searches },
      },
    },
  });
}

function costOfAll(calls: readonly Call[]): { cost_usd: number | null; unpriced_calls: number } {
  let [cost, unpriced] = [0n, 0];
  for (const one of calls) {
    const price = one.model === null ? null : book.priceOf(one.model);
    if (price === null) unpriced += 1;
    else cost += costOf(atTier(price, one.tier ?? null), { atMs: one.ms, input: one.input, output: one.output, cacheWrite: one.write + one.write1h, cacheWrite1h: one.write1h, cacheRead: one.read, webSearches: one.searches ?? 0 });
  }
  return { cost_usd: shownCost(cost, calls.length, unpriced), unpriced_calls: unpriced };
}

function pathOf({ session, agent }: Call): string {
  return agent === null ? `-p/${session}.jsonl` : `-p/${session}/subagents/agent-${agent}.jsonl`;
}

/** Every call in the file of its session or agent, its streamed line in a commit before its last. */
async function store(index: TestIndex, calls: readonly Call[]): Promise<void> {
  const files = new Map<string, SourceFile>();
  for (const one of calls) {
    const path = pathOf(one);
    files.set(path, files.get(path) ?? new SourceFile(files.size + 1, path));
  }
  const inFiles = (line: (one: Call) => string): ReturnType<SourceFile['read']>[] => [...files].map(([path, file]) => file.read(calls.filter((one) => pathOf(one) === path).map(line)));
  await index.commit(inFiles((one) => lineOf(one, Math.floor(one.output / 2))));
  await index.commit(inFiles((one) => lineOf(one)));
}

describe('costs', () => {
  it('are those of each call at its own price, whoever asks and however', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 14 }), async (list) => {
        const calls = list.map((one, n): Call => ({ ...one, n }));
        const index = await TestIndex.open(undefined, book);
        try {
          await store(index, calls);
          const ask = async (request: Partial<AggregateRequest>): ReturnType<TestIndex['lake']['aggregate']> => index.lake.aggregate({ groupBy: null, filter: {}, timezone: 'UTC', ...request });
          const { totals } = await ask({ byModel: true });
          expect(totals).toMatchObject(costOfAll(calls));
          for (const share of totals.breakdown ?? []) expect(share).toMatchObject(costOfAll(calls.filter((one) => one.model === share.model)));
          for (const item of (await ask({ groupBy: 'day' })).items) expect(item).toMatchObject(costOfAll(calls.filter((one) => dayOf(one) === item.day)));

          const sinceMs = Date.UTC(2026, 2, 12, 13, 7, 11, 13);
          expect((await ask({ filter: { sinceMs } })).totals).toMatchObject(costOfAll(calls.filter((one) => one.ms >= sinceMs)));
          expect((await ask({ filter: { session: 's1', model: 'steps' } })).totals).toMatchObject(costOfAll(calls.filter((one) => one.session === 's1' && one.model === 'steps')));

          const { items: sessions } = await index.lake.sessions({}, 'started_at', { limit: 10 });
          for (const session of sessions) {
            const own = costOfAll(calls.filter((one) => one.session === session.id && one.agent === null));
            const all = costOfAll(calls.filter((one) => one.session === session.id));
            expect(session).toMatchObject({ cost_usd: own.cost_usd, cost_rollup_usd: all.cost_usd, unpriced_calls: all.unpriced_calls });
            expect(await index.lake.session(session.id)).toEqual(session);
            for (const agent of (await index.lake.subagents(session.id, { limit: 10 })).items) {
              expect(agent).toMatchObject(costOfAll(calls.filter((one) => one.session === session.id && one.agent === agent.id)));
            }
          }
          expect(await index.lake.project('-p')).toMatchObject(costOfAll(calls));

          const { items: blocks } = await index.lake.usageBlocks({ filter: {}, activeOnly: false });
          for (const block of blocks) expect(block).toMatchObject(costOfAll(calls.filter((one) => one.ms >= Date.parse(block.started_at) && one.ms < Date.parse(block.ends_at))));
          expect(blocks.reduce((sum, block) => sum + block.calls, 0)).toBe(calls.filter((one) => one.ms >= 0).length);
        } finally {
          await index.remove();
        }
      }),
      { numRuns: 6, endOnFailure: true },
    );
  }, 60_000);

  it('of agents add up to those of the agents that started them', async () => {
    const index = await TestIndex.open();
    try {
      const base = { session: 's1', model: 'claude-opus-4-5', ms: Date.UTC(2026, 2, 12), input: 0, write: 0, write1h: 0, read: 0 };
      const outer = new SourceFile(1, '-p/s1/subagents/agent-a1.jsonl');
      const inner = new SourceFile(2, '-p/s1/subagents/agent-a2.jsonl');
      const linked = { type: 'user', uuid: 'u9', sessionId: 's1', agentId: 'a1', isSidechain: true, toolUseResult: { agentId: 'a2' }, message: { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't2', content: 'done' }] } };
      await index.commit([outer.read([lineOf({ ...base, n: 1, agent: 'a1', output: 1_000_000 }), JSON.stringify(linked)])]);
      await index.commit([inner.read([lineOf({ ...base, n: 2, agent: 'a2', output: 2_000_000 }), lineOf({ ...base, n: 3, agent: 'a2', output: 5, model: 'unknown' })])]);
      const { items } = await index.lake.subagents('s1', { limit: 10 });
      expect(items.map(({ id, cost_usd, cost_rollup_usd, unpriced_calls }) => ({ id, cost_usd, cost_rollup_usd, unpriced_calls }))).toEqual([
        { id: 'a1', cost_usd: 25, cost_rollup_usd: 75, unpriced_calls: 1 }, { id: 'a2', cost_usd: 50, cost_rollup_usd: 50, unpriced_calls: 1 },
      ]);
      expect(await index.lake.session('s1')).toMatchObject({ cost_usd: 0, cost_rollup_usd: 75, unpriced_calls: 1 });
    } finally {
      await index.remove();
    }
  });

  it('are no less than nothing where a line says that more was kept for an hour than was written', async () => {
    const index = await TestIndex.open();
    try {
      const line = JSON.parse(lineOf({ n: 1, session: 's1', agent: null, model: 'claude-opus-4-5', ms: Date.UTC(2026, 2, 12), input: 0, output: 0, write: 0, write1h: 9_000_000, read: 0 })) as { message: { usage: Record<string, unknown> } };
      line.message.usage['cache_creation_input_tokens'] = 1_000_000;
      await index.commit([new SourceFile(1, '-p/s1.jsonl').read([JSON.stringify(line)])]);
      expect(await index.lake.session('s1')).toMatchObject({ usage: { cache_creation_input_tokens: 1_000_000 }, cost_usd: 10 });
    } finally {
      await index.remove();
    }
  });

  it('are none where no model has a price, and the price list says so', async () => {
    const index = await TestIndex.open();
    try {
      const file = new SourceFile(1, '-p/s1.jsonl');
      await index.commit([file.read([lineOf({ n: 1, session: 's1', agent: null, model: 'nobody-knows', ms: Date.UTC(2026, 2, 12), input: 5, output: 5, write: 0, write1h: 0, read: 0 })])]);
      expect(await index.lake.session('s1')).toMatchObject({ cost_usd: null, cost_rollup_usd: null, unpriced_calls: 1 });
      expect((await index.lake.prices()).items).toEqual([{ model: 'nobody-knows', calls: 1, priced_as: null, provider: null, source: null, date: null, assumed: [], service_tiers: {}, periods: [] }]);
      await index.commit([file.read([lineOf({ n: 2, session: 's1', agent: null, model: 'claude-opus-4-6', ms: Date.UTC(2026, 2, 12), input: 5, output: 5, write: 0, write1h: 0, read: 0 })])]);
      expect(await index.lake.session('s1')).toMatchObject({ cost_usd: 0.00015, unpriced_calls: 1 });
      expect((await index.lake.prices()).items[0]).toMatchObject({
        model: 'claude-opus-4-6', priced_as: 'claude-opus-4-6', provider: 'anthropic', assumed: [],
        periods: [{ from: null, until: '2026-03-13T00:00:00.000Z', input: 5, tiers: [{ above: 200_000, input: 10 }] }, { from: '2026-03-13T00:00:00.000Z', until: null, cache_write_1h: 10, tiers: [] }],
      });
    } finally {
      await index.remove();
    }
  });
});

function dayOf({ ms }: Call): string | null {
  return ms < 0 ? null : new Date(ms).toISOString().slice(0, 10);
}
