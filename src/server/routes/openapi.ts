// GET /openapi.json: this API as OpenAPI 3.1.

import type { App } from '../app.ts';
import { jsonAnswer } from '../schemas/answers.ts';
import { NO_QUERY } from '../schemas/parameters.ts';

export function openapiRoute(app: App): void {
  app.get('/openapi.json', {
    schema: {
      operationId: 'openapi',
      summary: 'This API as OpenAPI 3.1',
      tags: ['daemon'],
      querystring: NO_QUERY,
      response: jsonAnswer('OpenapiDocument', 'The document'),
    },
  }, async () => app.swagger());
}
