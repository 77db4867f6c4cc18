// GET /api/metrics/aggregate: sums of tokens, calls and cost, by a grouping or in total.

import { Type } from 'typebox';
import { GROUPINGS, isGrouping } from '../../core/answers/grouping.ts';
import { NO_VALUES } from '../../core/answers/measures.ts';
import type { App } from '../app.ts';
import type { ServerDeps } from '../deps.ts';
import { JSON_TYPE } from '../export-formats.ts';
import { sessionFilter, timezoneOf, valueFilter } from '../filters.ts';
import { invalid } from '../query.ts';
import { jsonAnswer } from '../schemas/answers.ts';
import { dimension, sessionId, sessionParameters } from '../schemas/parameters.ts';

const aggregateQuery = (dimensions: readonly string[]) => Type.Object({
  group_by: Type.Optional(Type.Enum([...GROUPINGS, ...dimensions], { description: 'Without it, totals alone. Also a dimension that is configured for a jsonl source: then records and their measures are summed' })),
  dimension,
  session: sessionId,
  ...sessionParameters,
  breakdown: Type.Optional(Type.Enum(['model'], { description: 'With the share of each model' })),
  timezone: Type.String({ default: 'UTC', minLength: 1, description: 'IANA name; where days, weeks and months begin' }),
});

export function aggregateRoute(app: App, { questions, values = NO_VALUES }: ServerDeps): void {
  app.get('/api/metrics/aggregate', {
    config: { cached: true },
    schema: {
      operationId: 'aggregate',
      summary: 'Tokens, calls and cost',
      tags: ['usage'],
      querystring: aggregateQuery(values.dimensions),
      response: jsonAnswer('Aggregate', 'A row per group, and the totals', { items: true }),
    },
  }, async ({ query }, reply) => {
    const { group_by: groupBy } = query;
    if (groupBy !== undefined && !isGrouping(groupBy)) return questions.sumsByDimension({ dimension: groupBy, filter: valueFilter(query) });
    if (query.dimension !== undefined) throw invalid('dimension', 'dimension is no filter of usage.', { hint: 'Group by a dimension, or ask /api/events.' });
    const answer = await questions.aggregateText({ groupBy: groupBy ?? null, byModel: query.breakdown === 'model', filter: sessionFilter(query), timezone: timezoneOf(query.timezone) });
    return reply.type(JSON_TYPE).send(answer);
  });
}
