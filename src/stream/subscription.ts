// One subscription: a filter, a content level and a position in the lake. Every record after the
// position that matches is sent once and in order; `prev` chains what was sent, so that a filter
// leaves no false gap.
//
// It begins at the offset the client asked for, or at the top where it asked for none; then only
// records that were appended while the daemon watched are sent, so that an index that is catching up
// does not flood a viewer. It reads history at the client's pace and goes live in the very tick in
// which its position is the feed's top: a commit that arrives while history is read is simply more
// history, so there is no seam at which a record could be lost or sent twice. A commit that does not
// fit into the client's backlog, or whose lines are not in hand, sends it back to history.
//
// An offset of another epoch, or beyond the top, names nothing: the client is told by a `gap`, and
// the subscription goes on with every record after the current top. Whether to begin again from
// offset 0 is for the client to decide, by a new subscription.

import type { Content } from '../core/answers/record.ts';
import type { Questions } from '../core/answers/questions.ts';
import { messageOf } from '../core/errors.ts';
import { Turns } from '../core/time/turns.ts';
import type { CommitFrames } from './commit-frames.ts';
import type { FrameRun } from './event-frames.ts';
import type { SubscribeMessage } from './protocol.ts';
import { eventMessage, gapMessage, subscribedMessage, type GapReason } from './server-messages.ts';
import { compileFilter, type RecordTest, type StreamFilter } from './stream-filter.ts';

/** The client's end, as far as a subscription sees it. */
export interface Outlet {
  send(message: string): void;
  /** For live events: false where the frame does not fit into the backlog, and then it was not sent. */
  offer(frame: FrameRun): boolean;
  /** Whether history has to wait, and for how long. */
  readonly full: boolean;
  drained(): Promise<void>;
  /** The subscription cannot go on without a hole: the client has to resubscribe. */
  broken(reason: string, cause?: unknown): void;
}

export interface SubscriptionParts {
  questions: Pick<Questions, 'epoch' | 'records'>;
  /** The highest offset that was published. */
  top: () => number;
  outlet: Outlet;
  /** Runs a reader of history when it is its turn. */
  takeTurn: (read: () => Promise<void>) => Promise<void>;
}

/** A client that takes all there is makes nothing wait. */
const TURN_MS = 2;

export type Phase = 'history' | 'live' | 'closed';
type PhaseEvent = 'caught_up' | 'behind' | 'end';

const NEXT: Readonly<Record<Phase, Readonly<Record<PhaseEvent, Phase>>>> = {
  history: { caught_up: 'live', behind: 'history', end: 'closed' },
  live: { caught_up: 'live', behind: 'history', end: 'closed' },
  closed: { caught_up: 'closed', behind: 'closed', end: 'closed' },
};

export class Subscription {
  readonly id: string;
  readonly #idJson: string;
  readonly #filter: StreamFilter;
  readonly #matches: RecordTest;
  readonly #content: Content;
  readonly #asked: Pick<SubscribeMessage, 'epoch' | 'offset'>;
  readonly #parts: SubscriptionParts;
  readonly #abort = new AbortController();
  #phase: Phase = 'history';
  /** Everything up to this offset was sent or does not match. */
  #position = 0;
  /** The last offset sent; at first, where the subscription began. */
  #sent = 0;

  constructor(message: SubscribeMessage, parts: SubscriptionParts) {
    this.id = message.id;
    this.#idJson = JSON.stringify(message.id);
    this.#filter = message.offset === undefined ? { ...message.filter, live: true } : message.filter;
    this.#matches = compileFilter(this.#filter);
    this.#content = message.content;
    this.#asked = message;
    this.#parts = parts;
  }

  get phase(): Phase {
    return this.#phase;
  }

  get sent(): number {
    return this.#sent;
  }

  /** Tells the client where it begins, and begins. */
  start(): void {
    const { questions, top: topOf, outlet } = this.#parts;
    const top = topOf();
    const { offset } = this.#asked;
    const reason = this.#gapReason(top);
    const recovered = offset !== undefined && reason === null;
    const from = recovered ? Number(offset) : top;
    this.#position = from;
    this.#sent = from;
    outlet.send(subscribedMessage({ id: this.id, epoch: questions.epoch, from, top, recovered }));
    if (reason !== null) outlet.send(gapMessage({ id: this.id, reason, from: offset ?? String(top), to: top, top }));
    if (from === top) this.#step('caught_up');
    else this.#readHistory();
  }

  /** A commit, while live. Its frames are shared with all other subscriptions. */
  deliver(commit: CommitFrames): void {
    if (this.#phase !== 'live' || commit.top <= this.#position) return;
    const { outlet } = this.#parts;
    if (commit.prev > this.#position) {
      outlet.broken(`Offsets ${this.#position + 1} to ${commit.prev} were not published`);
      return;
    }
    if (this.#filter.live === true && !commit.mayBeLive) {
      this.#position = commit.top;
      return;
    }
    const { records } = commit;
    if (records === null) {
      this.#fallBehind();
      return;
    }
    for (let index = 0; index < records.length; index += 1) {
      const record = records[index];
      if (record === undefined || record.offset <= this.#position || !this.#matches(record)) continue;
      if (!outlet.offer(commit.frame(index, this.#content, this.#idJson, this.#sent))) {
        this.#position = record.offset - 1;
        this.#fallBehind();
        return;
      }
      this.#sent = record.offset;
    }
    this.#position = commit.top;
  }

  end(): void {
    this.#step('end');
    this.#abort.abort();
  }

  #gapReason(top: number): GapReason | null {
    const { epoch, offset } = this.#asked;
    // Without an offset there is nothing to resume, whatever the epoch.
    if (offset === undefined) return null;
    if (epoch !== undefined && epoch !== this.#parts.questions.epoch) return 'epoch';
    return Number(offset) > top ? 'future' : null;
  }

  #step(event: PhaseEvent): void {
    this.#phase = NEXT[this.#phase][event];
  }

  #fallBehind(): void {
    this.#step('behind');
    if (this.#phase === 'history') this.#readHistory();
  }

  #readHistory(): void {
    this.#parts
      .takeTurn(() => this.#history())
      .catch((error: unknown) => {
        if (this.#phase !== 'closed') this.#parts.outlet.broken(`Reading history failed: ${messageOf(error)}`, error);
      });
  }

  async #history(): Promise<void> {
    const { questions, top, outlet } = this.#parts;
    const turns = new Turns(TURN_MS);
    while (this.#phase === 'history') {
      const upto = top();
      if (this.#position >= upto) {
        this.#step('caught_up');
        return;
      }
      const query = { filter: this.#filter, after: this.#position, upto, duplicates: false };
      for await (const batch of questions.records(query, this.#content, this.#abort.signal)) {
        for (const record of batch) {
          if (turns.isOver) await turns.next();
          while (outlet.full) await outlet.drained();
          if (this.#phase !== 'history') return;
          outlet.send(eventMessage(this.#idJson, record.offset, this.#sent, JSON.stringify(record)));
          this.#sent = Number(record.offset);
        }
      }
      // The signal ends a read early: only a whole one says that there is nothing more up to here.
      if (!this.#abort.signal.aborted) this.#position = upto;
    }
  }
}
