// GET /api/metrics/aggregate: sums of tokens, calls and cost, by a grouping or in total.

import { Type } from 'typebox';
import { GROUPINGS } from '../../core/grouping.ts';
import type { App } from '../app.ts';
import type { ServerDeps } from '../deps.ts';
import { sessionFilter, timezoneOf } from '../filters.ts';
import { jsonAnswer } from '../schemas/answers.ts';
import { sessionId, sessionParameters } from '../schemas/parameters.ts';

const AggregateQuery = Type.Object({
  group_by: Type.Optional(Type.Enum([...GROUPINGS], { description: 'Without it, totals alone' })),
  session: sessionId,
  ...sessionParameters,
  breakdown: Type.Optional(Type.Enum(['model'], { description: 'With the share of each model' })),
  timezone: Type.String({ default: 'UTC', minLength: 1, description: 'IANA name; where days, weeks and months begin' }),
});

export function aggregateRoute(app: App, { questions }: ServerDeps): void {
  app.get('/api/metrics/aggregate', {
    config: { cached: true },
    schema: {
      operationId: 'aggregate',
      summary: 'Tokens, calls and cost',
      tags: ['usage'],
      querystring: AggregateQuery,
      response: jsonAnswer('Aggregate', 'A row per group, and the totals'),
    },
  }, async ({ query }) => questions.aggregate({
    groupBy: query.group_by ?? null,
    byModel: query.breakdown === 'model',
    filter: sessionFilter(query),
    timezone: timezoneOf(query.timezone),
  }));
}
