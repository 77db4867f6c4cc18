// GET /api/search: records whose text has something, the newest first.

import { Type } from 'typebox';
import type { App } from '../app.ts';
import type { ServerDeps } from '../deps.ts';
import { pageRequest, recordFilter } from '../filters.ts';
import { invalid } from '../query.ts';
import { jsonAnswer } from '../schemas/answers.ts';
import { cursor, filterParameters, limit } from '../schemas/parameters.ts';

const Q_MAX = 500;

const SearchQuery = Type.Object({
  q: Type.String({ minLength: 1, maxLength: Q_MAX, description: 'What the text has, letter case ignored' }),
  ...filterParameters,
  limit: limit(20, 200),
  cursor,
});

export function searchRoute(app: App, { questions }: ServerDeps): void {
  app.get('/api/search', {
    config: { cached: true, weight: 5 },
    schema: {
      operationId: 'search',
      summary: 'Records whose text has something, the newest first',
      tags: ['lake'],
      querystring: SearchQuery,
      response: jsonAnswer('SearchPage', 'A page of hits; one request reads for a bounded time, so a page may have few hits, or none, and a next one'),
    },
  }, async ({ query }) => {
    if (query.q.trim() === '') throw invalid('q', 'The parameter q must have more than white space.');
    return questions.search({ q: query.q, filter: recordFilter(query), ...pageRequest(query) });
  });
}
