// What model calls cost. Money is counted in picodollars (1e-12 USD): a price per million tokens is a
// whole number of them per token, so sums are exact and the same in any order; they become dollars once,
// when they are shown.

import { DAY_MS } from './time/time.ts';

/** Picodollars for one token, or for one web search. */
export interface Rates {
  input: number;
  output: number;
  cacheWrite5m: number;
  cacheWrite1h: number;
  cacheRead: number;
  webSearch: number;
}

/** Rates of a whole request once its input, cached tokens included, is above so many tokens. */
export interface Tier {
  above: number;
  rates: Rates;
}

/** When a price holds: from a time to before another, and within that from a time of the UTC day to before another. */
export interface PricePeriod {
  /** Milliseconds since the epoch; 0: from the beginning. */
  fromMs: number;
  /** Infinity: until further notice. */
  untilMs: number;
  /** Milliseconds since midnight UTC. */
  dayFromMs: number;
  dayUntilMs: number;
  rates: Rates;
  /** Ascending. */
  tiers: readonly Tier[];
}

export interface ModelPrice {
  /** The list's name for the model. */
  model: string;
  /** Whose price it is, e.g. `anthropic`, `aws`. */
  provider: string;
  /** Where it is from: the list and its version, or the user's file. */
  source: string;
  /** The day of that source, `YYYY-MM-DD`. */
  date: string;
  /** Rates the source does not state, and what was taken for them. */
  assumed: readonly string[];
  /** Disjoint, and together all of time. */
  periods: readonly PricePeriod[];
  /** By service tier, what a token costs there in multiples of the above; 1 where it is not named. */
  serviceTiers: Readonly<Record<string, number>>;
}

export interface PriceBook {
  /** The list that prices are from, with its version. */
  readonly source: string;
  readonly date: string;
  /** The file of the user's own prices, which go before the list's. */
  readonly overrides: string | null;
  /** By the name a log gives; null: no price is known. */
  priceOf(model: string): ModelPrice | null;
}

/** Counts of one call; `cacheWrite` is all that was written to the cache, `cacheWrite1h` the part kept for an hour. */
export interface PricedCall {
  /** Milliseconds since the epoch, -1 for none: then the newest price holds. */
  atMs: number;
  input: number;
  output: number;
  cacheWrite: number;
  cacheWrite1h: number;
  cacheRead: number;
  webSearches: number;
}

/** When a call without a time is taken to have been: at the newest price, at noon. */
export const UNDATED_MS = Date.UTC(2200, 0, 1, 12);

const PICODOLLARS = 1e12;
const TOKENS_PER_PRICE = 1e6;

/** Picodollars a token from dollars a million tokens. */
export function picoPerToken(price: number): number {
  return Math.round((price * PICODOLLARS) / TOKENS_PER_PRICE);
}

export function usdPerMillion(picodollarsPerToken: number): number {
  return (picodollarsPerToken * TOKENS_PER_PRICE) / PICODOLLARS;
}

export function picodollars(usd: number): number {
  return Math.round(usd * PICODOLLARS);
}

/** `amount`: picodollars; a number is to be a safe integer. */
export function usdOf(amount: bigint | number): number {
  return Number(amount) / PICODOLLARS;
}

/** A sum as it is shown: null where there were calls and none of them has a price. */
export function shownCost(amount: bigint | number, calls: number, unpriced: number): number | null {
  return calls > 0 && unpriced >= calls ? null : usdOf(amount);
}

/** The price of a call at a service tier, null for the standard one. Web searches cost the same at all. */
export function atTier(price: ModelPrice, tier: string | null): ModelPrice {
  const factor = tier !== null && Object.hasOwn(price.serviceTiers, tier) ? (price.serviceTiers[tier] ?? 1) : 1;
  if (factor === 1) return price;
  const scaled = (rates: Rates): Rates => ({
    input: Math.round(rates.input * factor), output: Math.round(rates.output * factor), cacheWrite5m: Math.round(rates.cacheWrite5m * factor),
    cacheWrite1h: Math.round(rates.cacheWrite1h * factor), cacheRead: Math.round(rates.cacheRead * factor), webSearch: rates.webSearch,
  });
  const periods = price.periods.map((period) => Object.assign({}, period, { rates: scaled(period.rates), tiers: period.tiers.map(({ above, rates }) => ({ above, rates: scaled(rates) })) }));
  return { ...price, periods };
}

export function periodAt(price: ModelPrice, atMs: number): PricePeriod {
  const at = atMs < 0 ? UNDATED_MS : atMs;
  const ofDay = at % DAY_MS;
  const period = price.periods.find((one) => at >= one.fromMs && at < one.untilMs && ofDay >= one.dayFromMs && ofDay < one.dayUntilMs);
  if (period === undefined) throw new Error(`The price of ${price.model} leaves ${new Date(at).toISOString()} out.`);
  return period;
}

/** The rates a call of so much input pays, cached tokens included. */
export function ratesFor(period: PricePeriod, inputTotal: number): Rates {
  return period.tiers.findLast((tier) => inputTotal > tier.above)?.rates ?? period.rates;
}

/** Picodollars. */
export function costOf(price: ModelPrice, call: PricedCall): bigint {
  const rates = ratesFor(periodAt(price, call.atMs), call.input + call.cacheWrite + call.cacheRead);
  const parts: [number, number][] = [
    [call.input, rates.input], [call.output, rates.output], [call.cacheRead, rates.cacheRead],
    [call.cacheWrite - call.cacheWrite1h, rates.cacheWrite5m], [call.cacheWrite1h, rates.cacheWrite1h], [call.webSearches, rates.webSearch],
  ];
  return parts.reduce((sum, [tokens, rate]) => sum + BigInt(tokens) * BigInt(rate), 0n);
}
