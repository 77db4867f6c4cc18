// What each model of the lake costs, and where that is from.

import { usdOf, usdPerMillion, type ModelPrice, type PricePeriod, type Rates } from '../../core/price-book.ts';
import type { ModelPriceItem, PricePeriodItem, PricesAnswer, RatesItem } from '../../core/answers/prices-answer.ts';
import { DAY_MS, isoFromMs } from '../../core/time/time.ts';
import type { SessionParts } from './sessions.ts';

export async function listPrices({ book: sessions, names, rates }: SessionParts): Promise<PricesAnswer> {
  const book = await rates.book();
  const items = [...(await sessions.current()).levels.callsByModel()].map(([modelIx, calls]): ModelPriceItem => {
    const model = names.strings.valueOf(modelIx);
    const price = book.priceOf(model ?? '');
    return Object.assign({ model, calls, periods: price?.periods.map(periodItem) ?? [] }, sourceOf(price));
  });
  return { items: items.toSorted((a, b) => b.calls - a.calls || ((a.model ?? '') < (b.model ?? '') ? -1 : 1)), source: book.source, date: book.date, overrides: book.overrides };
}

function sourceOf(price: ModelPrice | null): Pick<ModelPriceItem, 'priced_as' | 'provider' | 'source' | 'date' | 'assumed' | 'service_tiers'> {
  if (price === null) return { priced_as: null, provider: null, source: null, date: null, assumed: [], service_tiers: {} };
  return { priced_as: price.model, provider: price.provider, source: price.source, date: price.date, assumed: [...price.assumed], service_tiers: { ...price.serviceTiers } };
}

function periodItem(period: PricePeriod): PricePeriodItem {
  const allDay = period.dayFromMs === 0 && period.dayUntilMs === DAY_MS;
  return {
    from: period.fromMs === 0 ? null : isoFromMs(period.fromMs),
    until: Number.isFinite(period.untilMs) ? isoFromMs(period.untilMs) : null,
    day_from: allDay ? null : timeOfDay(period.dayFromMs),
    day_until: allDay ? null : timeOfDay(period.dayUntilMs),
    ...ratesItem(period.rates),
    tiers: period.tiers.map((tier) => ({ above: tier.above, ...ratesItem(tier.rates) })),
  };
}

export function ratesItem(rates: Rates): RatesItem {
  return {
    input: usdPerMillion(rates.input), output: usdPerMillion(rates.output), cache_write: usdPerMillion(rates.cacheWrite5m), cache_write_1h: usdPerMillion(rates.cacheWrite1h),
    cache_read: usdPerMillion(rates.cacheRead), web_search: usdOf(BigInt(rates.webSearch)),
  };
}

function timeOfDay(ms: number): string {
  return ms === DAY_MS ? '24:00' : isoFromMs(ms).slice(11, 16);
}
