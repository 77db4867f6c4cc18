// GET /metrics: everything that registered with the registry, as Prometheus text.

import type { App } from '../app.ts';
import type { ServerDeps } from '../deps.ts';
import { textAnswer } from '../schemas/answers.ts';
import { NO_QUERY } from '../schemas/parameters.ts';

export function metricsRoute(app: App, deps: ServerDeps): void {
  app.get('/metrics', {
    schema: {
      operationId: 'metrics',
      summary: 'Prometheus metrics',
      tags: ['daemon'],
      querystring: NO_QUERY,
      response: textAnswer('Prometheus text exposition format'),
    },
  }, async (_request, reply) => {
    reply.type(deps.registry.contentType);
    return deps.registry.metrics();
  });
}
