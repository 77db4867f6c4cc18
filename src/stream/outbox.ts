// The way out of one WebSocket: gathers what is sent in one tick into one write, knows how much the
// client left unread, and lets a reader of history wait until there is room.
// It queues nothing itself: the backlog is what the socket holds, so every byte is counted once.

import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';

export interface OutboxOptions {
  highBytes: number;
  lowBytes: number;
  stallMs: number;
  /** The client left a full buffer untouched for `stallMs`. */
  onStall: () => void;
}

/** Corked bytes are written out at this size: the backlog is known only of what was written. */
const FLUSH_BYTES = 65_536;

const TEXT_FRAME = { binary: false, compress: false, fin: true };

export class Outbox {
  readonly #ws: WebSocket;
  readonly #socket: Duplex;
  readonly #options: OutboxOptions;
  #corked = false;
  #corkedBytes = 0;
  #waiting: (() => void)[] = [];
  #stallTimer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(ws: WebSocket, socket: Duplex, options: OutboxOptions) {
    this.#ws = ws;
    this.#socket = socket;
    this.#options = options;
  }

  /** Bytes given to the socket that the network did not take yet. */
  get backlogBytes(): number {
    return this.#ws.bufferedAmount;
  }

  /** There is no room for more history. */
  get full(): boolean {
    return !this.#closed && this.backlogBytes >= this.#options.highBytes;
  }

  /** A text message. Dropped once closed. */
  send(message: string | Buffer): void {
    if (this.#closed) return;
    if (!this.#corked) this.#cork();
    this.#ws.send(message, TEXT_FRAME, this.#flushed);
    this.#corkedBytes += message.length;
    if (this.#corkedBytes >= FLUSH_BYTES) this.#uncork();
  }

  /** Resolves when the backlog is below the low mark, or at once when closed. */
  drained(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#uncork();
    if (this.backlogBytes <= this.#options.lowBytes) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#stallTimer === undefined) this.#watchForStall(flushedBytes(this.#socket));
    });
  }

  /** Lets go of everybody who waits. What the socket holds still goes out. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#uncork();
    this.#release();
  }

  #cork(): void {
    this.#corked = true;
    this.#corkedBytes = 0;
    this.#socket.cork();
    process.nextTick(this.#uncork);
  }

  readonly #uncork = (): void => {
    if (!this.#corked) return;
    this.#corked = false;
    this.#socket.uncork();
  };

  readonly #flushed = (): void => {
    if (this.#waiting.length > 0 && this.backlogBytes <= this.#options.lowBytes) this.#release();
  };

  #release(): void {
    clearTimeout(this.#stallTimer);
    this.#stallTimer = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resume of waiting) resume();
  }

  #watchForStall(before: number): void {
    this.#stallTimer = setTimeout(() => {
      const now = flushedBytes(this.#socket);
      if (now === before) this.#options.onStall();
      else this.#watchForStall(now);
    }, this.#options.stallMs);
  }
}

/**
 * Bytes the kernel took. A write of a large frame goes out in pieces, and only the handle knows how
 * many are left: without it a slow client would look like one that stands still.
 */
export function flushedBytes(socket: Duplex): number {
  const { _handle: handle } = socket as { _handle?: { bytesWritten?: number; writeQueueSize?: number } | null };
  if (handle?.bytesWritten !== undefined && handle.writeQueueSize !== undefined) {
    return handle.bytesWritten - handle.writeQueueSize;
  }
  const { bytesWritten } = socket as { bytesWritten?: number };
  return (bytesWritten ?? 0) - socket.writableLength;
}
