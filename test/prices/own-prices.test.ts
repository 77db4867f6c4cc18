import { describe, expect, it } from 'vitest';
import { periodAt, ratesFor, usdPerMillion, type ModelPrice } from '../../src/core/price-book.ts';
import { parseOwnPrices } from '../../src/prices/own-prices.ts';
import { Prices } from '../../src/prices/prices.ts';

function book(document: unknown): Prices {
  return new Prices({ file: 'prices.json', prices: parseOwnPrices(document, 'prices.json', '2026-02-03') });
}

function inputAt(price: ModelPrice | null, at: number, tokens = 0): number | null {
  return price === null ? null : usdPerMillion(ratesFor(periodAt(price, at), tokens).input);
}

const AT = Date.UTC(2026, 0, 15);

describe('own prices', () => {
  it('go before the list, and say where they are from', () => {
    const prices = book({ 'claude-opus-4-5': { input: 1, output: 2 } });
    expect(prices.priceOf('claude-opus-4-5')).toMatchObject({ provider: 'own', source: 'prices.json', date: '2026-02-03', assumed: ['cache_write = 1.25 × input', 'cache_write_1h = 2 × input', 'cache_read = 0.1 × input', 'web_search = 0.01 USD'] });
    expect(inputAt(prices.priceOf('claude-opus-4-5'), AT)).toBe(1);
    expect(prices.priceOf('claude-opus-4-1')?.provider).toBe('anthropic');
    expect(prices.priceOf('nobody-knows')).toBeNull();
  });

  it('take the exact name, then the longest beginning, in any letter case', () => {
    const prices = book({ 'Claude-*': { input: 1, output: 1 }, 'claude-opus-*': { input: 2, output: 2 }, 'claude-opus-4-5': { input: 3, output: 3 } });
    expect(['claude-sonnet-4-5', 'claude-opus-4-1', 'CLAUDE-opus-4-5'].map((name) => inputAt(prices.priceOf(name), AT))).toEqual([1, 2, 3]);
  });

  it('may name a free model: its price is nothing, not unknown', () => {
    expect(inputAt(book({ llama: { input: 0, output: 0 } }).priceOf('llama'), AT)).toBe(0);
  });

  it('may stand for another model, own or listed, but not in a circle', () => {
    const prices = book({ gateway: { same_as: 'mine' }, mine: { same_as: 'claude-opus-4-5' }, a: { same_as: 'b' }, b: { same_as: 'a' }, 'gpt-5': { same_as: 'gpt-5' } });
    expect(prices.priceOf('gateway')?.model).toBe('claude-opus-4-5');
    expect(prices.priceOf('a')).toBeNull();
    expect(prices.priceOf('gpt-5')?.provider).toBe('openai');
  });

  it('hold from a day on, and by the size of the request', () => {
    const price = book({ m: [{ input: 1, output: 1 }, { from: '2026-01-15', input: 2, output: 2, tiers: [{ above: 100, input: 4 }] }] }).priceOf('m');
    expect(inputAt(price, AT - 1)).toBe(1);
    expect(inputAt(price, AT)).toBe(2);
    expect(inputAt(price, AT, 101)).toBe(4);
    expect(price?.periods[1]?.tiers[0]?.rates.output).toBe(price?.periods[1]?.rates.output);
  });

  it.each([
    [[]], ['x'], [{ m: 1 }], [{ m: [] }], [{ m: {} }], [{ m: { input: 1 } }], [{ m: { input: -1, output: 1 } }], [{ m: { input: '1', output: 1 } }], [{ m: { input: 1, output: 1, cache: 1 } }],
    [{ m: { input: 1, output: 1, from: '2026-02-30' } }], [{ m: { input: 1, output: 1, tiers: [{ input: 2 }] } }], [{ m: { input: 1, output: 1, tiers: {} } }], [{ m: { same_as: 1 } }], [{ m: { same_as: 'x', input: 1 } }],
    [{ m: { input: 1e6, output: 1 } }],
  ])('that are wrong are refused by name: %j', (document) => {
    expect(() => book(document)).toThrow(/prices\.json/);
  });
});
