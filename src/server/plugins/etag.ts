// ETag, 304, X-Cache and Cache-Control. The tag is a hash of the answer, so it changes exactly when the
// answer does. Whoever keeps an answer has to ask whether it is still good.

import type { FastifyReply, FastifyRequest } from 'fastify';
import { LakeError } from '../../core/errors.ts';
import type { App } from '../app.ts';
import { scopeOf } from '../cache-scope.ts';
import { matchesTag, ndjsonTag, tagOf } from '../entity-tags.ts';
import { JSON_TYPE } from '../export-formats.ts';
import type { OwnRequests } from '../own-requests.ts';
import type { CachedAnswer, ResponseCache } from '../response-cache.ts';
import { whenClosed } from '../when-closed.ts';
import { isList, prefersNdjson } from './list-formats.ts';

const REVALIDATE = 'private, no-cache';
/** Streams aside, no answer is larger. */
const ANSWER_MAX_BYTES = 16 * 1024 * 1024;

export function installEtag(app: App, cache: ResponseCache, own: OwnRequests): void {
  app.decorateRequest('cacheSlot', null);

  app.addHook('preHandler', (request, reply, done) => {
    const { cached } = request.routeOptions.config;
    if (cached === undefined || own.isOwn(request.headers)) return void done();
    const slot = cache.slot(keyOf(request), scopeOf(request, cached === true ? 'lake' : cached));
    const proceed = (answer: CachedAnswer | undefined): void => {
      if (answer !== undefined) return void reply.type(JSON_TYPE).headers({ etag: answer.etag, 'x-cache': 'HIT' }).send(answer.payload);
      request.cacheSlot = slot;
      whenClosed(reply, () => cache.end(slot));
      done();
    };
    const found = cache.find(slot);
    if (found instanceof Promise) found.then(proceed).catch(done);
    else proceed(found);
  });

  app.addHook('onSend', (request, reply, payload, done) => {
    if (!isTagged(request, reply, payload)) return void done();
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
    if (bytes.length > ANSWER_MAX_BYTES) throw tooLarge(reply);
    if (!reply.hasHeader('etag')) tag(request, reply, bytes, cache);
    reply.header('cache-control', REVALIDATE);
    if (isList(bytes)) {
      reply.header('vary', 'accept');
      if (prefersNdjson(request)) reply.header('etag', ndjsonTag(String(reply.getHeader('etag'))));
    }
    if (!matchesTag(request.headers['if-none-match'], String(reply.getHeader('etag')))) return void done(null, bytes);
    reply.code(304).removeHeader('content-type').removeHeader('content-length');
    // Of a HEAD answer Fastify still takes the length, then drops the body itself.
    done(null, request.method === 'HEAD' ? bytes : null);
  });
}

/** Method (HEAD is answered as GET is), path, parameters as they were understood, in order, and who asks. */
function keyOf(request: FastifyRequest): string {
  const path = request.url.split('?', 1)[0] ?? '';
  const parameters = Object.entries(request.query as Record<string, unknown>).sort(([a], [b]) => (a < b ? -1 : 1));
  return `GET ${path}?${JSON.stringify(parameters)} ${authorisation(request)}`;
}

/** There is one token, so whoever brings it is the same to every answer. */
function authorisation(request: FastifyRequest): string {
  return request.routeOptions.config.public === true ? 'anyone' : 'token';
}

function isTagged(request: FastifyRequest, reply: FastifyReply, payload: unknown): payload is string | Buffer {
  return (typeof payload === 'string' || Buffer.isBuffer(payload))
    && reply.statusCode === 200
    && (request.method === 'GET' || request.method === 'HEAD')
    && /^(application\/json|text\/)/.test(String(reply.getHeader('content-type')));
}

function tag(request: FastifyRequest, reply: FastifyReply, payload: Buffer, cache: ResponseCache): void {
  const etag = tagOf(payload);
  reply.headers({ etag, 'x-cache': 'MISS' });
  if (request.cacheSlot !== null) cache.keep(request.cacheSlot, { etag, payload });
}

function tooLarge(reply: FastifyReply): LakeError {
  reply.removeHeader('content-length');
  return new LakeError('too_large', `The answer would be larger than ${ANSWER_MAX_BYTES / 1024 / 1024} MiB.`, { hint: 'Ask for fewer items with limit, or for everything as a stream with /api/export.' });
}
