// A commit's records as frames for many clients. A record is serialised once per content level, and
// a whole frame is made once for all who are at the same place (same id and `prev`), so a thousand
// viewers cost one stringify and one copy. Lives as long as the commit's listeners run.

import type { CommitEvent, FeedRecord } from '../core/feed-record.ts';
import type { Content } from '../core/record.ts';
import { eventMessage } from './server-messages.ts';

/** The readable text of a line, or null where it has none. */
export type TextOf = (source: string, bytes: Uint8Array) => string | null;

/**
 * Whole frames kept per record. Clients that follow the same things share one; where everybody's
 * differ, keeping them all would hold the commit once for each client.
 */
const SHARED_FRAMES_MAX = 8;

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

interface Shared {
  data: string;
  frames: Map<string, Buffer>;
}

export class CommitFrames {
  readonly prev: number;
  readonly top: number;
  readonly records: readonly FeedRecord[];
  readonly #textOf: TextOf;
  readonly #shared: Record<Content, (Shared | undefined)[]> = { none: [], text: [], raw: [] };

  constructor(event: CommitEvent, textOf: TextOf) {
    this.prev = event.prev;
    this.top = event.top;
    this.records = event.records();
    this.#textOf = textOf;
  }

  /** The event message of `records[index]` as UTF-8; `idJson` is the subscription's id as JSON. */
  frame(index: number, content: Content, idJson: string, prev: number): Buffer {
    const record = this.#record(index);
    const shared = (this.#shared[content][index] ??= { data: this.#data(record, content), frames: new Map() });
    const key = `${prev}${idJson}`;
    let frame = shared.frames.get(key);
    if (frame === undefined) {
      frame = Buffer.from(eventMessage(idJson, record.offset, prev, shared.data), 'utf8');
      if (shared.frames.size < SHARED_FRAMES_MAX) shared.frames.set(key, frame);
    }
    return frame;
  }

  #record(index: number): FeedRecord {
    const record = this.records[index];
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
