// The token: needed for everything but routes marked public, as `Authorization: Bearer` or as a cookie,
// never in a URL. Compared in constant time, through a hash so that lengths tell nothing either.

import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { LakeError } from '../../core/errors.ts';
import type { App } from '../app.ts';

export const TOKEN_COOKIE = 'sessionlake_token';

/** Whether a given text is the token. Where there is none, every text is. */
export function tokenMatcher(token: string | null): (given: string) => boolean {
  if (token === null) return () => true;
  const wanted = digest(token);
  return (given) => timingSafeEqual(digest(given), wanted);
}

/** Whether the headers bring the token. With a null token nothing is asked for. */
export function tokenCheck(token: string | null): (headers: IncomingHttpHeaders) => boolean {
  const matches = tokenMatcher(token);
  return (headers) => {
    const given = bearerOf(headers.authorization) ?? cookieOf(headers.cookie);
    return token === null || (given !== undefined && matches(given));
  };
}

export function installAuth(app: App, token: string | null): void {
  const authenticated = tokenCheck(token);
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.routeOptions.config.public !== true && !authenticated(request.headers)) {
      throw new LakeError('unauthorized', 'The request brings no valid token.', {
        hint: 'Send the header "Authorization: Bearer TOKEN"; `sessionlake token` prints the token.',
      });
    }
    done();
  });
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}

function bearerOf(header: string | undefined): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1];
}

function cookieOf(header: string | undefined): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const [name, value] = pair.trim().split('=', 2);
    if (name === TOKEN_COOKIE && value !== undefined) return value;
  }
  return undefined;
}
