// One WebSocket client: proof of the token, its messages, heartbeats, and the
// end, each with its close code. What the client does not read is bounded here: a live client whose
// backlog is too large is closed (4008) and nobody else notices.
// Limit of the library: a message above the size limit ends with 1009, invalid UTF-8 with 1007.

import type { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import type { Logger } from '../core/logger.ts';
import type { Questions } from '../core/answers/questions.ts';
import { CLOSE, closeReason, type CloseCode } from './close-codes.ts';
import type { CommitFrames } from './commit-frames.ts';
import type { FrameRun } from './event-frames.ts';
import { Heartbeat } from './heartbeat.ts';
import type { HubOptions } from './hub-options.ts';
import type { JobFeed } from './job-follower.ts';
import { Outbox } from './outbox.ts';
import type { Pace } from './pace.ts';
import { MessageError, parseClientMessage } from './protocol.ts';
import { PONG_MESSAGE, errorMessage, heartbeatMessage, helloMessage } from './server-messages.ts';
import type { Outlet } from './subscription.ts';
import { Subscriptions } from './subscriptions.ts';

/** What all connections of a hub share. */
export interface ConnectionParts {
  questions: Pick<Questions, 'epoch' | 'records'>;
  top: () => number;
  version: string;
  verifyToken: (token: string) => boolean;
  takeTurn: (read: () => Promise<void>) => Promise<void>;
  /** Absent where nothing runs jobs. */
  jobs?: JobFeed | undefined;
  pace: Pace;
  logger: Logger;
  options: HubOptions;
}

export class Connection implements Outlet {
  /** Resolves when the socket is gone. */
  readonly closed: Promise<void>;
  readonly #ws: WebSocket;
  readonly #parts: ConnectionParts;
  readonly #outbox: Outbox;
  readonly #heartbeat: Heartbeat;
  readonly #subscriptions: Subscriptions;
  #authenticated: boolean;
  #authTimer: NodeJS.Timeout | undefined;
  #closeTimer: NodeJS.Timeout | undefined;
  #refusals = 0;
  #closing = false;
  /** What the client left unread before the current commit. */
  #carriedBytes = 0;

  constructor(ws: WebSocket, socket: Duplex, authenticated: boolean, parts: ConnectionParts) {
    const { options } = parts;
    this.#ws = ws;
    this.#parts = parts;
    this.#authenticated = authenticated;
    this.#outbox = new Outbox(ws, socket, {
      pace: parts.pace,
      highBytes: options.historyHighBytes,
      lowBytes: options.historyLowBytes,
      stallMs: options.stallMs,
      onStall: () => this.close(CLOSE.tooSlow, 'The client stopped reading'),
    });
    this.#heartbeat = new Heartbeat(ws, socket, {
      everyMs: options.heartbeatMs,
      pongMs: options.pongMs,
      beat: () => this.#beat(),
      onSilence: () => this.close(CLOSE.noPong, 'No pong'),
    });
    const { questions, top, takeTurn, jobs } = parts;
    this.#subscriptions = new Subscriptions({ questions, top, takeTurn, jobs, outlet: this, most: options.subscriptionsMax, refuse: (id, code, message) => this.#refuse(id, code, message) });
    // The close event follows and says all there is to do.
    ws.on('error', (error) => parts.logger.debug({ err: error }, 'A WebSocket failed'));
    this.closed = new Promise((resolve) => {
      ws.once('close', () => {
        this.#letGo();
        clearTimeout(this.#closeTimer);
        resolve();
      });
    });
  }

  open(): void {
    this.#ws.on('message', (data, isBinary) => this.#receive(data, isBinary));
    if (this.#authenticated) {
      this.#welcome();
      return;
    }
    const { authMs } = this.#parts.options;
    this.#authTimer = setTimeout(() => this.close(CLOSE.token, 'No token in time'), authMs);
  }

  get subscriptions(): number {
    return this.#subscriptions.size;
  }

  /** For metrics: what it gets, and how much of it waits. */
  get backlog(): { of: 'history' | 'live'; bytes: number } {
    return { of: this.#subscriptions.some('history') ? 'history' : 'live', bytes: this.#outbox.backlogBytes };
  }

  deliver(commit: CommitFrames): void {
    this.#carriedBytes = this.#outbox.unreadBytes;
    this.#subscriptions.deliver(commit);
  }

  get full(): boolean {
    return this.#outbox.full;
  }

  drained(): Promise<void> {
    return this.#outbox.drained();
  }

  send(message: string): void {
    this.#outbox.send(message);
  }

  /**
   * A client that left much unread before this commit is too slow. One that is at the top and meets
   * a commit larger than the bound is not: it gets the rest as history, at its own pace, as does
   * everybody on a connection that is reading history (a stall there has its own end).
   */
  offer(frame: FrameRun): boolean {
    const { backlogMaxBytes } = this.#parts.options;
    if (this.#closing) return false;
    const room = backlogMaxBytes - frame.byteLength;
    // What was gathered meanwhile was never offered to the client: it may have room for it.
    if (this.#outbox.backlogBytes > room) this.#outbox.push();
    if (this.#outbox.backlogBytes <= room) {
      this.#outbox.gather(frame);
      return true;
    }
    if (this.#carriedBytes > backlogMaxBytes / 2 && !this.#subscriptions.some('history')) {
      this.close(CLOSE.tooSlow, `More than ${backlogMaxBytes} bytes unread`);
    }
    return false;
  }

  broken(reason: string, cause?: unknown): void {
    if (!this.#closing) this.#parts.logger.error({ err: cause, reason }, 'A subscription cannot go on');
    this.close(CLOSE.resubscribe, reason);
  }

  close(code: CloseCode, reason: string): void {
    if (this.#closing) return;
    this.#letGo();
    this.#ws.resume();
    this.#ws.close(code, closeReason(reason));
    this.#closeTimer = setTimeout(() => this.#ws.terminate(), this.#parts.options.closeMs);
  }

  #letGo(): void {
    this.#closing = true;
    clearTimeout(this.#authTimer);
    this.#heartbeat.stop();
    this.#subscriptions.endAll();
    this.#outbox.close();
  }

  #welcome(): void {
    const { questions, top, version } = this.#parts;
    this.send(helloMessage(questions.epoch, top(), version));
    this.#heartbeat.start();
  }

  #beat(): void {
    this.send(heartbeatMessage(this.#parts.top(), this.#subscriptions.sent));
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#closing) return;
    if (isBinary) {
      this.close(CLOSE.badMessage, 'Messages are text, not binary');
      return;
    }
    try {
      // A server's `binaryType` gives buffers.
      this.#handle((data as Buffer).toString('utf8'));
    } catch (error) {
      this.#complain(error);
    }
    this.#holdBack();
  }

  #complain(error: unknown): void {
    if (!(error instanceof MessageError)) this.broken('A message could not be answered', error);
    else if (error.subscription === undefined || !this.#authenticated) this.#bad(error.message);
    else this.#refuse(error.subscription, 'invalid_parameter', error.message);
  }

  #handle(text: string): void {
    const message = parseClientMessage(text);
    if (message.type === 'auth') this.#authenticate(message.token);
    else if (!this.#authenticated) this.close(CLOSE.token, 'The first message has to be "auth"');
    else if (message.type === 'ping') this.send(PONG_MESSAGE);
    else if (message.type === 'subscribe') this.#subscriptions.begin(message);
    else if (message.type === 'follow_jobs') this.#subscriptions.follow(message);
    else this.#subscriptions.end(message.id);
  }

  #authenticate(token: string): void {
    if (!this.#parts.verifyToken(token)) {
      this.close(CLOSE.token, 'The token is not valid');
      return;
    }
    if (this.#authenticated) return;
    this.#authenticated = true;
    clearTimeout(this.#authTimer);
    this.#welcome();
  }

  #refuse(id: string, code: string, message: string): void {
    this.send(errorMessage(code, message, id));
    this.#refusals += 1;
    if (this.#refusals >= this.#parts.options.refusalsMax) this.close(CLOSE.limit, 'Too many refused messages');
  }

  #bad(message: string): void {
    // A close reason is short; the whole message goes before it.
    if (this.#authenticated) this.send(errorMessage('bad_message', message));
    this.close(CLOSE.badMessage, message);
  }

  /** Answers wait in the same backlog: who does not read them is not listened to. */
  #holdBack(): void {
    if (this.#closing || !this.#outbox.full || this.#ws.isPaused) return;
    this.#ws.pause();
    void this.#outbox.drained().then(() => this.#ws.resume());
  }
}
