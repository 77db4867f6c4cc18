// GET /api/reconcile: what differs between index, files and archive.

import type { App } from '../app.ts';
import type { ServerDeps } from '../deps.ts';
import { jsonAnswer } from '../schemas/answers.ts';
import { NO_QUERY } from '../schemas/parameters.ts';

export function reconcileRoute(app: App, { reconcile }: ServerDeps): void {
  if (reconcile === undefined) return;
  app.get('/api/reconcile', {
    config: { weight: 5 },
    schema: {
      operationId: 'reconcile',
      summary: 'Index against files against archive: what differs; computed at most every 60 s',
      tags: ['lake'],
      querystring: NO_QUERY,
      response: jsonAnswer('Reconcile', 'What was compared, and what differs'),
    },
  }, () => reconcile());
}
