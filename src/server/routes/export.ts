// GET /api/export: everything the filters let through, in lake order, in one of five formats. Pinned to
// the lake's top at the first byte; a stream that was cut goes on with `after`.

import { Type, type Static } from 'typebox';
import type { RecordQuery } from '../../core/answers/record.ts';
import type { App } from '../app.ts';
import type { ServerDeps } from '../deps.ts';
import { EXPORT_FORMATS, EXPORT_FORMAT_NAMES, lakeHeaders, type ExportFormat } from '../export-formats.ts';
import { lakeRange, recordFilter } from '../filters.ts';
import { invalid } from '../query.ts';
import { streamAnswer } from '../schemas/answers.ts';
import { ExportParameters } from '../schemas/export-schema.ts';
import type { StreamAnswer, StreamResponder } from '../stream-responder.ts';

type Parameters = Static<typeof ExportParameters>;

const ANSWER = streamAnswer('The stream, in the type of the format. jsonl ends with the HTTP trailers X-Rows and X-Sha256',
  Object.fromEntries(EXPORT_FORMAT_NAMES.map((name) => [EXPORT_FORMATS[name].type.split(';', 1)[0], Type.String()])), ['Content-Disposition', 'Trailer']);

export function exportRoute(app: App, deps: ServerDeps, streams: StreamResponder): void {
  app.get('/api/export', {
    config: { weight: 10 },
    schema: {
      operationId: 'export',
      summary: 'Everything the filters let through, as a stream',
      tags: ['lake'],
      querystring: ExportParameters,
      response: ANSWER,
    },
  }, async (request, reply) => streams.send(request, reply, await exportAnswer(deps, request.query)));
}

async function exportAnswer(deps: ServerDeps, parameters: Parameters): Promise<StreamAnswer> {
  const format: ExportFormat = EXPORT_FORMATS[parameters.format];
  if (parameters.format === 'markdown' && parameters.session === undefined) {
    throw invalid('session', 'A markdown export is the transcript of one session.', { hint: 'Add session=ID.' });
  }
  const filter = recordFilter(parameters);
  const range = lakeRange(parameters, deps.questions.top());
  // A session nobody knows is a 404, not an empty file.
  if (parameters.session !== undefined) await deps.questions.session(parameters.session);
  const query: RecordQuery = { filter, ...range, duplicates: parameters.duplicates ?? parameters.format === 'jsonl' };
  return {
    headers: {
      'content-type': format.type,
      'content-disposition': `attachment; filename="${fileName(parameters, format.extension)}"`,
      ...lakeHeaders(range.upto, deps.questions.epoch),
    },
    ...(format.trailerNames === undefined ? {} : { trailerNames: format.trailerNames }),
    open: (signal) => format.open(deps.export, query, parameters.content, signal),
  };
}

function fileName(parameters: Parameters, extension: string): string {
  const session = parameters.session?.replaceAll(/[^A-Za-z0-9._-]/g, '-');
  return `sessionlake${session === undefined ? '' : `-${session}`}.${extension}`;
}
