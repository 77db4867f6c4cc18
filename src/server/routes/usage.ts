// GET /api/usage/blocks and /api/prices: windows of five hours, and what models cost.

import { Type } from 'typebox';
import type { App } from '../app.ts';
import type { ServerDeps } from '../deps.ts';
import { sessionFilter } from '../filters.ts';
import { jsonAnswer } from '../schemas/answers.ts';
import { NO_QUERY, placeParameters, sessionId, timeParameters } from '../schemas/parameters.ts';

const BlocksQuery = Type.Object({
  session: sessionId,
  ...placeParameters,
  ...timeParameters,
  active: Type.Boolean({ default: false, description: 'Only the block that runs now' }),
});

export function usageRoutes(app: App, { questions }: ServerDeps): void {
  app.get('/api/usage/blocks', {
    config: { cached: 'lake, now' },
    schema: {
      operationId: 'listUsageBlocks',
      summary: 'Usage in windows of five hours',
      tags: ['usage'],
      querystring: BlocksQuery,
      response: jsonAnswer('Blocks', 'The blocks that have calls, the oldest first', { items: true }),
    },
  }, ({ query }) => questions.usageBlocks({ filter: sessionFilter(query), activeOnly: query.active }));

  app.get('/api/prices', {
    config: { cached: true },
    schema: {
      operationId: 'listPrices',
      summary: 'What the models of the lake cost, and where that is from',
      tags: ['usage'],
      querystring: NO_QUERY,
      response: jsonAnswer('Prices', 'A price for each model', { items: true }),
    },
  }, () => questions.prices());
}
