// GET /api/files and /api/rejects: what was read of each source file, and every line that was not indexed.

import { Type } from 'typebox';
import type { App } from '../app.ts';
import type { ServerDeps } from '../deps.ts';
import { pageRequest, present } from '../filters.ts';
import { jsonAnswer } from '../schemas/answers.ts';
import { cursor, file, kept, limit, placeParameters, reason, sessionId } from '../schemas/parameters.ts';
import { FILE_STATES } from '../schemas/record-schemas.ts';

const page = { limit: limit(100, 1000), cursor };
const FilesQuery = Type.Object({ ...placeParameters, session: sessionId, state: Type.Optional(Type.Enum([...FILE_STATES], { description: 'gone: deleted at its source; replaced: by other content at the same path' })), ...page });
const RejectsQuery = Type.Object({ ...placeParameters, session: sessionId, reason, file, kept, ...page });

export function fileRoutes(app: App, { questions }: ServerDeps): void {
  app.get('/api/files', {
    config: { cached: 'files' },
    schema: {
      operationId: 'listFiles',
      summary: 'Source files: offset, size, lag and generation',
      tags: ['lake'],
      querystring: FilesQuery,
      response: jsonAnswer('FilePage', 'A page of files'),
    },
  }, ({ query }) => {
    const { project, source, session, state } = query;
    return questions.files(present({ project, source, session, state }), pageRequest(query));
  });

  app.get('/api/rejects', {
    config: { cached: 'files' },
    schema: {
      operationId: 'listRejects',
      summary: 'Lines that were not indexed, with byte range and reason; with kept=true records in which something is wrong',
      tags: ['lake'],
      querystring: RejectsQuery,
      response: jsonAnswer('RejectPage', 'A page of rejected lines'),
    },
  }, ({ query }) => {
    const { project, source, session } = query;
    const filter = present({ project, source, session, reason: query.reason, file: query.file, kept: query.kept });
    return questions.rejects(filter, pageRequest(query));
  });
}
