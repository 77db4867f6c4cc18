// GET /api/sessions/{id}/subagents and /tree: who worked in a session, flat and as a tree.

import { Type } from 'typebox';
import type { App } from '../app.ts';
import type { ServerDeps } from '../deps.ts';
import { pageRequest } from '../filters.ts';
import { jsonAnswer } from '../schemas/answers.ts';
import { NO_QUERY, cursor, idParams, limit } from '../schemas/parameters.ts';

export function subagentRoutes(app: App, { questions }: ServerDeps): void {
  app.get('/api/sessions/:id/subagents', {
    config: { cached: 'session' },
    schema: {
      operationId: 'listSubagents',
      summary: 'Subagents of a session',
      tags: ['sessions'],
      params: idParams,
      querystring: Type.Object({ limit: limit(100, 1000), cursor }),
      response: jsonAnswer('AgentPage', 'A page of subagents', { found: true }),
    },
  }, ({ params, query }) => questions.subagents(params.id, pageRequest(query)));

  app.get('/api/sessions/:id/tree', {
    config: { cached: 'session' },
    schema: {
      operationId: 'getSessionTree',
      summary: 'A session with its tree of subagents',
      tags: ['sessions'],
      params: idParams,
      querystring: NO_QUERY,
      response: jsonAnswer('SessionTree', 'The session and the agents it started', { found: true }),
    },
  }, ({ params }) => questions.tree(params.id));
}
