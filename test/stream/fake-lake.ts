// A lake in memory: answers what the stream asks of the index, and publishes commits the way the
// index does. The bytes of a commit are wiped when its listeners return, because a real commit's are.

import { randomUUID } from 'node:crypto';
import { LakeError } from '../../src/core/errors.ts';
import type { CommitEvent, FeedRecord } from '../../src/core/feed-record.ts';
import type { Logger } from '../../src/core/logger.ts';
import type { Page } from '../../src/core/answers/page.ts';
import type { LineChunk, MessageRequest, Questions } from '../../src/core/answers/questions.ts';
import { emptyUsage, type Content, type LakeRecord, type RecordFilter, type RecordQuery } from '../../src/core/answers/record.ts';
import type { SessionItem } from '../../src/core/answers/session-item.ts';
import { Feed } from '../../src/stream/feed.ts';

export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };

export interface NewRecord {
  text?: string;
  fields?: Partial<LakeRecord>;
  live?: boolean;
  duplicate?: boolean;
}

interface Stored {
  offset: number;
  live: boolean;
  line: string;
  text: string;
  record: LakeRecord;
}

type Asked = Pick<Questions, 'epoch' | 'top' | 'records' | 'recordLines' | 'lines' | 'session' | 'messages'>;

export class FakeLake implements Asked {
  epoch: string = randomUUID();
  readonly feed = new Feed(0, silentLogger);
  readonly stored: Stored[] = [];
  batchRows = 7;
  /** Runs before each batch of history. */
  /** Whether commits have the lines they publish. */
  inHand = true;
  beforeBatch: () => Promise<void> = () => new Promise((resolve) => setImmediate(resolve));
  /** Commits whose records were asked for. */
  built = 0;
  #top = 0;

  top(): number {
    return this.#top;
  }

  /** `skip`: offsets that go to rejected lines, before the first record. */
  commit(records: readonly NewRecord[], skip = 0): number {
    const prev = this.#top;
    this.#top += skip;
    const added = records.map((item) => this.#store(item));
    const { event, wipe } = this.#event(prev, added.filter(({ record }) => record.duplicate !== true));
    this.feed.publish(event);
    wipe();
    return this.#top;
  }

  async *records(query: RecordQuery, content: Content, signal?: AbortSignal): AsyncGenerator<LakeRecord[]> {
    let batch: LakeRecord[] = [];
    let rows = 0;
    for (const item of [...this.stored]) {
      if (item.offset <= query.after || item.offset > query.upto || rows === query.limit) continue;
      if (!matches(item, query.filter) || (item.record.duplicate === true && !query.duplicates)) continue;
      batch.push(withContent(item, content));
      rows += 1;
      if (batch.length < this.batchRows) continue;
      await this.beforeBatch();
      if (signal?.aborted === true) return;
      yield batch;
      batch = [];
    }
    await this.beforeBatch();
    if (signal?.aborted !== true && batch.length > 0) yield batch;
  }

  /** In one buffer that is used again, as the index does. */
  async *recordLines(query: RecordQuery, content: Content, signal?: AbortSignal): AsyncGenerator<LineChunk> {
    const buffer = Buffer.alloc(1 << 20);
    for await (const batch of this.records(query, content, signal)) {
      const length = buffer.write(batch.map((record) => `${JSON.stringify(record)}\n`).join(''));
      yield { bytes: buffer.subarray(0, length), rows: batch.length, last: Number(batch.at(-1)?.offset) };
    }
  }

  async *lines(query: RecordQuery, signal?: AbortSignal): AsyncGenerator<LineChunk> {
    for (const item of [...this.stored]) {
      if (item.offset <= query.after || item.offset > query.upto || !matches(item, query.filter)) continue;
      await this.beforeBatch();
      if (signal?.aborted === true) return;
      yield { bytes: Buffer.from(`${item.line}\n`), rows: 1, last: item.offset };
    }
  }

  /** On one page. */
  async messages({ filter, content, duplicates }: MessageRequest): Promise<Page<LakeRecord>> {
    const shown = this.stored.filter((item) => matches(item, filter) && (item.record.duplicate !== true || duplicates));
    const newest = shown.filter(({ record }, i) => !shown.slice(i + 1).some((later) => later.record.replaces === true && later.record.uuid === record.uuid));
    return { items: newest.map((item) => withContent(item, content)), has_more: false, next_cursor: null };
  }

  async session(id: string): Promise<SessionItem> {
    if (!this.stored.some(({ record }) => record.session_id === id)) throw new LakeError('not_found', `No session ${id}`);
    return sessionItem(id);
  }

  #store({ text = 'x', fields = {}, live = true, duplicate = false }: NewRecord): Stored {
    this.#top += 1;
    const offset = this.#top;
    const line = JSON.stringify({ text, n: offset });
    const record: LakeRecord = { ...blankRecord(offset), byte_length: Buffer.byteLength(line), ...fields };
    if (duplicate) record.duplicate = true;
    const stored = { offset, live, line, text, record };
    this.stored.push(stored);
    return stored;
  }

