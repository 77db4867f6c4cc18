// GET /api/status: how far the index is, and what troubles it.

import type { App } from '../app.ts';
import type { ServerDeps } from '../deps.ts';
import { jsonAnswer } from '../schemas/answers.ts';
import { NO_QUERY } from '../schemas/parameters.ts';

export function statusRoute(app: App, deps: ServerDeps): void {
  app.get('/api/status', {
    schema: {
      operationId: 'status',
      summary: 'How far the index is, and what troubles it',
      tags: ['daemon'],
      querystring: NO_QUERY,
      response: jsonAnswer('Status', 'The state of the lake'),
    },
  }, () => deps.status());
}
