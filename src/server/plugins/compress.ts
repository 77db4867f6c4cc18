// JSON and text above 1 KiB, compressed where the client accepts it. A cached answer is compressed once.

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../app.ts';
import { compressed, encodingFor } from '../encodings.ts';
import { jsonTag } from '../entity-tags.ts';
import type { ResponseCache } from '../response-cache.ts';

const THRESHOLD_BYTES = 1024;
const COMPRESSIBLE = /^(text\/|application\/(json|problem\+json|openapi\+json|x-ndjson))/;

/** After the tags are given: a compressed form is known by the tag of what it holds. */
export function installCompress(app: App, cache: ResponseCache): void {
  app.addHook('onSend', (request, reply, payload, done) => {
    // It varies as the answer does that it stands for.
    if (reply.statusCode === 304) varyByEncoding(reply);
    if ((typeof payload !== 'string' && !Buffer.isBuffer(payload)) || !COMPRESSIBLE.test(String(reply.getHeader('content-type')))) return void done();
    varyByEncoding(reply);
    const encoding = encodingFor(request.headers['accept-encoding']);
    if (encoding === null || Buffer.byteLength(payload) <= THRESHOLD_BYTES || request.method === 'HEAD' || reply.hasHeader('content-encoding')) return void done();
    encodedForm(request, reply, Buffer.from(payload), encoding, cache).then((made) => {
      reply.header('content-encoding', encoding).removeHeader('content-length');
      done(null, made);
    }).catch(done);
  });
}

function varyByEncoding(reply: FastifyReply): void {
  const vary = reply.getHeader('vary');
  reply.header('vary', vary === undefined ? 'accept-encoding' : `${String(vary)}, accept-encoding`);
}

async function encodedForm(request: FastifyRequest, reply: FastifyReply, payload: Buffer, encoding: string, cache: ResponseCache): Promise<Buffer> {
  const etag = jsonTag(String(reply.getHeader('etag') ?? ''));
  const isKept = etag !== '' && request.routeOptions.config.cached !== undefined;
  const form = `${encoding} ${String(reply.getHeader('content-type'))}`;
  const kept = isKept ? cache.encoded(etag, form) : undefined;
  if (kept !== undefined) return kept;
  const made = await compressed(encoding, payload);
  if (isKept) cache.keepEncoded(etag, form, made);
  return made;
}
