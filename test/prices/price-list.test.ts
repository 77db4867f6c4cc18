import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { calcPrice } from '@pydantic/genai-prices';
import { describe, expect, it, vi } from 'vitest';
import { costOf, periodAt, ratesFor, usdOf, usdPerMillion, type ModelPrice, type PricedCall } from '../../src/core/price-book.ts';
import { LIST_SOURCE, listedPrice } from '../../src/prices/price-list.ts';

const AT = Date.UTC(2025, 11, 1);

function priceOf(model: string): ModelPrice {
  const price = listedPrice(model);
  if (price === null) throw new Error(`${model} has no price`);
  return price;
}

function inputOf(model: string, at = AT): number {
  return usdPerMillion(periodAt(priceOf(model), at).rates.input);
}

describe('the bundled price list', () => {
  it('is the version that package.json pins', () => {
    const packageFile = join(dirname(createRequire(import.meta.url).resolve('@pydantic/genai-prices')), '../package.json');
    const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string };
    const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: Record<string, string> };
    expect(LIST_SOURCE).toBe(`genai-prices ${version}`);
    expect(dependencies['@pydantic/genai-prices']).toBe(version);
  });

  it('is asked without touching the network', () => {
    const fetched = vi.spyOn(globalThis, 'fetch');
    priceOf('claude-opus-4-5');
    expect(fetched).not.toHaveBeenCalled();
    fetched.mockRestore();
  });

  it.each([
    ['claude-opus-4-5-20251101', 'anthropic', 5],
    ['claude-opus-4.5', 'anthropic', 5],
    ['claude-sonnet-4-5-20250929[1m]', 'anthropic', 3],
    ['claude-opus-4@20250514', 'anthropic', 15],
    ['claude-sonnet-4-5@20250929', 'anthropic', 3],
    ['anthropic/claude-sonnet-4.5', 'anthropic', 3],
    ['openrouter/anthropic/claude-opus-4.5', 'openrouter', 5],
    ['anthropic.claude-sonnet-4-20250514-v1:0', 'aws', 3],
    ['us.anthropic.claude-opus-4-1-20250805-v1:0', 'aws', 15],
    ['vertex_ai/claude-sonnet-4-5@20250929', 'google', 3],
    ['github-copilot/claude-sonnet-4', 'anthropic', 3],
    ['gpt-5-codex', 'openai', 1.25],
    ['gpt-5.1-codex-max', 'openai', 1.25],
    ['azure/gpt-5', 'azure', 1.25],
    ['gemini-2.5-pro', 'google', 1.25],
    ['grok-code-fast-1', 'x-ai', 0.2],
  ])('knows %s as one of %s', (name, provider, input) => {
    expect(priceOf(name).provider).toBe(provider);
    expect(inputOf(name)).toBe(input);
  });

  it.each(['', 'user', 'Bash', 'opus', 'claude-test-model', 'claude-sonnet-4-7', '<synthetic>', 'gpt', 'my-claude', '/', 'a/b/c', '[1m]'])('has no price for %j', (name) => {
    expect(listedPrice(name)).toBeNull();
  });

  it('has an answer for any name at all', () => {
    const parts = fc.constantFrom('claude', 'anthropic.', 'openrouter/', 'us.', '-20250514', '@', '[1m]', '-v1:0', '/', ':free', 'gpt-5', 'whisper-large-v3', 'groq/', 'litellm/', 'é', ' ');
    fc.assert(fc.property(fc.oneof(fc.string(), fc.array(parts, { maxLength: 5 }).map((list) => list.join(''))), (name) => {
      const price = listedPrice(name);
      expect(price === null || price.periods.length > 0).toBe(true);
    }));
  });

  it('knows what Anthropic asks for the cache, also where another list leaves it out', () => {
    const usd = (model: string): number[] => {
      const { rates } = periodAt(priceOf(model), AT);
      return [rates.input, rates.cacheWrite5m, rates.cacheWrite1h, rates.cacheRead].map(usdPerMillion);
    };
    expect(usd('claude-opus-4-5')).toEqual([5, 6.25, 10, 0.5]);
    expect(priceOf('claude-opus-4-5').assumed).toEqual([]);
    expect(usd('us.anthropic.claude-opus-4-1-20250805-v1:0')).toEqual([15, 18.75, 30, 1.5]);
    expect(priceOf('us.anthropic.claude-opus-4-1-20250805-v1:0').assumed).toContain('cache_write_1h = 2 × input');
  });

  it('takes the price of the day', () => {
    const before = periodAt(priceOf('claude-opus-4-6'), Date.UTC(2026, 2, 13) - 1);
    const after = periodAt(priceOf('claude-opus-4-6'), Date.UTC(2026, 2, 13));
    expect(before.tiers.map((tier) => tier.above)).toEqual([200_000]);
    expect(after.tiers).toEqual([]);
    expect(periodAt(priceOf('claude-opus-4-6'), -1)).toEqual(after);
  });

  it('takes the price of the hour', () => {
    expect([0, 1, 16, 17].map((hour) => inputOf('deepseek-chat', Date.UTC(2025, 5, 1, hour)))).toEqual([0.135, 0.27, 0.27, 0.135]);
  });

  const tokens = fc.integer({ min: 0, max: 2_000_000 });
  const calls = fc.record({
    atMs: fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2027, 0, 1) }), input: tokens, output: tokens, cacheWrite5m: tokens, cacheWrite1h: tokens, cacheRead: tokens,
  });

  it("agrees with the list's own arithmetic, tiers and dates and all", () => {
    const models = ['claude-opus-4-5', 'claude-opus-4-6', 'claude-sonnet-4-5', 'claude-sonnet-4-6', 'gpt-5-codex', 'gpt-5.4', 'gemini-2.5-pro', 'deepseek-chat'];
    fc.assert(fc.property(fc.constantFrom(...models), calls, (model, call) => {
      const price = priceOf(model);
      // Where the list states no price for writing to the cache, it counts what was written as input.
      const usage = {
        input_tokens: call.input + call.cacheWrite5m + call.cacheWrite1h + call.cacheRead, output_tokens: call.output, cache_read_tokens: call.cacheRead,
        cache_write_tokens: call.cacheWrite5m + call.cacheWrite1h, cache_write_1h_tokens: call.cacheWrite1h,
      };
      const theirs = calcPrice(usage, model, { timestamp: new Date(call.atMs) })?.total_price ?? Number.NaN;
      const ours = usdOf(costOf(price, { ...call, cacheWrite: call.cacheWrite5m + call.cacheWrite1h, webSearches: 0 }));
      expect(Math.abs(ours - theirs)).toBeLessThan(1e-9);
    }));
  });

  it('costs calls of one period and no tiers what their sums cost', () => {
    const flat = fc.array(calls, { maxLength: 40 });
    fc.assert(fc.property(fc.constantFrom('claude-opus-4-5', 'gpt-5-codex', 'claude-sonnet-4-20250514'), flat, (model, list) => {
      const price = priceOf(model);
      const priced = list.map((call): PricedCall => ({ ...call, cacheWrite: call.cacheWrite5m + call.cacheWrite1h, webSearches: 0 }));
      const sum = (key: keyof PricedCall): number => priced.reduce((total, call) => total + call[key], 0);
      const together = costOf(price, { atMs: AT, input: sum('input'), output: sum('output'), cacheWrite: sum('cacheWrite'), cacheWrite1h: sum('cacheWrite1h'), cacheRead: sum('cacheRead'), webSearches: 0 });
      expect(priced.reduce((total, call) => total + costOf(price, call), 0n)).toBe(together);
    }));
  });

  it('prices the whole request above the threshold', () => {
    const period = periodAt(priceOf('claude-sonnet-4-5'), AT);
    expect(usdPerMillion(ratesFor(period, 200_000).input)).toBe(3);
    expect(usdPerMillion(ratesFor(period, 200_001).input)).toBe(6);
    const call: PricedCall = { atMs: AT, input: 1, output: 1_000_000, cacheWrite: 0, cacheWrite1h: 0, cacheRead: 200_000, webSearches: 0 };
    expect(usdOf(costOf(priceOf('claude-sonnet-4-5'), call))).toBeCloseTo(22.5 + 0.12 + 0.000006, 12);
  });
});
