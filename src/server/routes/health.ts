// GET /health: whether the daemon can be relied on. The one route that needs no token.

import type { App } from '../app.ts';
import type { ServerDeps } from '../deps.ts';
import { jsonAnswer, otherAnswer } from '../schemas/answers.ts';
import { NO_QUERY } from '../schemas/parameters.ts';

export function healthRoute(app: App, deps: ServerDeps): void {
  app.get('/health', {
    // Free: who asks for all else too often must not make the daemon look dead.
    config: { public: true, weight: 0 },
    schema: {
      operationId: 'health',
      summary: 'Whether the daemon is well',
      tags: ['daemon'],
      security: [],
      querystring: NO_QUERY,
      response: { ...jsonAnswer('Health', 'ok or degraded'), ...otherAnswer(503, 'Health', 'Not ready') },
    },
  }, async (_request, reply) => {
    const health = await deps.health();
    reply.code(health.status === 'starting' ? 503 : 200);
    return health;
  });
}
