// The listening server as a service: takes its port, knows its URL and its names, and stops in order:
// no new requests, running ones and exports to their end or to the deadline, live clients, the rest cut.

import type { Socket } from 'node:net';
import { LakeError, messageOf, systemCode } from '../core/errors.ts';
import type { Service } from '../core/service.ts';
import type { ServerDeps } from './deps.ts';
import { hostsOf, urlOf } from './hosts.ts';
import { OwnRequests } from './own-requests.ts';
import { buildServer, type BuiltServer } from './server.ts';

const CLOSE_DEADLINE_MS = 3000;
const IDLE_CHECK_MS = 50;

export interface HttpServerOptions {
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** How long running requests, exports and live clients may take to end. */
  closeDeadlineMs?: number;
}

export class HttpServer implements Service {
  readonly #deps: ServerDeps;
  readonly #options: HttpServerOptions;
  readonly #own = new OwnRequests();
  readonly #sockets = new Set<Socket>();
  #built: BuiltServer | null = null;
  #port: number | null = null;
  #hosts: readonly string[] = [];
  #closing: Promise<void> | null = null;

  /** `deps.hosts` adds names to the server's own. */
  constructor(deps: ServerDeps, options: HttpServerOptions) {
    this.#options = options;
    this.#deps = { ...deps, hosts: () => [...this.#hosts, ...deps.hosts()] };
  }

  /** Where clients reach it. Throws before `start` has resolved. */
  get url(): string {
    if (this.#port === null) throw new LakeError('internal', 'The server does not listen yet.');
    return urlOf(this.#options.host, this.#port);
  }

  /** Ahead of `start`, all that needs no answers: while what is to be asked is still read. */
  async prepare(): Promise<void> {
    this.#built ??= await buildServer(this.#deps, this.#own, () => this.#closing !== null);
  }

  /** Throws `port_in_use`, or `config` for an address that cannot be listened on. */
  async start(): Promise<void> {
    const { host, port } = this.#options;
    await this.prepare();
    const { app } = this.#built as BuiltServer;
    app.server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    try {
      await app.listen({ host, port });
    } catch (error) {
      await app.close();
      throw listenError(error, host, port);
    }
    const address = app.server.address();
    this.#port = typeof address === 'object' && address !== null ? address.port : port;
    this.#hosts = hostsOf(host, this.#port);
  }

  /** Answers a question of its own, `path` with its query, of which nobody else notices anything. */
  async rehearse(path: string): Promise<void> {
    await this.#own.ask(new URL(path, this.url), this.#deps.token);
  }

  /** No more of them for now. */
  endRehearsal(): void {
    this.#own.rest();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#built === null) return;
    this.endRehearsal();
    const { app, streams } = this.#built;
    const deadlineMs = this.#options.closeDeadlineMs ?? CLOSE_DEADLINE_MS;
    const cut = setTimeout(() => { for (const socket of this.#sockets) socket.destroy(); }, deadlineMs);
    // A connection that becomes idle now would stay for the sake of a next request.
    const idle = setInterval(() => app.server.closeIdleConnections(), IDLE_CHECK_MS);
    await Promise.all([
      app.close(),
      // Aborted a little earlier, so that what they hold is let go before the sockets are cut.
      streams.drain(deadlineMs * 0.9),
      this.#deps.live.close(),
    ]);
    clearTimeout(cut);
    clearInterval(idle);
  }
}

function listenError(error: unknown, host: string, port: number): LakeError {
  switch (systemCode(error)) {
    case 'EADDRINUSE':
      return new LakeError('port_in_use', `Port ${port} on ${host} is in use.`, { hint: 'Stop what listens there, or pass another --port; --port 0 takes a free one.', cause: error });
    case 'EACCES':
      return new LakeError('config', `Port ${port} on ${host} may not be used by this user.`, { hint: 'Pass a --port above 1023.', cause: error });
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new LakeError('config', `${host} is no address of this machine.`, { hint: 'Pass a --host such as 127.0.0.1.', cause: error });
    default:
      return new LakeError('config', `Cannot listen on ${host}, port ${port}: ${messageOf(error)}.`, { cause: error });
  }
}
