// Follows the lake for as long as it is let: connects again by itself, goes on after the last offset
// it handed on, and tells its sink what a person should know. Each record reaches the sink once.

import { setTimeout as sleep } from 'node:timers/promises';
import type { LakeError } from '../core/errors.ts';
import type { LakeRecord } from '../core/answers/record.ts';
import { backoffMs } from './backoff.ts';
import { followOnce, type Endpoint } from './live-connection.ts';
import type { Position, ServerMessage, Subscription } from './live-protocol.ts';

export interface LiveSink {
  /** Once, before the first event; `top` is where a subscription without an offset begins. */
  begin(top: string): Promise<void>;
  event(record: LakeRecord): Promise<void>;
  gap(gap: { reason: string; from: string; to: string }): void;
  lost(reason: string): void;
  regained(offset: string): void;
}

export interface LiveOptions extends Subscription {
  /** Asked before each attempt: a daemon that starts again may have another address. Null: none runs. */
  endpoint(): Endpoint | null;
  /** Records after this offset; null: what is appended from now on. */
  since: string | null;
  sink: LiveSink;
  signal: AbortSignal;
  random?: () => number;
  delay?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Returns when the signal aborts. Throws where going on makes no sense, or where the first attempt fails. */
export async function followLake(options: LiveOptions, unreachable: (reason: string) => LakeError): Promise<void> {
  const feed = new LiveFeed(options);
  let attempt = 0;
  while (!options.signal.aborted) {
    const endpoint = options.endpoint();
    const ending = endpoint === null ? { kind: 'lost' as const, reason: 'no daemon is running' } : await feed.connect(endpoint);
    if (ending.kind === 'stopped') return;
    if (ending.kind === 'refused') throw ending.error;
    if (!feed.begun) throw unreachable(ending.reason);
    if (feed.takeConnected()) attempt = 0;
    feed.reportLost(ending.reason);
    await wait(options, backoffMs(attempt, (options.random ?? Math.random)()));
    attempt += 1;
  }
}

class LiveFeed {
  readonly #options: LiveOptions;
  #position: Position | null = null;
  #connected = false;
  #lost = false;
  begun = false;

  constructor(options: LiveOptions) {
    this.#options = options;
  }

  connect(endpoint: Endpoint): ReturnType<typeof followOnce> {
    const { filter, content, since, signal } = this.#options;
    const resume = this.#position ?? (since === null ? {} : { offset: since });
    return followOnce(endpoint, { filter, content }, resume, (message) => this.#handle(message), signal);
  }

  /** Whether the last connection got as far as subscribing; asks once. */
  takeConnected(): boolean {
    const connected = this.#connected;
    this.#connected = false;
    return connected;
  }

  reportLost(reason: string): void {
    if (!this.#lost) this.#options.sink.lost(reason);
    this.#lost = true;
  }

  async #handle(message: ServerMessage): Promise<void> {
    const { sink } = this.#options;
    switch (message.type) {
      case 'subscribed':
        return this.#subscribed(message);
      case 'event':
        if (this.#position !== null && BigInt(message.offset) <= BigInt(this.#position.offset)) return undefined;
        await sink.event(message.data);
        if (this.#position !== null) this.#position.offset = message.offset;
        return undefined;
      case 'gap':
        sink.gap(message);
        if (this.#position !== null) this.#position.offset = message.to;
        return undefined;
      default:
        return undefined;
    }
  }

  async #subscribed({ epoch, from }: Extract<ServerMessage, { type: 'subscribed' }>): Promise<void> {
    const { sink } = this.#options;
    this.#connected = true;
    this.#position = { epoch, offset: from };
    if (this.#lost) sink.regained(from);
    this.#lost = false;
    if (this.begun) return;
    this.begun = true;
    await sink.begin(from);
  }
}

async function wait({ delay, signal }: LiveOptions, ms: number): Promise<void> {
  if (delay !== undefined) return delay(ms, signal);
  try {
    await sleep(ms, undefined, { signal });
  } catch {
    // Stopped while waiting: the caller's loop sees it.
  }
}
