// What is known of each model's price, as JSON.

/** USD per million tokens; `web_search`: USD for one. */
export interface RatesItem {
  input: number;
  output: number;
  cache_write: number;
  cache_write_1h: number;
  cache_read: number;
  web_search: number;
}

export interface PricePeriodItem extends RatesItem {
  /** Null: from the beginning, and until further notice. */
  from: string | null;
  until: string | null;
  /** Times of the UTC day, `HH:MM`; null: all day. */
  day_from: string | null;
  day_until: string | null;
  /** What a whole request pays once its input, cached tokens included, is above so many tokens. */
  tiers: (RatesItem & { above: number })[];
}

export interface ModelPriceItem {
  /** As the logs name it. */
  model: string | null;
  calls: number;
  /** The price list's name for it; null where no price is known. */
  priced_as: string | null;
  provider: string | null;
  source: string | null;
  date: string | null;
  /** Rates the source does not state, and what was taken for them. */
  assumed: string[];
  /** By service tier, what a token costs there in multiples of the standard price. */
  service_tiers: Record<string, number>;
  periods: PricePeriodItem[];
}

export interface PricesAnswer {
  source: string;
  date: string;
  /** The file of own prices. */
  overrides: string | null;
  /** Each model that the lake has calls of. */
  items: ModelPriceItem[];
}
