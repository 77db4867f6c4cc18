// What one client may ask of the daemon: requests a minute, bytes of a body, time to send a request.

import rateLimit from '@fastify/rate-limit';
import { LakeError } from '../../core/errors.ts';
import type { App } from '../app.ts';

const MINUTE_MS = 60_000;

export const BODY_MAX_BYTES = 1024 * 1024;
export const HEADERS_TIMEOUT_MS = 15_000;
export const REQUEST_TIMEOUT_MS = 60_000;
export const CONNECTIONS_MAX = 1024;
/** Ids have up to 200 characters, each up to three bytes when percent-encoded. */
export const PARAMETER_MAX_LENGTH = 600;

/** As a hook of its own rather than one per route, so that it runs before the token is looked at and for unknown paths too. */
export async function installLimits(app: App, requestsPerMinute: number): Promise<void> {
  if (requestsPerMinute === 0) return;
  await app.register(rateLimit, {
    global: false,
    max: requestsPerMinute,
    timeWindow: MINUTE_MS,
    // The address is gone when the client already is.
    keyGenerator: (request) => request.ip ?? '',
    errorResponseBuilder: (_request, context) => new LakeError('rate_limited', `More than ${context.max} requests in a minute.`, {
      hint: `Try again in ${context.after}. The setting rate-limit raises the limit.`,
    }),
  });
  app.addHook('onRequest', app.rateLimit());
}
