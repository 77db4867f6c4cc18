// GET /api/system/stats and /api/logs: the process, the machine, and what the daemon logged lately.

import { Type } from 'typebox';
import type { App } from '../app.ts';
import type { ServerDeps } from '../deps.ts';
import { jsonAnswer } from '../schemas/answers.ts';
import { NO_QUERY } from '../schemas/parameters.ts';

const STATS_MS = 2000;
const LOG_LINES_MAX = 10_000;

const LogsQuery = Type.Object({
  tail: Type.Integer({ default: 100, minimum: 1, maximum: LOG_LINES_MAX, description: 'At most so many of the last lines' }),
  after: Type.Optional(Type.Integer({ minimum: 0, description: 'Only lines after this number' })),
});

export function systemRoutes(app: App, deps: ServerDeps): void {
  app.get('/api/system/stats', {
    config: { cached: STATS_MS },
    schema: {
      operationId: 'systemStats',
      summary: 'Process and machine, computed at most every two seconds',
      tags: ['daemon'],
      querystring: NO_QUERY,
      response: jsonAnswer('SystemStats', 'As it was at computed_at'),
    },
  }, async () => deps.systemStats());

  app.get('/api/logs', {
    schema: {
      operationId: 'logs',
      summary: "The daemon's own last log lines, the oldest first",
      tags: ['daemon'],
      querystring: LogsQuery,
      response: jsonAnswer('LogPage', 'Log lines'),
    },
  }, async ({ query }) => deps.logs(query.tail, query.after ?? 0));
}
