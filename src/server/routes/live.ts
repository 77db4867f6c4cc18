// GET /ws without an upgrade: says what the path is for. WebSockets never get here.

import { LakeError } from '../../core/errors.ts';
import type { App } from '../app.ts';
import { NO_QUERY } from '../schemas/parameters.ts';
import { WS_PATH } from '../upgrade.ts';

export function liveRoute(app: App): void {
  app.get(WS_PATH, { schema: { hide: true, querystring: NO_QUERY } }, async (_request, reply) => {
    reply.header('upgrade', 'websocket');
    throw new LakeError('bad_request', 'This path speaks WebSocket.', { hint: 'Connect with a WebSocket client, or run `sessionlake tail`.' });
  });
}
