// GET /api/archive: the manifest of the Parquet parts.

import { Type } from 'typebox';
import type { App } from '../app.ts';
import type { ServerDeps } from '../deps.ts';
import { pageRequest, present } from '../filters.ts';
import { jsonAnswer } from '../schemas/answers.ts';
import { cursor, limit, month, placeParameters, sessionId } from '../schemas/parameters.ts';

export function archiveRoute(app: App, { questions }: ServerDeps): void {
  app.get('/api/archive', {
    config: { cached: true },
    schema: {
      operationId: 'listArchiveParts',
      summary: 'The Parquet manifest',
      tags: ['lake'],
      querystring: Type.Object({ source: placeParameters.source, month, session: sessionId, limit: limit(100, 1000), cursor }),
      response: jsonAnswer('ArchivePartPage', 'A page of parts'),
    },
  }, ({ query }) => {
    const { source, session } = query;
    return questions.archiveParts(present({ source, month: query.month, session }), pageRequest(query));
  });
}
