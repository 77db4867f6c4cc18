// What one client may ask of the daemon: requests a minute, of which heavy ones count as several; bytes of a
// body, time to send a request. Before the token is looked at, and for unknown paths too.

import { LRUCache } from 'lru-cache';
import { LakeError } from '../../core/errors.ts';
import { HUB_DEFAULTS } from '../../stream/hub-options.ts';
import type { App } from '../app.ts';
import type { OwnRequests } from '../own-requests.ts';

const MINUTE_MS = 60_000;
/** Clients that are counted at once; beyond them the quietest begins anew. */
const CLIENTS_MAX = 10_000;

export const BODY_MAX_BYTES = 1024 * 1024;
export const HEADERS_TIMEOUT_MS = 15_000;
export const REQUEST_TIMEOUT_MS = 60_000;
/** Followers count too, and have a limit of their own that tells them so: there is room for requests beside all of them. */
export const CONNECTIONS_MAX = HUB_DEFAULTS.connectionsMax + 1024;
/** Ids have up to 200 characters, each up to three bytes when percent-encoded. */
export const PARAMETER_MAX_LENGTH = 600;

interface Window {
  used: number;
  endsMs: number;
}

export function installLimits(app: App, requestsPerMinute: number, own: OwnRequests, now: () => number = Date.now): void {
  if (requestsPerMinute === 0) return;
  const windows = new LRUCache<string, Window>({ max: CLIENTS_MAX });
  app.addHook('onRequest', (request, reply, done) => {
    if (own.isOwn(request.headers)) return void done();
    // The address is gone when the client already is.
    const client = request.ip ?? '';
    let window = windows.get(client);
    if (window === undefined || window.endsMs <= now()) {
      window = { used: 0, endsMs: now() + MINUTE_MS };
      windows.set(client, window);
    }
    // One that is heavier than what is allowed at all can still be asked, alone.
    const weight = Math.min(request.routeOptions.config.weight ?? 1, requestsPerMinute);
    window.used += weight;
    const seconds = Math.max(1, Math.ceil((window.endsMs - now()) / 1000));
    reply.headers({ 'x-ratelimit-limit': requestsPerMinute, 'x-ratelimit-remaining': Math.max(0, requestsPerMinute - window.used), 'x-ratelimit-reset': seconds });
    if (window.used <= requestsPerMinute) return void done();
    window.used -= weight;
    reply.header('retry-after', seconds);
    throw new LakeError('rate_limited', `More than ${requestsPerMinute} requests in a minute; one of these counts as ${weight}.`, {
      hint: `Try again in ${seconds} s. The setting rate-limit raises the limit.`,
    });
  });
}
