// Schema of a time series.

import { Type } from 'typebox';
import { METRICS } from '../../core/answers/series.ts';
import { nullable, time } from './usage.ts';

const amount = (description: string) => nullable(Type.Number(), `${description}; null where it is a cost and no price is known`);

export const Series = Type.Object({
  items: Type.Array(Type.Object({
    time: time('Where the bucket begins'),
    value: amount('Of the bucket'),
    sum: amount('Of the bucket and of those left out for it; the sums of all items and `undated` are the total'),
  }), { description: 'In the order of time; buckets in which nothing was are left out' }),
  metric: Type.String({ description: `One of ${METRICS.join(', ')}, or a measure` }),
  bucket: Type.String({ description: 'As asked for, else the width that was chosen' }),
  timezone: Type.String(),
  downsampled: Type.Boolean({ description: 'There are more buckets than `points`: of each run the least and the greatest are shown' }),
  total: amount('Of everything that matches'),
  undated: amount('The part of it that has no time'),
}, { $id: 'Series' });
