// GET /api/metrics/series: one metric over time.

import { Type } from 'typebox';
import { METRICS } from '../../core/series.ts';
import { bucketWidth, type BucketWidth } from '../../core/time-buckets.ts';
import type { App } from '../app.ts';
import type { ServerDeps } from '../deps.ts';
import { sessionFilter, timezoneOf } from '../filters.ts';
import { invalid } from '../query.ts';
import { jsonAnswer } from '../schemas/answers.ts';
import { limit, sessionId, sessionParameters } from '../schemas/parameters.ts';

const SeriesQuery = Type.Object({
  metric: Type.Enum([...METRICS], { default: 'output_tokens' }),
  bucket: Type.Optional(Type.String({ minLength: 1, description: '`hour`, `day`, `week`, `month` or a duration such as 5m, 2h, 30d. Without it, the finest of 15m, hour, day, week, month that needs no more than `points`' })),
  points: { ...limit(500, 5000), description: 'Where there are more buckets, of each run the least and the greatest are shown' },
  session: sessionId,
  ...sessionParameters,
  timezone: Type.String({ default: 'UTC', minLength: 1, description: 'IANA name; where days, weeks and months begin' }),
});

export function seriesRoute(app: App, { questions }: ServerDeps): void {
  app.get('/api/metrics/series', {
    config: { cached: true },
    schema: {
      operationId: 'series',
      summary: 'A metric over time',
      tags: ['usage'],
      querystring: SeriesQuery,
      response: jsonAnswer('Series', 'The series'),
    },
  }, async ({ query }) => questions.series({
    metric: query.metric,
    bucket: query.bucket === undefined ? null : bucketOf(query.bucket),
    points: query.points,
    filter: sessionFilter(query),
    timezone: timezoneOf(query.timezone),
  }));
}

function bucketOf(text: string): BucketWidth {
  const width = bucketWidth(text);
  if (width !== null) return width;
  throw invalid('bucket', `${JSON.stringify(text)} is no width of a bucket.`, { hint: 'Use hour, day, week, month, or a duration such as 30s, 5m, 2h, 30d.' });
}
