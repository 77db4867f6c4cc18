// The bundled price list: the npm package @pydantic/genai-prices, as it was published. It is asked for its
// data only and fetches nothing: that it would is a function of its own, which nobody here calls.

import { calcPrice, type ConditionalPrice, type ModelPrice as ListedPrices } from '@pydantic/genai-prices';
import type { ModelPrice } from '../core/price-book.ts';
import { namesToTry } from './model-names.ts';
import { periodsOf, type Dated } from './periods.ts';
import { serviceTiersOf } from './service-tiers.ts';
import { ratesOf, type StatedRates } from './stated-rates.ts';

/** Of the exact version in package.json; its day of publication is in no file of it. */
export const LIST_SOURCE = 'genai-prices 0.1.8';
export const LIST_DATE = '2026-09-23';

const KEYS = { input: 'input_mtok', output: 'output_mtok', cacheWrite: 'cache_write_mtok', cacheWrite1h: 'cache_write_1h_mtok', cacheRead: 'cache_read_mtok' } as const;
const SEARCHES_PER_PRICE = 1000;

export function listedPrice(model: string): ModelPrice | null {
  for (const { name, provider } of namesToTry(model)) {
    const found = calcPrice({}, name, provider === null ? {} : { providerId: provider });
    const price = found === null ? null : modelPrice(found.provider.id, found.model.id, found.model.prices);
    if (price !== null) return price;
  }
  return null;
}

/** Null where the entry does not say what input and output cost. */
function modelPrice(provider: string, model: string, prices: ConditionalPrice[] | ListedPrices): ModelPrice | null {
  const list = Array.isArray(prices) ? prices.map(dated) : [{ price: prices }];
  const assumed = new Set<string>();
  const rates = (listed: ListedPrices, above: number): ReturnType<typeof ratesOf>['rates'] => {
    const found = ratesOf(statedRates(listed, above) as StatedRates, model);
    for (const text of found.assumed) assumed.add(text);
    return found.rates;
  };
  if (list.some(({ price }) => statedRates(price, 0) === null)) return null;
  const periods = periodsOf(list, (price) => ({ rates: rates(price, 0), tiers: thresholds(price).map((above) => ({ above, rates: rates(price, above + 1) })) }));
  return { model, provider, source: LIST_SOURCE, date: LIST_DATE, assumed: [...assumed], periods, serviceTiers: serviceTiersOf(model) };
}

function dated({ constraint, prices }: ConditionalPrice): Dated<ListedPrices> {
  if (constraint === undefined) return { price: prices };
  if (constraint.type === 'start_date') return { from: constraint.start_date, price: prices };
  return { dayFrom: constraint.start_time, dayUntil: constraint.end_time, price: prices };
}

function statedRates(listed: ListedPrices, inputTotal: number): StatedRates | null {
  const at = (key: string): number | undefined => {
    const price = listed[key];
    return typeof price === 'object' ? (price.tiers.findLast((tier) => inputTotal > tier.start)?.price ?? price.base) : price;
  };
  const [input, output] = [at(KEYS.input), at(KEYS.output)];
  if (input === undefined || output === undefined) return null;
  const searches = at('web_searches_kcount');
  const rest = { cacheWrite: at(KEYS.cacheWrite), cacheWrite1h: at(KEYS.cacheWrite1h), cacheRead: at(KEYS.cacheRead), webSearch: searches === undefined ? undefined : searches / SEARCHES_PER_PRICE };
  return { input, output, ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)) };
}

/** Every number of tokens above which some rate of this price changes. */
function thresholds(listed: ListedPrices): number[] {
  const starts = Object.values(KEYS).flatMap((key) => {
    const price = listed[key];
    return typeof price === 'object' ? price.tiers.map((tier) => tier.start) : [];
  });
  return [...new Set(starts)].toSorted((a, b) => a - b);
}
