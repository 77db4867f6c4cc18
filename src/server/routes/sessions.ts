// GET /api/sessions, /api/sessions/{id}: sessions with their usage, cost and counts.

import { Type } from 'typebox';
import { SESSION_SORTS } from '../../core/answers/questions.ts';
import type { App } from '../app.ts';
import type { ServerDeps } from '../deps.ts';
import { pageRequest, sessionFilter } from '../filters.ts';
import { jsonAnswer } from '../schemas/answers.ts';
import { NO_QUERY, cursor, idParams, limit, sessionParameters } from '../schemas/parameters.ts';

const ListQuery = Type.Object({
  ...sessionParameters,
  sort: Type.Enum([...SESSION_SORTS], { default: '-last_activity', description: '-: the newest first' }),
  limit: limit(50, 500),
  cursor,
});

export function sessionRoutes(app: App, { questions }: ServerDeps): void {
  app.get('/api/sessions', {
    config: { cached: true },
    schema: {
      operationId: 'listSessions',
      summary: 'Sessions',
      tags: ['sessions'],
      querystring: ListQuery,
      response: jsonAnswer('SessionPage', 'A page of sessions'),
    },
  }, async ({ query }) => questions.sessions(sessionFilter(query), query.sort, pageRequest(query)));

  app.get('/api/sessions/:id', {
    config: { cached: 'session' },
    schema: {
      operationId: 'getSession',
      summary: 'One session',
      tags: ['sessions'],
      params: idParams,
      querystring: NO_QUERY,
      response: jsonAnswer('Session', 'The session', { found: true }),
    },
  }, ({ params }) => questions.session(params.id));
}
