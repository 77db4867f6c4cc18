// Signs of life on one WebSocket: a heartbeat and a ping at every interval, and an end where the
// pong does not come. The wait for a pong begins when the ping has left the process: before that it
// stands behind what the client has yet to read, and only a socket that moves nothing is dead.

import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { flushedBytes } from './outbox.ts';

export interface HeartbeatOptions {
  everyMs: number;
  pongMs: number;
  /** Sends the heartbeat message. */
  beat: () => void;
  onSilence: () => void;
}

export class Heartbeat {
  readonly #ws: WebSocket;
  readonly #socket: Duplex;
  readonly #options: HeartbeatOptions;
  #interval: NodeJS.Timeout | undefined;
  #pongTimer: NodeJS.Timeout | undefined;
  /** A ping that has not left yet, with what had left when it was sent. */
  #unsentSince: number | undefined;

  constructor(ws: WebSocket, socket: Duplex, options: HeartbeatOptions) {
    this.#ws = ws;
    this.#socket = socket;
    this.#options = options;
  }

  start(): void {
    this.#ws.on('pong', () => {
      clearTimeout(this.#pongTimer);
      this.#pongTimer = undefined;
    });
    this.#interval = setInterval(() => this.#tick(), this.#options.everyMs);
  }

  stop(): void {
    clearInterval(this.#interval);
    this.#interval = undefined;
    clearTimeout(this.#pongTimer);
  }

  #tick(): void {
    const flushed = flushedBytes(this.#socket);
    if (this.#unsentSince !== undefined) {
      if (this.#unsentSince === flushed) this.#options.onSilence();
      this.#unsentSince = flushed;
      return;
    }
    this.#options.beat();
    this.#unsentSince = flushed;
    this.#ws.ping(undefined, undefined, (error) => {
      this.#unsentSince = undefined;
      if (!error && this.#interval !== undefined) this.#awaitPong();
    });
  }

  #awaitPong(): void {
    this.#pongTimer ??= setTimeout(this.#options.onSilence, this.#options.pongMs);
  }
}
