// The user's own prices: a JSON file that names models and what they cost. It goes before the bundled
// list, for models that nobody lists, gateways with prices of their own, and discounts.
//
//   { "my-model": { "input": 1, "output": 4, "cache_read": 0.1 },
//     "claude-opus-4-*": [ { "input": 15, "output": 75 }, { "from": "2026-01-01", "input": 5, "output": 25 } ],
//     "claude-gateway": { "same_as": "claude-sonnet-4-5" } }

import { LakeError } from '../core/errors.ts';
import type { ModelPrice, Rates, Tier } from '../core/price-book.ts';
import { periodsOf } from './periods.ts';
import { serviceTiersOf } from './service-tiers.ts';
import { ratesOf, type StatedRates } from './stated-rates.ts';

/** A model's own price, or the name of another model whose price it has. */
export type OwnPrice = { price: ModelPrice } | { sameAs: string };

/** By name, or by the beginning of a name, which ends in `*`; in lower case. */
export type OwnPrices = ReadonlyMap<string, OwnPrice>;

const RATES: Readonly<Record<string, keyof StatedRates>> = {
  input: 'input', output: 'output', cache_write: 'cacheWrite', cache_write_1h: 'cacheWrite1h', cache_read: 'cacheRead', web_search: 'webSearch',
};
/** USD; above it, it is a mistake in the unit. */
const RATE_MAX = 100_000;
const FACTOR_MAX = 1000;

/** `date`: the day the file was written. Throws `config`, naming file and model. */
export function parseOwnPrices(document: unknown, file: string, date: string): OwnPrices {
  if (!isTable(document)) throw wrong(file, 'it holds no JSON object');
  const prices = new Map<string, OwnPrice>();
  for (const [name, value] of Object.entries(document)) prices.set(name.toLowerCase(), ownPrice(value, name, file, date));
  return prices;
}

/** The price of this very name, else that of the longest beginning. */
export function findOwnPrice(prices: OwnPrices, model: string): OwnPrice | null {
  const name = model.toLowerCase();
  const exact = prices.get(name);
  if (exact !== undefined) return exact;
  const beginnings = [...prices.keys()].filter((key) => key.endsWith('*') && name.startsWith(key.slice(0, -1)));
  const longest = beginnings.toSorted((a, b) => b.length - a.length)[0];
  return longest === undefined ? null : (prices.get(longest) ?? null);
}

function ownPrice(value: unknown, model: string, file: string, date: string): OwnPrice {
  if (isTable(value) && 'same_as' in value) {
    if (typeof value['same_as'] !== 'string' || Object.keys(value).length > 1) throw wrong(file, `"${model}": same_as is the name of a model, and stands alone`);
    return { sameAs: value['same_as'] };
  }
  const serviceTiers = ownTiers(value, model, file);
  const entries = Array.isArray(value) ? value : [value];
  if (entries.length === 0) throw wrong(file, `"${model}" has no price`);
  const assumed = new Set<string>();
  const list = entries.map((entry) => datedEntry(entry, model, file, assumed));
  const periods = periodsOf(list, (price) => price);
  return { price: { model, provider: 'own', source: file, date, assumed: [...assumed], periods, serviceTiers } };
}

function datedEntry(entry: unknown, model: string, file: string, assumed: Set<string>): { from?: string; price: { rates: Rates; tiers: Tier[] } } {
  if (!isTable(entry)) throw wrong(file, `"${model}" is no table of prices`);
  const { from, tiers = [], service_tiers: _tiers, ...stated } = entry;
  if (from !== undefined && !isDay(from)) throw wrong(file, `"${model}": from is a day such as 2026-01-31`);
  if (!Array.isArray(tiers)) throw wrong(file, `"${model}": tiers is a list`);
  const read = (table: Record<string, unknown>, under: StatedRates | null): StatedRates => statedRates(table, under, model, file);
  const base = read(stated, null);
  const found = ratesOf(base, model);
  for (const text of found.assumed) assumed.add(text);
  const above = tiers.map((tier: unknown): Tier => {
    if (!isTable(tier) || typeof tier['above'] !== 'number' || !Number.isSafeInteger(tier['above']) || tier['above'] < 0) throw wrong(file, `"${model}": a tier says above how many tokens it holds ("above")`);
    const { above: threshold, ...rates } = tier;
    return { above: threshold, rates: ratesOf(read(rates, base), model).rates };
  });
  return { ...(isDay(from) ? { from } : {}), price: { rates: found.rates, tiers: above.toSorted((a, b) => a.above - b.above) } };
}

/** Multiples of the standard price by service tier: those given, and those that are known of the model. */
function ownTiers(value: unknown, model: string, file: string): Readonly<Record<string, number>> {
  const given = isTable(value) ? (value['service_tiers'] ?? {}) : {};
  if (!isTable(given)) throw wrong(file, `"${model}": service_tiers names tiers and how many times the standard price they cost`);
  for (const [tier, factor] of Object.entries(given)) {
    if (typeof factor !== 'number' || !(factor >= 0 && factor <= FACTOR_MAX)) throw wrong(file, `"${model}": service tier ${tier} costs a number of times the standard price, from 0 to ${FACTOR_MAX}`);
  }
  return { ...serviceTiersOf(model), ...(given as Record<string, number>) };
}

/** `under`: what holds where a tier does not say. */
function statedRates(table: Record<string, unknown>, under: StatedRates | null, model: string, file: string): StatedRates {
  const rates: Partial<StatedRates> = { ...under };
  for (const [name, value] of Object.entries(table)) {
    const key = RATES[name];
    if (key === undefined) throw wrong(file, `"${model}": "${name}" is not known; known are ${Object.keys(RATES).join(', ')}, from, tiers, service_tiers and same_as`);
    if (typeof value !== 'number' || !(value >= 0 && value <= RATE_MAX)) throw wrong(file, `"${model}": ${name} is a number of US dollars from 0 to ${RATE_MAX}`);
    rates[key] = value;
  }
  const { input, output } = rates;
  if (input === undefined || output === undefined) throw wrong(file, `"${model}": input and output are needed`);
  return { ...rates, input, output };
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isDay(value: unknown): value is string {
  return typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value)) && new Date(value).toISOString().startsWith(value);
}

function wrong(file: string, what: string): LakeError {
  return new LakeError('config', `The prices in ${file}: ${what}.`, { hint: 'docs/ledger.md shows the file. Prices are USD per million tokens; web_search is USD for one search.' });
}
