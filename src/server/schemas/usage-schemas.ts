// Schemas of sums of usage, of blocks and of prices.

import { Type } from 'typebox';
import { cost, count, nullable, time, unpriced, usageFields } from './usage.ts';

const sums = { ...usageFields, calls: count('Model calls'), cost_usd: cost('All model calls'), unpriced_calls: unpriced };

export const ModelUsage = Type.Object({ model: nullable(Type.String()), ...sums }, { $id: 'ModelUsage' });

const breakdown = Type.Optional(Type.Array(Type.Ref('ModelUsage'), { description: 'Each model\'s share, with `breakdown=model`' }));

const PriceSource = Type.Object({
  source: Type.String({ description: 'The bundled price list and its version' }),
  date: Type.String({ format: 'date', description: 'The day it was published' }),
});

export const Totals = Type.Object({ ...sums, breakdown }, { $id: 'Totals' });

export const Aggregate = Type.Object({
  items: Type.Array(Type.Object({ ...sums, breakdown }, { additionalProperties: true, description: 'With the key of the grouping, e.g. `day`' })),
  totals: Type.Ref('Totals'),
  prices: PriceSource,
}, { $id: 'Aggregate' });

const usd = (description: string) => nullable(Type.Number({ minimum: 0 }), `${description} in USD; null where no price is known`);

const Block = Type.Object({
  started_at: time('A full hour, UTC'),
  ends_at: time('Five hours later, exclusive'),
  active: Type.Boolean({ description: 'It runs now' }),
  models: Type.Array(Type.String()),
  ...sums,
  first_call_at: nullable(time('Of the active block')),
  last_call_at: nullable(time('Of the active block')),
  burn_rate: nullable(Type.Object({ tokens_per_minute: Type.Number(), cost_per_hour_usd: usd('An hour') }), 'Of the active block, from its first call to its last'),
  projection: nullable(Type.Object({ remaining_minutes: count('To its end'), tokens: count('At its end'), cost_usd: usd('At its end') }), 'Of the active block, if it goes on like this'),
});

export const Blocks = Type.Object({ items: Type.Array(Block), prices: PriceSource }, { $id: 'Blocks' });

export const rates = {
  input: Type.Number({ minimum: 0, description: 'USD per million tokens' }),
  output: Type.Number({ minimum: 0 }),
  cache_write: Type.Number({ minimum: 0, description: 'For five minutes' }),
  cache_write_1h: Type.Number({ minimum: 0 }),
  cache_read: Type.Number({ minimum: 0 }),
  web_search: Type.Number({ minimum: 0, description: 'USD for one' }),
};

const Period = Type.Object({
  from: nullable(time('Inclusive; null: from the beginning')),
  until: nullable(time('Exclusive; null: until further notice')),
  day_from: nullable(Type.String(), 'Time of the UTC day; null: all day'),
  day_until: nullable(Type.String()),
  ...rates,
  tiers: Type.Array(Type.Object({ above: count('Input tokens, cached ones included, above which the whole request pays these rates'), ...rates })),
});

const ModelPrice = Type.Object({
  model: nullable(Type.String(), 'As the logs name it'),
  calls: count('Model calls'),
  priced_as: nullable(Type.String(), "The price list's name for it; null where no price is known"),
  provider: nullable(Type.String(), 'Whose price it is'),
  source: nullable(Type.String(), 'The bundled list, or the file of own prices'),
  date: nullable(Type.String({ format: 'date' })),
  assumed: Type.Array(Type.String(), { description: 'Rates the source does not state, and what was taken for them' }),
  service_tiers: Type.Record(Type.String(), Type.Number({ minimum: 0 }), { description: 'By service tier, what a token costs there in multiples of the standard price' }),
  periods: Type.Array(Period),
});

export const Prices = Type.Object({
  ...PriceSource.properties,
  overrides: nullable(Type.String(), 'The file of own prices'),
  items: Type.Array(ModelPrice, { description: 'Each model that the lake has calls of' }),
}, { $id: 'Prices' });
