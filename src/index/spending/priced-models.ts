// The prices of the models that the lake has names for, by their numbers.

import { costOf, periodAt } from '../../core/price-book.ts';
import type { ModelPrice, PricedCall } from '../../core/price-book.ts';

export class PricedModels {
  /** By `keyOf`. */
  private readonly prices: ReadonlyMap<string, ModelPrice>;
  /** Of models whose price never changed, without its thresholds. */
  private readonly flats: ReadonlyMap<string, ModelPrice>;
  /** Of models that have any, the lowest. */
  private readonly thresholds: ReadonlyMap<number, number>;

  /** Each model at each service tier. */
  constructor(models: readonly { ix: number; serviceTier: number; price: ModelPrice }[]) {
    this.prices = new Map(models.map(({ ix, serviceTier, price }) => [keyOf(ix, serviceTier), price]));
    this.flats = new Map(models.filter(({ price }) => price.periods.length === 1).map(({ ix, serviceTier, price }) => [keyOf(ix, serviceTier), flat(price, -1)]));
    this.thresholds = new Map(models.flatMap(({ ix, serviceTier, price }) => {
      const tiers = serviceTier === 0 ? price.periods.flatMap((period) => period.tiers.slice(0, 1)) : [];
      return tiers.length === 0 ? [] : [[ix, Math.min(...tiers.map((tier) => tier.above))]];
    }));
  }

  /** Of sums of calls of one time, at what each pays at least; null where no price is known. */
  costOf(modelIx: number, tierIx: number, sums: PricedCall): bigint | null {
    const key = keyOf(modelIx, tierIx);
    const price = this.flats.get(key) ?? this.prices.get(key);
    return price === undefined ? null : costOf(price.periods.length === 1 ? price : flat(price, sums.atMs), sums);
  }

  /** What a call above a threshold pays more. */
  extraOf(modelIx: number, tierIx: number, call: PricedCall): bigint {
    const price = this.prices.get(keyOf(modelIx, tierIx));
    return price === undefined ? 0n : costOf(price, call) - costOf(flat(price, call.atMs), call);
  }

  /** Input tokens, cached ones included, above which a call of the model may pay more. */
  paysExtraAbove(modelIx: number): number {
    return this.thresholds.get(modelIx) ?? Number.POSITIVE_INFINITY;
  }

  /** Condition on `calls` that whatever of these models pays something extra fulfils; null where nothing does. */
  mayPayExtra(models: Iterable<number>): string | null {
    const conditions = [...models].flatMap((ix) => (this.thresholds.has(ix) ? [`(model_ix = ${ix} AND input + cache_creation + cache_read > ${this.paysExtraAbove(ix)})`] : []));
    return conditions.length === 0 ? null : `(${conditions.join(' OR ')})`;
  }
}

function keyOf(modelIx: number, tierIx: number): string {
  return `${modelIx}/${tierIx}`;
}

/** The price of a time without its thresholds, for all times. */
function flat(price: ModelPrice, atMs: number): ModelPrice {
  return { ...price, periods: [{ ...periodAt(price, atMs), fromMs: 0, untilMs: Number.POSITIVE_INFINITY, dayFromMs: 0, dayUntilMs: Number.POSITIVE_INFINITY, tiers: [] }] };
}
