// All WebSocket clients: takes their sockets over from the HTTP server, hands each commit to those
// who are live, and says goodbye at shutdown. A commit is looked at once, however many follow it,
// and not at all while nobody does.

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import pLimit from 'p-limit';
import { WebSocketServer } from 'ws';
import type { CommitEvent } from '../core/feed-record.ts';
import type { Logger } from '../core/logger.ts';
import type { Questions } from '../core/answers/questions.ts';
import type { Service } from '../core/service.ts';
import { CLOSE } from './close-codes.ts';
import { CommitFrames, type TextOf } from './commit-frames.ts';
import { Connection, type ConnectionParts } from './connection.ts';
import type { Feed } from './feed.ts';
import { HUB_DEFAULTS, type HubOptions } from './hub-options.ts';
import type { JobFeed } from './job-follower.ts';
import { Pace } from './pace.ts';

export interface HubParts {
  feed: Feed;
  questions: Pick<Questions, 'epoch' | 'records'>;
  /** Of the product, for the `hello`. */
  version: string;
  /** For the token in an `auth` message; compares in constant time. */
  verifyToken: (token: string) => boolean;
  textOf: TextOf;
  /** Absent where nothing runs jobs. */
  jobs?: JobFeed;
  logger: Logger;
}

export class Hub implements Service {
  readonly #parts: HubParts;
  readonly #options: HubOptions;
  readonly #server: WebSocketServer;
  readonly #pace: Pace;
  readonly #shared: ConnectionParts;
  readonly #connections = new Set<Connection>();
  /** Reads of history under way or waiting for their turn. */
  readonly #reads = new Set<Promise<void>>();
  #stopListening: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(parts: HubParts, options: Partial<HubOptions> = {}) {
    this.#parts = parts;
    this.#options = { ...HUB_DEFAULTS, ...options };
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      // A frame is shared by all clients; compressing it would be once for each.
      perMessageDeflate: false,
      maxPayload: this.#options.messageMaxBytes,
    });
    this.#pace = new Pace({ share: this.#options.sendShare, waitMaxMs: this.#options.gatherMaxMs });
    const { feed, questions, version, verifyToken, logger, jobs } = parts;
    const turns = pLimit(this.#options.historyReadersMax);
    this.#shared = {
      questions,
      top: () => feed.top,
      version,
      verifyToken,
      jobs,
      takeTurn: (read) => this.#track(turns(read)),
      pace: this.#pace,
      logger,
      options: this.#options,
    };
  }

  async start(): Promise<void> {
    this.#stopListening ??= this.#parts.feed.listen((event) => this.#deliver(event));
  }

  /** `authenticated`: the token came with the request; otherwise the first message has to bring it. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, authenticated: boolean): void {
    if (this.#closing !== undefined) {
      socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (ws) => {
      const connection = new Connection(ws, socket, authenticated, this.#shared);
      const tooMany = this.#connections.size >= this.#options.connectionsMax;
      this.#connections.add(connection);
      void connection.closed.then(() => this.#connections.delete(connection));
      if (tooMany) connection.close(CLOSE.limit, `More than ${this.#options.connectionsMax} connections`);
      else connection.open();
    });
  }

  /** Somebody is connected. */
  get isFollowed(): boolean {
    return this.#connections.size > 0;
  }

  /** For metrics. */
  stats(): { connections: number; subscriptions: number; historyReads: number } {
    let subscriptions = 0;
    for (const connection of this.#connections) subscriptions += connection.subscriptions;
    return { connections: this.#connections.size, subscriptions, historyReads: this.#reads.size };
  }

  /** For metrics: bytes that wait for clients, by what these get. */
  backlogs(): Map<string, number> {
    const bytes = new Map([['live', 0], ['history', 0]]);
    for (const { backlog } of this.#connections) bytes.set(backlog.of, (bytes.get(backlog.of) ?? 0) + backlog.bytes);
    return bytes;
  }

  /** Closes every client with 4001; resolves when their sockets and reads are gone. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#stopListening?.();
    for (const connection of this.#connections) connection.close(CLOSE.shuttingDown, 'Shutting down');
    await Promise.all([...this.#connections].map((connection) => connection.closed));
    await Promise.allSettled(this.#reads);
    this.#pace.close();
    this.#server.close();
  }

  #deliver(event: CommitEvent): void {
    const commit = new CommitFrames(event, this.#parts.textOf);
    for (const connection of this.#connections) {
      try {
        connection.deliver(commit);
      } catch (error) {
        // What it got is a prefix; from its last offset on it can resume.
        connection.broken('An event could not be made', error);
      }
    }
  }

  #track(read: Promise<void>): Promise<void> {
    const tracked = read.finally(() => this.#reads.delete(tracked));
    this.#reads.add(tracked);
    return tracked;
  }
}
