// Every error as application/problem+json (RFC 9457): known ones by their code, unknown ones as a 500
// that tells nothing of the inside. Logged here, once.

import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply } from 'fastify';
import { LakeError, systemCode, type ErrorCode } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { App } from '../app.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

const PROBLEM_TYPE = 'application/problem+json';

const CODE_OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  401: 'unauthorized', 403: 'forbidden', 404: 'not_found', 405: 'method_not_allowed', 413: 'too_large',
  429: 'rate_limited', 503: 'unavailable',
};

function problemBody(error: LakeError): string {
  return JSON.stringify({
    type: `urn:sessionlake:problem:${error.code}`,
    title: error.title,
    status: error.status,
    detail: error.message,
    code: error.code,
    parameter: error.parameter,
    position: error.position,
    hint: error.hint,
  });
}

export function installProblems(app: App, logger: Logger): void {
  app.setErrorHandler<FastifyError | LakeError>((error, request, reply) => {
    const known = lakeErrorOf(error);
    if (known.status >= 500 && known.code !== 'unavailable') {
      logger.error({ err: error, method: request.method, route: request.routeOptions.url }, 'a request failed');
    }
    if (known.code === 'unauthorized') reply.header('www-authenticate', 'Bearer realm="sessionlake"');
    return sendProblem(reply, known);
  });
}

/** For requests that never reach a route: a URL that cannot be decoded. */
export function refuseFramework(error: FastifyError, _request: unknown, reply: Pick<FastifyReply, 'code' | 'headers'>): void {
  reply.headers(SECURITY_HEADERS);
  sendProblem(reply, lakeErrorOf(error));
}

function sendProblem(reply: Pick<FastifyReply, 'code'>, error: LakeError): FastifyReply {
  // As bytes: Fastify adds a charset to the type of JSON text.
  return reply.code(error.status).type(PROBLEM_TYPE).send(Buffer.from(problemBody(error)));
}

/** What Fastify refuses itself (bodies, media types) carries a 4xx; anything else is our own fault. */
function lakeErrorOf(error: FastifyError | LakeError): LakeError {
  if (error instanceof LakeError) return error;
  const status = error.statusCode ?? 500;
  if (status >= 500) return new LakeError('internal', 'The request failed inside; the log of the daemon says why.', { cause: error });
  if (status === 415) return new LakeError('unsupported_media_type', 'The body is not said to be JSON.', { cause: error, hint: 'Send the header "Content-Type: application/json".' });
  return new LakeError(CODE_OF_STATUS[status] ?? 'bad_request', error.message, { cause: error });
}

/** For bytes that are no HTTP, headers that are too large, and requests that take too long to arrive. */
export function refuseConnection(error: Error, socket: Socket): void {
  if (systemCode(error) === 'ECONNRESET' || socket.destroyed) return;
  const status = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 }[systemCode(error) ?? ''] ?? 400;
  const title = STATUS_CODES[status] ?? '';
  const body = JSON.stringify({
    type: 'urn:sessionlake:problem:bad_request', title, status, detail: 'The request could not be read as HTTP.', code: 'bad_request',
  });
  if (!socket.writable) return void socket.destroy();
  socket.end(`HTTP/1.1 ${status} ${title}\r\nContent-Type: ${PROBLEM_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`);
}
