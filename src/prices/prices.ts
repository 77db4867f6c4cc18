// The price book: the user's own prices first, then the bundled list. Each name is looked up once.

import type { ModelPrice, PriceBook } from '../core/price-book.ts';
import { findOwnPrice, type OwnPrices } from './own-prices.ts';
import { LIST_DATE, LIST_SOURCE, listedPrice } from './price-list.ts';

/** How often one own name may stand for another; more is a circle. */
const SAME_AS_MAX = 10;

export class Prices implements PriceBook {
  readonly source = LIST_SOURCE;
  readonly date = LIST_DATE;
  readonly overrides: string | null;
  readonly #own: OwnPrices;
  readonly #known = new Map<string, ModelPrice | null>();

  constructor(own: { file: string; prices: OwnPrices } | null) {
    this.overrides = own?.file ?? null;
    this.#own = own?.prices ?? new Map();
  }

  priceOf(model: string): ModelPrice | null {
    const known = this.#known.get(model);
    if (known !== undefined) return known;
    const price = this.#find(model, 0);
    this.#known.set(model, price);
    return price;
  }

  #find(model: string, depth: number): ModelPrice | null {
    const own = findOwnPrice(this.#own, model);
    if (own === null) return listedPrice(model);
    if ('price' in own) return own.price;
    // A name that stands for itself is the list's.
    if (own.sameAs.toLowerCase() === model.toLowerCase()) return listedPrice(model);
    return depth >= SAME_AS_MAX ? null : this.#find(own.sameAs, depth + 1);
  }
}
