// ETag, 304 and X-Cache. The tag is a hash of the answer's JSON, so it changes exactly when the answer
// does; it is weak because the bytes on the wire may be compressed.

import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../app.ts';
import type { ResponseCache } from '../response-cache.ts';

const JSON_TYPE = 'application/json; charset=utf-8';

export function installEtag(app: App, cache: ResponseCache): void {
  app.decorateRequest('cacheSlot', null);

  app.addHook('preHandler', async (request, reply) => {
    if (request.routeOptions.config.cached !== true) return undefined;
    const slot = cache.slot(request);
    const answer = cache.find(slot);
    if (answer === undefined) {
      request.cacheSlot = slot;
      return undefined;
    }
    reply.type(JSON_TYPE).headers({ etag: answer.etag, 'x-cache': 'HIT' });
    return reply.send(answer.payload);
  });

  app.addHook('onSend', async (request, reply, payload) => {
    if (!isTagged(request, reply, payload)) return payload;
    if (!reply.hasHeader('etag')) tag(request, reply, payload, cache);
    if (!matches(request.headers['if-none-match'], String(reply.getHeader('etag')))) return payload;
    reply.code(304).removeHeader('content-type').removeHeader('content-length');
    // Of a HEAD answer Fastify still takes the length, then drops the body itself.
    return request.method === 'HEAD' ? payload : null;
  });
}

function isTagged(request: FastifyRequest, reply: FastifyReply, payload: unknown): payload is string {
  return typeof payload === 'string'
    && reply.statusCode === 200
    && (request.method === 'GET' || request.method === 'HEAD')
    && String(reply.getHeader('content-type')).startsWith('application/json');
}

function tag(request: FastifyRequest, reply: FastifyReply, payload: string, cache: ResponseCache): void {
  const etag = `W/"${createHash('sha1').update(payload, 'utf8').digest('base64url')}"`;
  reply.headers({ etag, 'x-cache': 'MISS' });
  if (request.cacheSlot !== null) cache.keep(request.cacheSlot, etag, payload);
}

/** If-None-Match compares weakly (RFC 9110, 13.1.2). */
function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  const opaque = (text: string) => text.trim().replace(/^W\//, '');
  return header.trim() === '*' || header.split(',').some((candidate) => opaque(candidate) === opaque(etag));
}
