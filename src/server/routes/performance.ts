// /health/performance and /health/cache: how fast the daemon answers, and what it keeps for that.

import type { App } from '../app.ts';
import type { ServerDeps } from '../deps.ts';
import type { ResponseCache } from '../response-cache.ts';
import type { RouteClock } from '../route-times.ts';
import { jsonAnswer, plainAnswer } from '../schemas/answers.ts';
import { NO_QUERY } from '../schemas/parameters.ts';

export function performanceRoutes(app: App, deps: ServerDeps, { cache, clock }: { cache: ResponseCache; clock: RouteClock }): void {
  app.get('/health/performance', {
    schema: {
      operationId: 'performance',
      summary: 'Response times by route, cache, database pool, ingest lag and memory',
      tags: ['daemon'],
      querystring: NO_QUERY,
      response: jsonAnswer('Performance', 'Percentiles are of the last 1,024 of each kind'),
    },
  }, async () => ({ routes: clock.list(), cache: cache.state, ...(await deps.performance()) }));

  app.get('/health/performance/queries', {
    config: { weight: 50 },
    schema: {
      operationId: 'profileQueries',
      summary: 'The statements of the questions asked so far, run again and explained',
      tags: ['daemon'],
      querystring: NO_QUERY,
      response: jsonAnswer('QueryProfile', 'The slowest first', { items: true }),
    },
  }, async () => ({ items: await deps.explainQueries() }));

  for (const [path, operationId, summary, drop] of [
    ['/health/cache/clear', 'clearCache', 'Drops every cached answer', () => cache.clear()],
    ['/health/cache/cleanup', 'cleanupCache', 'Drops cached answers that are not good any more', () => cache.cleanup()],
  ] as const) {
    app.post(path, {
      schema: { operationId, summary, tags: ['daemon'], querystring: NO_QUERY, response: plainAnswer('CacheDropped', 'What was dropped') },
    }, async () => drop());
  }
}
