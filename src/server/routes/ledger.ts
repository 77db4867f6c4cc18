// GET /api/sessions/{id}/ledger: each model call, its lines, and why it counts or does not.

import { Type } from 'typebox';
import type { App } from '../app.ts';
import type { ServerDeps } from '../deps.ts';
import { pageRequest } from '../filters.ts';
import { jsonAnswer } from '../schemas/answers.ts';
import { cursor, idParams, limit } from '../schemas/parameters.ts';

export function ledgerRoutes(app: App, { questions }: ServerDeps): void {
  app.get('/api/sessions/:id/ledger', {
    config: { cached: 'ledger' },
    schema: {
      operationId: 'getSessionLedger',
      summary: 'Model calls of a session and its subagents, with the lines they are known by',
      tags: ['usage'],
      params: idParams,
      querystring: Type.Object({ limit: limit(100, 1000), cursor }),
      response: jsonAnswer('LedgerPage', 'A page of model calls; those that count add up to `totals`', { found: true }),
    },
  }, ({ params, query }) => questions.ledger(params.id, pageRequest(query)));
}
