// GET /api/events: records of every session, by time, the newest first.

import { Type } from 'typebox';
import type { App } from '../app.ts';
import type { ServerDeps } from '../deps.ts';
import { pageRequest, recordFilter } from '../filters.ts';
import { jsonAnswer } from '../schemas/answers.ts';
import { content, cursor, dimension, duplicates, filterParameters, limit } from '../schemas/parameters.ts';

const EventQuery = Type.Object({
  ...filterParameters,
  dimension,
  order: Type.Enum(['desc', 'asc'], { default: 'desc', description: 'By time; desc: the newest first' }),
  content,
  duplicates,
  limit: limit(100, 1000),
  cursor,
});

export function eventRoute(app: App, { questions }: ServerDeps): void {
  app.get('/api/events', {
    config: { cached: true },
    schema: {
      operationId: 'listEvents',
      summary: 'Records across sessions, by time',
      tags: ['lake'],
      querystring: EventQuery,
      response: jsonAnswer('RecordPage', 'A page of records'),
    },
  }, ({ query }) => questions.events({ filter: recordFilter(query), order: query.order, content: query.content, duplicates: query.duplicates, ...pageRequest(query) }));
}
