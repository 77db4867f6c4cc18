// GET /ws without an upgrade, or with one that is wrong: says what the path is for, and what is missing. WebSockets never get here.

import { LakeError } from '../../core/errors.ts';
import type { App } from '../app.ts';
import { handshakeProblem } from '../handshake.ts';
import { NO_QUERY } from '../schemas/parameters.ts';
import { WS_PATH } from '../upgrade.ts';

export function liveRoute(app: App): void {
  app.get(WS_PATH, { schema: { hide: true, querystring: NO_QUERY } }, async ({ raw }, reply) => {
    reply.headers({ upgrade: 'websocket', 'sec-websocket-version': '13' });
    throw new LakeError('bad_request', handshakeProblem(raw) ?? 'This path speaks WebSocket.', { hint: 'Connect with a WebSocket client, or run `sessionlake tail`.' });
  });
}