  #event(prev: number, added: readonly Stored[]): { event: CommitEvent; wipe: () => void } {
    let built: FeedRecord[] | undefined;
    const { inHand } = this;
    const event = {
      prev,
      top: this.#top,
      mayBeLive: added.some((item) => item.live),
      records: () => {
        if (!inHand) return null;
        if (built === undefined) this.built += 1;
        built ??= added.map((item) => ({
          offset: item.offset,
          live: item.live,
          isError: false,
          record: item.record,
          bytes: Buffer.from(item.line),
        }));
        return built;
      },
    };
    return { event, wipe: () => built?.forEach(({ bytes }) => bytes.fill(0x21)) };
  }
}

export function textOf(_source: string, bytes: Uint8Array): string | null {
  const { text } = JSON.parse(Buffer.from(bytes).toString('utf8')) as { text: string };
  return text;
}

function blankRecord(offset: number): LakeRecord {
  return {
    offset: String(offset),
    session_id: 's-1',
    agent_id: null,
    source: 'claude-code',
    project: 'p-1',
    file_id: 'f1',
    line: offset,
    byte_offset: offset * 100,
    byte_length: 99,
    ts: '2026-11-20T10:00:00.000Z',
    type: 'user',
    role: 'user',
    uuid: null,
    parent_uuid: null,
    model: null,
    usage: null,
    tools: [],
    tool_results: [],
    text: null,
  };
}

/** As a database would decide, written apart from the code under test. */
function matches({ record, live }: Stored, filter: RecordFilter): boolean {
  return (
    (filter.session === undefined || record.session_id === filter.session) &&
    (filter.project === undefined || record.project === filter.project) &&
    (filter.source === undefined || record.source === filter.source) &&
    (filter.types === undefined || filter.types.some((type) => type === record.type)) &&
    (filter.tools === undefined || filter.tools.some((name) => record.tools.map((tool) => tool.name).includes(name))) &&
    (filter.withRole !== true || record.role !== null) &&
    (filter.agent === undefined || record.agent_id === filter.agent) &&
    (filter.live !== true || live)
  );
}

function withContent({ record, text, line }: Stored, content: Content): LakeRecord {
  if (content === 'none') return record;
  return content === 'text' ? { ...record, text } : { ...record, text, raw: line };
}

function sessionItem(id: string): SessionItem {
  return {
    id,
    source: 'claude-code',
    project: 'p-1',
    cwd: '/home/ann/shop',
    title: 'Fix the <cart> | `now`',
    status: 'completed',
    started_at: '2026-11-20T10:00:00.000Z',
    last_activity: '2026-11-20T11:00:00.000Z',
    models: ['claude-opus-4'],
    message_count: 3,
    tool_call_count: 1,
    error_count: 0,
    subagent_count: 2,
    usage: emptyUsage(),
    usage_rollup: { ...emptyUsage(), input_tokens: 12, output_tokens: 34 },
    cost_usd: null,
    cost_rollup_usd: 1.5,
    unpriced_calls: 0,
    files: 1,
    bytes: 1000,
    archived_bytes: 0,
  };
}
