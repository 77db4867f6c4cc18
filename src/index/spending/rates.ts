// The price book as tables for SQL: a row for each model that the lake has a name for, and each period of
// its price. Rates are picodollars a token, so that sums in SQL are whole numbers and exact.

import { atTier, UNDATED_MS, type ModelPrice, type PriceBook, type PricePeriod, type Rates } from '../../core/price-book.ts';
import { DAY_MS } from '../../core/time/time.ts';
import type { StringDirectory } from '../names/directories.ts';
import { PricedModels } from './priced-models.ts';
import { tierOf } from './service-tiers.ts';

export const QUARTER_HOUR_MS = 900_000;
const QUARTER_HOURS_A_DAY = DAY_MS / QUARTER_HOUR_MS;
const FOR_EVER = 2 ** 31 - 1;

const RATES = ['input', 'output', 'cacheWrite5m', 'cacheWrite1h', 'cacheRead', 'webSearch'] as const satisfies (keyof Rates)[];
const COLUMNS = ['rate_ix', 'model_ix', 'tier_ix', 'from_bucket', 'until_bucket', 'from_slot', 'until_slot', 'above', 'upto', 'r_input', 'r_output', 'r_cache_write', 'r_cache_write_1h', 'r_cache_read', 'r_web_search'];

/** A model's price at a service tier: numbers of their names, 0 for the standard tier. */
interface PricedModel {
  ix: number;
  serviceTier: number;
  price: ModelPrice;
}

export class RateTable {
  /** `rate_ix, model_ix, tier_ix, …`: what every call pays; `above` and `upto` say nothing here. */
  readonly base: string;
  /** What a call above a threshold pays more. */
  readonly extra: string;
  /** Condition on `calls` that whatever pays something extra fulfils; null where nothing does. */
  readonly mayPayExtra: string | null;

  constructor(models: readonly PricedModel[]) {
    const base: number[][] = [];
    const extra: number[][] = [];
    const paying: string[] = [];
    for (const { ix, serviceTier, price } of models) {
      for (const period of price.periods) {
        const when = [ix, serviceTier, ...bounds(period)];
        const [lowest] = period.tiers;
        if (lowest !== undefined) paying.push(`model_ix = ${ix} AND ${timesSql(period)} AND input + cache_creation + cache_read > ${lowest.above}`);
        base.push([base.length + 1, ...when, 0, 0, ...RATES.map((name) => period.rates[name])]);
        for (const [i, tier] of period.tiers.entries()) {
          const upto = period.tiers[i + 1]?.above ?? Number.MAX_SAFE_INTEGER;
          extra.push([-extra.length - 1, ...when, tier.above, upto, ...RATES.map((name) => tier.rates[name] - period.rates[name])]);
        }
      }
    }
    this.base = valuesSql(base);
    this.extra = valuesSql(extra);
    this.mayPayExtra = paying.length === 0 ? null : `(${paying.map((condition) => `(${condition})`).join(' OR ')})`;
  }
}

/** For questions that ask nothing of cost. */
export const NO_RATES = new RateTable([]);

/** Prices every name of the dictionary once: which of them are models is for the rows to say. */
export class LakeRates {
  readonly book: () => Promise<PriceBook>;
  private readonly names: StringDirectory;
  private resolved: PriceBook | null = null;
  private known: { ix: number; price: ModelPrice }[] = [];
  /** Of the dictionary these were made from, which is made anew when it is read again. */
  private seen: readonly (string | null)[] = [];
  private seenCount = 0;
  private table = new RateTable([]);
  private priced = new PricedModels([]);

  constructor(book: () => Promise<PriceBook>, names: StringDirectory) {
    this.book = book;
    this.names = names;
  }

  /** As tables beside a statement. */
  async current(): Promise<RateTable> {
    await this.refresh();
    return this.table;
  }

  /** For sums that are priced once they are read. */
  async models(): Promise<PricedModels> {
    await this.refresh();
    return this.priced;
  }

  /** Resolves when `now` may be called. */
  async ready(): Promise<void> {
    this.resolved ??= await this.book();
  }

  /** For sums of the models that have names by now. */
  now(): PricedModels {
    if (this.resolved !== null) this.refreshFrom(this.resolved);
    return this.priced;
  }

  private async refresh(): Promise<void> {
    this.refreshFrom(await this.book());
  }

  private refreshFrom(book: PriceBook): void {
    const all = this.names.all;
    if (all !== this.seen) {
      this.seen = all;
      this.seenCount = 0;
      this.known = [];
    }
    if (all.length === this.seenCount) return;
    for (let ix = this.seenCount; ix < all.length; ix++) {
      const price = book.priceOf(all[ix] ?? '');
      if (price !== null) this.known.push({ ix, price });
    }
    this.seenCount = all.length;
    const tiers = all.flatMap((name, ix) => (tierOf(name) === null ? [] : [{ ix, name: tierOf(name) }]));
    const models = this.known.flatMap(({ ix, price }) => [{ ix, serviceTier: 0, price }, ...tiers.map((tier) => ({ ix, serviceTier: tier.ix, price: atTier(price, tier.name) }))]);
    this.table = new RateTable(models);
    this.priced = new PricedModels(models);
  }
}

function bounds(period: PricePeriod): number[] {
  const until = Number.isFinite(period.untilMs) ? Math.ceil(period.untilMs / QUARTER_HOUR_MS) : FOR_EVER;
  return [Math.ceil(period.fromMs / QUARTER_HOUR_MS), until, Math.ceil(period.dayFromMs / QUARTER_HOUR_MS), Math.ceil(period.dayUntilMs / QUARTER_HOUR_MS)];
}

/** Calls without a time are among the newest. */
function timesSql({ fromMs, untilMs }: PricePeriod): string {
  return Number.isFinite(untilMs) ? `best_ms >= ${fromMs} AND best_ms < ${untilMs}` : `(best_ms >= ${fromMs} OR best_ms < 0)`;
}

function valuesSql(rows: readonly number[][]): string {
  const types = COLUMNS.map((name, i) => `CAST(col${i} AS ${name.startsWith('r_') ? 'HUGEINT' : 'BIGINT'}) AS ${name}`).join(', ');
  const values = rows.length === 0 ? [COLUMNS.map(() => 0)] : rows;
  return `(SELECT ${types} FROM (VALUES ${values.map((row) => `(${row.join(',')})`).join(',')}) v(${COLUMNS.map((_, i) => `col${i}`).join(', ')})${rows.length === 0 ? ' WHERE false' : ''})`;
}

/** The condition that row `u` of usage, with its `bucket` of a quarter hour, pays rate `r`. */
export function paysSql(u: string, r: string): string {
  const bucket = `CASE WHEN ${u}.bucket < 0 THEN ${Math.floor(UNDATED_MS / QUARTER_HOUR_MS)} ELSE ${u}.bucket END`;
  return `${r}.model_ix = ${u}.model_ix AND ${r}.tier_ix = ${u}.tier_ix AND ${bucket} >= ${r}.from_bucket AND ${bucket} < ${r}.until_bucket
    AND (${bucket}) % ${QUARTER_HOURS_A_DAY} >= ${r}.from_slot AND (${bucket}) % ${QUARTER_HOURS_A_DAY} < ${r}.until_slot`;
}
