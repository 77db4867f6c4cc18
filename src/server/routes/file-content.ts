// GET /api/files/{id}/content: all that was indexed of a source file, byte for byte, from the file while it is
// there and from the archive after. Bytes that nobody has any more end the stream instead of being left out.

import { LakeError } from '../../core/errors.ts';
import { fileIxOf } from '../../core/file-entry.ts';
import type { FileItem } from '../../core/answers/file-item.ts';
import type { Questions } from '../../core/answers/questions.ts';
import type { App } from '../app.ts';
import type { ServerDeps } from '../deps.ts';
import { lakeHeaders, NDJSON_TYPE } from '../export-formats.ts';
import { streamAnswer } from '../schemas/answers.ts';
import { idParams, NO_QUERY } from '../schemas/parameters.ts';
import { Type } from 'typebox';
import type { StreamAnswer, StreamResponder } from '../stream-responder.ts';

export function fileContentRoute(app: App, deps: ServerDeps, streams: StreamResponder): void {
  app.get('/api/files/:id/content', {
    schema: {
      operationId: 'fileContent',
      summary: 'A source file up to its last indexed newline, byte for byte',
      tags: ['lake'],
      params: idParams,
      querystring: NO_QUERY,
      response: streamAnswer('The bytes. They end with the HTTP trailers X-Rows and X-Sha256', { [NDJSON_TYPE]: Type.String() }, ['Trailer']),
    },
  }, async (request, reply) => {
    const file = await fileOf(deps.questions, request.params.id);
    return streams.send(request, reply, contentAnswer(deps, file));
  });
}

async function fileOf(questions: Questions, id: string): Promise<FileItem> {
  const { items } = await questions.files({ file: id }, { limit: 1 });
  const [file] = items;
  if (file === undefined) throw new LakeError('not_found', `There is no file ${id}.`, { hint: 'GET /api/files lists them.' });
  return file;
}

function contentAnswer(deps: ServerDeps, file: FileItem): StreamAnswer {
  const upto = deps.questions.top();
  return {
    headers: { 'content-type': NDJSON_TYPE, ...lakeHeaders(upto, deps.questions.epoch) },
    trailerNames: ['X-Rows', 'X-Sha256'],
    open: (signal) => {
      const { chunks, trailers } = deps.export.jsonl({ filter: { file: fileIxOf(file.id) ?? 0 }, after: 0, upto, duplicates: true }, signal);
      return {
        chunks: whole(chunks, file),
        trailers: () => ({ 'X-Rows': String(trailers().rows), 'X-Sha256': trailers().sha256 }),
      };
    },
  };
}

async function* whole(chunks: AsyncIterable<Uint8Array>, file: FileItem): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    yield chunk;
  }
  // What was appended since the file was looked up may be there too.
  if (bytes < file.offset) throw new LakeError('unavailable', `${file.offset - bytes} bytes of ${file.path} are neither in the file nor in the archive.`);
}
