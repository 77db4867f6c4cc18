// Who may speak to the daemon at all, before any token: requests whose Host is exactly one of ours
// (a rebound name of another site is not), whose Origin, where present, is ours too, and that no other
// site's page made. There is no CORS: nothing is ever allowed to other origins.

import type { IncomingHttpHeaders } from 'node:http';
import { LakeError } from '../../core/errors.ts';
import type { App } from '../app.ts';

/** Undefined: let through. */
export function originProblem(headers: IncomingHttpHeaders, hosts: readonly string[]): LakeError | undefined {
  const host = headers.host?.toLowerCase();
  if (host === undefined) return new LakeError('bad_request', 'The request has no Host header.');
  if (!hosts.includes(host)) {
    return refused('The Host header names no address of this daemon.', `Use one of ${hosts.join(', ')}.`);
  }
  const { origin } = headers;
  if (origin !== undefined && !hosts.some((own) => origin.toLowerCase() === `http://${own}`)) {
    return refused('The Origin header names another site.', 'Pages of other origins may not read sessions.');
  }
  if (headers['sec-fetch-site'] === 'cross-site') {
    return refused("Another site's page made this request.", 'Open the address in a tab of its own.');
  }
  return undefined;
}

export function installOrigin(app: App, hosts: () => readonly string[]): void {
  app.addHook('onRequest', (request, _reply, done) => {
    done(originProblem(request.headers, hosts()));
  });
}

function refused(message: string, hint: string): LakeError {
  return new LakeError('forbidden', message, { hint });
}
