// The way out of one WebSocket: gathers what is sent in one tick into one write, and live events for
// as long as the pace says; knows how much the client left unread, and lets a reader of history wait
// until there is room. Whatever is sent goes after the events that were gathered before it.
// The backlog is what is gathered and what the socket holds: every byte is counted once.

import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { FrameWriter, type FrameRun } from './event-frames.ts';
import type { Gathered, Pace } from './pace.ts';

export interface OutboxOptions {
  pace: Pace;
  highBytes: number;
  lowBytes: number;
  stallMs: number;
  /** The client left a full buffer untouched for `stallMs`. */
  onStall: () => void;
}

/**
 * Corked bytes are written out at this size: what the client leaves unread is known only of what was
 * written. Gathered events too: more of them in one write would save nothing.
 */
const FLUSH_BYTES = 65_536;

const TEXT_FRAME = { binary: false, compress: false, fin: true };

export class Outbox implements Gathered {
  readonly #ws: WebSocket;
  readonly #socket: Duplex;
  readonly #writer: FrameWriter;
  readonly #options: OutboxOptions;
  #corked = false;
  #corkedBytes = 0;
  #gathered: FrameRun | undefined;
  /** In line for its turn to send. */
  #inLine = false;
  #waiting: (() => void)[] = [];
  #stallTimer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(ws: WebSocket, socket: Duplex, options: OutboxOptions) {
    this.#ws = ws;
    this.#socket = socket;
    this.#writer = new FrameWriter(ws, socket);
    this.#options = options;
  }

  /** Bytes that the network did not take yet. */
  get backlogBytes(): number {
    return this.#ws.bufferedAmount + (this.#gathered?.byteLength ?? 0);
  }

  /** Of these, bytes that were offered to it. */
  get unreadBytes(): number {
    return this.#ws.bufferedAmount;
  }

  /** There is no room for more history. */
  get full(): boolean {
    return !this.#closed && this.backlogBytes >= this.#options.highBytes;
  }

  /** An event. Dropped once closed. */
  gather(frame: FrameRun): void {
    if (this.#closed) return;
    if (this.#gathered !== undefined && this.#gathered.byteLength + frame.byteLength > FLUSH_BYTES) this.#write();
    this.#gathered = this.#gathered === undefined ? frame : this.#gathered.with(frame);
    if (this.#inLine) return;
    this.#inLine = true;
    this.#options.pace.enter(this);
  }

  /** Its turn to send. */
  flush(): void {
    this.#inLine = false;
    this.#write();
  }

  /** Gives the network all there is. */
  push(): void {
    this.#write();
    this.#uncork();
  }

  /** A text message. Dropped once closed. */
  send(message: string): void {
    if (this.#closed) return;
    this.#write();
    if (!this.#corked) this.#cork();
    this.#ws.send(message, TEXT_FRAME, this.#flushed);
    this.#corkedBytes += message.length;
    if (this.#corkedBytes >= FLUSH_BYTES) this.#uncork();
  }

  /** Resolves when the backlog is below the low mark, or at once when closed. */
  drained(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.push();
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
    this.push();
    this.#release();
  }

  #write(): void {
    const frames = this.#gathered;
    if (frames === undefined) return;
    this.#gathered = undefined;
    this.#writer.write(frames, this.#flushed);
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
