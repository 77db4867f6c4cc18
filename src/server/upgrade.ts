// Upgrades: a WebSocket on /ws is handed to the live room, after the same Host and Origin checks as any
// request. Every other wish to upgrade is answered as the plain request it also is, as HTTP allows;
// that way refusals are the same problems everywhere.

import { ServerResponse, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Socket } from 'node:net';
import type { ServerDeps } from './deps.ts';
import { handshakeProblem } from './handshake.ts';
import { tokenCheck } from './plugins/auth.ts';
import { originProblem } from './plugins/origin.ts';

export const WS_PATH = '/ws';

export function installUpgrade(server: Server, deps: ServerDeps): void {
  const authenticated = tokenCheck(deps.token);
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // With a query it is not handed on: parameters are refused, never ignored, a token in the address above all.
    if (request.url === WS_PATH && handshakeProblem(request) === undefined && originProblem(request.headers, deps.hosts()) === undefined) {
      deps.live.upgrade(request, socket, head, authenticated(request.headers));
      return;
    }
    answerPlainly(server, request, socket);
  });
}

function answerPlainly(server: Server, request: IncomingMessage, socket: Duplex): void {
  socket.on('error', () => socket.destroy());
  if (!(socket instanceof Socket)) return void socket.destroy();
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  // The HTTP server has let go of the socket, and with it of passing on that it drained.
  socket.on('drain', () => { if (response.writableNeedDrain) response.emit('drain'); });
  response.on('finish', () => {
    response.detachSocket(socket);
    socket.end();
  });
  server.emit('request', request, response);
}
