// GET /api/sessions/{id}/timeline, /exchanges, /metrics, /tools, /state: a session by time, by turn, in
// figures, as it stood; and /api/tracing/tree: sessions with their subagents.

import { Type } from 'typebox';
import type { App } from '../app.ts';
import type { ServerDeps } from '../deps.ts';
import { pageRequest, present, timeOf } from '../filters.ts';
import { invalid } from '../query.ts';
import { jsonAnswer } from '../schemas/answers.ts';
import { NO_QUERY, cursor, idParams, limit, time } from '../schemas/parameters.ts';

const TimelineQuery = Type.Object({
  limit: limit(100, 500),
  cursor,
  include_children: Type.Boolean({ default: false, description: 'With the subagents, in order of time' }),
  depth: Type.Integer({ default: 1, minimum: 1, maximum: 3, description: 'How far below the main thread, with include_children' }),
});

const ExchangeQuery = Type.Object({
  limit: limit(50, 200),
  cursor,
  offset: Type.Optional(Type.Integer({ minimum: 0, description: 'How many turns to skip; not together with cursor' })),
});

export function sessionViewRoutes(app: App, { questions: { views } }: ServerDeps): void {
  app.get('/api/sessions/:id/timeline', {
    config: { cached: 'session' },
    schema: {
      operationId: 'getTimeline',
      summary: 'A session by time: prompts, answers, tool calls with their results, subagents, compactions, errors',
      tags: ['sessions'],
      params: idParams,
      querystring: TimelineQuery,
      response: jsonAnswer('TimelinePage', 'A page of entries', { found: true }),
    },
  }, ({ params, query }) => views.timeline(params.id, { ...pageRequest(query), includeChildren: query.include_children, depth: query.depth }));

  app.get('/api/sessions/:id/exchanges', {
    config: { cached: 'session' },
    schema: {
      operationId: 'listExchanges',
      summary: 'A session by turn: what was asked, answered, called and spent',
      tags: ['sessions'],
      params: idParams,
      querystring: ExchangeQuery,
      response: jsonAnswer('ExchangePage', 'A page of turns', { found: true }),
    },
  }, async ({ params, query }) => {
    if (query.cursor !== undefined && query.offset !== undefined) throw invalid('offset', 'The parameters cursor and offset exclude each other.', { hint: 'Go on with the cursor alone.' });
    return views.exchanges(params.id, { ...pageRequest(query), ...present({ offset: query.offset }) });
  });

  app.get('/api/sessions/:id/metrics', {
    config: { cached: 'session' },
    schema: {
      operationId: 'getSessionMetrics',
      summary: 'A session in figures, its own and with its subagents',
      tags: ['sessions'],
      params: idParams,
      querystring: NO_QUERY,
      response: jsonAnswer('SessionMetrics', 'Counts, usage and cost', { found: true }),
    },
  }, ({ params }) => views.metrics(params.id));

  app.get('/api/sessions/:id/tools', {
    config: { cached: 'session' },
    schema: {
      operationId: 'listSessionTools',
      summary: 'The tools that a session and its subagents called',
      tags: ['sessions'],
      params: idParams,
      querystring: NO_QUERY,
      response: jsonAnswer('SessionToolPage', 'All of them, most calls first', { found: true }),
    },
  }, ({ params }) => views.tools(params.id));

  app.get('/api/sessions/:id/state', {
    config: { cached: 'session, at' },
    schema: {
      operationId: 'getSessionState',
      summary: 'A session as it stood at a time',
      tags: ['sessions'],
      params: idParams,
      querystring: Type.Object({ at: time('When; now where it is absent') }),
      response: jsonAnswer('SessionState', 'What the lines up to then say', { found: true }),
    },
  }, async ({ params, query }) => views.state(params.id, timeOf('at', query.at) ?? null));

  app.get('/api/tracing/tree', {
    config: { cached: 'lake, now' },
    schema: {
      operationId: 'listTraces',
      summary: 'Sessions with their trees of subagents, the last active first',
      tags: ['sessions'],
      querystring: Type.Object({ days: Type.Integer({ default: 30, minimum: 1, maximum: 36_500, description: 'Active within so many days' }), limit: limit(50, 500), cursor }),
      response: jsonAnswer('TracingPage', 'A page of sessions'),
    },
  }, ({ query }) => views.tracing({ ...pageRequest(query), days: query.days }));
}
