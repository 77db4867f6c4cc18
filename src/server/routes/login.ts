// POST /api/login and GET /login: lets a browser on this machine in. Who has the token gets a code that is
// good once; the browser brings it and gets the token as a cookie that no script can read and no other
// site can use.

import { Type } from 'typebox';
import { LakeError } from '../../core/errors.ts';
import { isoFromMs } from '../../core/time/time.ts';
import type { App } from '../app.ts';
import type { ServerDeps } from '../deps.ts';
import { LoginCodes } from '../login-codes.ts';
import { TOKEN_COOKIE } from '../plugins/auth.ts';
import { plainAnswer } from '../schemas/answers.ts';
import { NO_QUERY } from '../schemas/parameters.ts';

const LoginQuery = Type.Object({ code: Type.String({ minLength: 1, description: 'From POST /api/login' }) });

export function loginRoutes(app: App, { token }: ServerDeps): void {
  const codes = new LoginCodes();

  app.post('/api/login', {
    schema: {
      operationId: 'createLogin',
      summary: 'A code that lets a browser in, once and within a minute',
      tags: ['daemon'],
      querystring: NO_QUERY,
      response: plainAnswer('Login', 'Open `path` in the browser'),
    },
  }, async () => {
    const { code, expiresMs } = codes.make();
    return { path: `/login?code=${code}`, expires_at: isoFromMs(expiresMs) };
  });

  app.get('/login', { config: { public: true, weight: 10 }, schema: { hide: true, querystring: LoginQuery } }, async ({ query }, reply) => {
    if (!codes.take(query.code)) throw new LakeError('unauthorized', 'The code is not good any more.', { hint: 'Run "sessionlake open" again: each code is good once, for a minute.' });
    if (token !== null) reply.header('set-cookie', `${TOKEN_COOKIE}=${token}; Path=/; HttpOnly; SameSite=Strict`);
    return reply.redirect('/docs', 303);
  });
}
