// A daemon of a few lines: answers what a test tells it to, speaks the WebSocket protocol, and leaves
// daemon.json and a token behind so that commands find it.

import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocketServer, type WebSocket } from 'ws';

export const TOKEN = 'the-token';

export type Route = (request: IncomingMessage, response: ServerResponse, query: URLSearchParams) => void | Promise<void>;

export interface FakeDaemon {
  dataDir: string;
  url(): string;
  requests: string[];
  /** By path. */
  routes: Record<string, Route>;
  sockets: WebSocketServer;
  onSocket: (socket: WebSocket, request: IncomingMessage) => void;
  /** Stops serving and comes back at another port, as a restart does. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export async function fakeDaemon(routes: Record<string, Route> = {}): Promise<FakeDaemon> {
  const dataDir = mkdtempSync(join(tmpdir(), 'lake-cli-'));
  const sockets = new WebSocketServer({ noServer: true });
  const daemon: FakeDaemon = {
    dataDir,
    url: () => (JSON.parse(readFileSync(join(dataDir, 'daemon.json'), 'utf8')) as { url: string }).url,
    requests: [],
    routes,
    sockets,
    onSocket: () => {},
    restart: async () => {
      await stop(server, sockets);
      server = await serve(daemon);
    },
    close: async () => {
      await stop(server, sockets);
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
  writeFileSync(join(dataDir, 'token'), `${TOKEN}\n`);
  let server = await serve(daemon);
  return daemon;
}

export function json(document: unknown, status = 200): Route {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': status < 400 ? 'application/json' : 'application/problem+json' });
    response.end(JSON.stringify(document));
  };
}

async function serve(daemon: FakeDaemon): Promise<Server> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://x');
    if (url.pathname === '/health') return json({ status: 'ok', checks: {} })(request, response, url.searchParams);
    daemon.requests.push(`${request.method} ${request.url}`);
    if (request.headers.authorization !== `Bearer ${TOKEN}`) return json({ status: 401, code: 'unauthorized', detail: 'No.' }, 401)(request, response, url.searchParams);
    const route = daemon.routes[url.pathname] ?? json({ status: 404, code: 'not_found', title: 'Nothing found', detail: `No ${url.pathname}.` }, 404);
    return void route(request, response, url.searchParams);
  });
  server.on('upgrade', (request, socket, head) => {
    daemon.sockets.handleUpgrade(request, socket, head, (client) => daemon.onSocket(client, request));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const file = { pid: process.pid, url: `http://127.0.0.1:${port}`, version: '0.1.0', started_at: '2026-11-20T10:00:00.000Z', epoch: 'e1' };
  writeFileSync(join(daemon.dataDir, 'daemon.json'), JSON.stringify(file));
  return server;
}

async function stop(server: Server, sockets: WebSocketServer): Promise<void> {
  for (const client of sockets.clients) client.terminate();
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
}
