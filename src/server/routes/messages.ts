// GET /api/sessions/{id}/messages, a page at a time, and /messages/stream, all of them as NDJSON.

import { Type } from 'typebox';
import { LakeError } from '../../core/errors.ts';
import type { App } from '../app.ts';
import type { ServerDeps } from '../deps.ts';
import { NDJSON_TYPE, lakeHeaders } from '../export-formats.ts';
import { lakeRange, messageFilter, present } from '../filters.ts';
import { jsonAnswer, streamAnswer } from '../schemas/answers.ts';
import { content, cursor, duplicates, idParams, limit, rangeParameters, recordParameters, timeParameters } from '../schemas/parameters.ts';
import type { StreamResponder } from '../stream-responder.ts';

const PageQuery = Type.Object({
  ...recordParameters,
  ...timeParameters,
  order: Type.Enum(['asc', 'desc'], { default: 'asc', description: 'By the order of the thread; desc: the last first' }),
  content,
  duplicates,
  limit: limit(100, 1000),
  cursor,
  offset: Type.Optional(Type.Integer({ minimum: 0, description: 'How many records to skip; not together with cursor' })),
});

const StreamQuery = Type.Object({ ...recordParameters, ...timeParameters, ...rangeParameters, content, duplicates });

export function messageRoutes(app: App, deps: ServerDeps, streams: StreamResponder): void {
  app.get('/api/sessions/:id/messages', {
    config: { cached: 'session' },
    schema: {
      operationId: 'listMessages',
      summary: 'Records of a session; without type and agent, the messages of its main thread',
      tags: ['sessions'],
      params: idParams,
      querystring: PageQuery,
      response: jsonAnswer('RecordPage', 'A page of records', { found: true }),
    },
  }, async ({ params, query }) => {
    if (query.cursor !== undefined && query.offset !== undefined) {
      throw new LakeError('invalid_parameter', 'The parameters cursor and offset exclude each other.', { parameter: 'offset', hint: 'Go on with the cursor alone.' });
    }
    return deps.questions.messages({
      filter: messageFilter(params.id, query),
      order: query.order,
      content: query.content,
      duplicates: query.duplicates,
      limit: query.limit,
      ...present({ cursor: query.cursor, offset: query.offset }),
    });
  });

  app.get('/api/sessions/:id/messages/stream', {
    config: { weight: 5 },
    schema: {
      operationId: 'streamMessages',
      summary: 'The same records in lake order, as NDJSON',
      tags: ['sessions'],
      params: idParams,
      querystring: StreamQuery,
      response: streamAnswer('One record a line; the last line has type end, or error where the stream was cut', { [NDJSON_TYPE]: Type.String() }),
    },
  }, async (request, reply) => {
    const { params, query } = request;
    const range = lakeRange(query, deps.questions.top());
    const filter = messageFilter(params.id, query);
    await deps.questions.session(params.id);
    return streams.send(request, reply, {
      headers: { 'content-type': NDJSON_TYPE, ...lakeHeaders(range.upto, deps.questions.epoch) },
      open: (signal) => ({ chunks: deps.export.ndjson({ filter, ...range, duplicates: query.duplicates }, query.content, signal) }),
    });
  });
}
