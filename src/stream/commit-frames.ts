// A commit's records as frames for many clients. A record is serialised once per content level, and
// a whole frame is made once for all who are at the same place (same id and `prev`), so a thousand
// viewers cost one stringify and one copy. Lives as long as the commit's listeners run.

import type { CommitEvent, FeedRecord } from '../core/feed-record.ts';
import type { Content } from '../core/answers/record.ts';
import { FrameRun } from './event-frames.ts';
import { eventHead } from './server-messages.ts';

/** The readable text of a line, or null where it has none. */
export type TextOf = (source: string, bytes: Uint8Array) => string | null;

/**
 * Whole frames kept per record. Clients that follow the same things share one; where everybody's
 * differ, keeping them all would hold the commit once for each client.
 */
const SHARED_FRAMES_MAX = 8;

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

interface Shared {
  /** The event from its data on, as UTF-8. */
  tail: Buffer;
  frames: { idJson: string; prev: number; frame: FrameRun }[];
}

export class CommitFrames {
  readonly prev: number;
  readonly top: number;
  readonly mayBeLive: boolean;
  readonly #event: CommitEvent;
  readonly #textOf: TextOf;
  readonly #shared: Record<Content, (Shared | undefined)[]> = { none: [], text: [], raw: [] };
  #records: readonly FeedRecord[] | null | undefined;

  constructor(event: CommitEvent, textOf: TextOf) {
    this.prev = event.prev;
    this.top = event.top;
    this.mayBeLive = event.mayBeLive;
    this.#event = event;
    this.#textOf = textOf;
  }

  /** Not looked at before somebody asks. Null where they have to be read from the lake. */
  get records(): readonly FeedRecord[] | null {
    if (this.#records === undefined) this.#records = this.#event.records();
    return this.#records;
  }

  /** The event message of `records[index]`; `idJson` is the subscription's id as JSON. */
  frame(index: number, content: Content, idJson: string, prev: number): FrameRun {
    const shared = (this.#shared[content][index] ??= this.#share(this.#record(index), content));
    for (const known of shared.frames) if (known.prev === prev && known.idJson === idJson) return known.frame;
    const frame = FrameRun.of(eventHead(idJson, this.#record(index).offset, prev), shared.tail);
    if (shared.frames.length < SHARED_FRAMES_MAX) shared.frames.push({ idJson, prev, frame });
    return frame;
  }

  #share(record: FeedRecord, content: Content): Shared {
    return { tail: Buffer.from(`${this.#data(record, content)}}`, 'utf8'), frames: [] };
  }

  #record(index: number): FeedRecord {
    const record = this.records?.[index];
    if (record === undefined) throw new RangeError(`The commit has no record ${index}`);
    return record;
  }

  #data({ record, bytes }: FeedRecord, content: Content): string {
    if (content === 'none') return JSON.stringify(record);
    const text = this.#textOf(record.source, bytes);
    if (content === 'text') return JSON.stringify({ ...record, text });
    return JSON.stringify({ ...record, text, raw: decoder.decode(bytes) });
  }
}
