// GET /api/metrics/series: one metric over time.

import { Type } from 'typebox';
import { NO_VALUES } from '../../core/answers/measures.ts';
import { isMetric, METRICS } from '../../core/answers/series.ts';
import { bucketWidth, type BucketWidth } from '../../core/time/time-buckets.ts';
import type { App } from '../app.ts';
import type { ServerDeps } from '../deps.ts';
import { sessionFilter, timezoneOf, valueFilter } from '../filters.ts';
import { invalid } from '../query.ts';
import { jsonAnswer } from '../schemas/answers.ts';
import { dimension, limit, sessionId, sessionParameters } from '../schemas/parameters.ts';

const seriesQuery = (measures: readonly string[]) => Type.Object({
  metric: Type.Enum([...METRICS, ...measures], { default: 'output_tokens', description: 'Or a measure that is configured for a jsonl source: the last value of each bucket, without `bucket` every value' }),
  dimension,
  bucket: Type.Optional(Type.String({ minLength: 1, description: '`hour`, `day`, `week`, `month` or a duration such as 5m, 2h, 30d. Without it, the finest of 15m, hour, day, week, month that needs no more than `points`' })),
  points: { ...limit(500, 5000), description: 'Where there are more buckets, of each run the least and the greatest are shown' },
  session: sessionId,
  ...sessionParameters,
  timezone: Type.String({ default: 'UTC', minLength: 1, description: 'IANA name; where days, weeks and months begin' }),
});

export function seriesRoute(app: App, { questions, values = NO_VALUES }: ServerDeps): void {
  app.get('/api/metrics/series', {
    config: { cached: true },
    schema: {
      operationId: 'series',
      summary: 'A metric over time',
      tags: ['usage'],
      querystring: seriesQuery(values.measures),
      response: jsonAnswer('Series', 'The series', { items: true }),
    },
  }, async ({ query }) => {
    const { metric, points } = query;
    const bucket = query.bucket === undefined ? null : bucketOf(query.bucket);
    const timezone = timezoneOf(query.timezone);
    if (!isMetric(metric)) return questions.measureSeries({ measure: metric, bucket, points, filter: valueFilter(query), timezone });
    if (query.dimension !== undefined) throw invalid('dimension', 'dimension is a filter of measures alone.', { hint: 'Ask for a measure that is configured.' });
    return questions.series({ metric, bucket, points, filter: sessionFilter(query), timezone });
  });
}

function bucketOf(text: string): BucketWidth {
  const width = bucketWidth(text);
  if (width !== null) return width;
  throw invalid('bucket', `${JSON.stringify(text)} is no width of a bucket.`, { hint: 'Use hour, day, week, month, or a duration such as 30s, 5m, 2h, 30d.' });
}
