// Grows the columns of a ScanBatch row by row. Columns double when full and are cut at the end, so a
// row costs a few stores; strings are coded through one dictionary per batch.

import { createIdColumn, setId } from '../core/id-bytes.ts';
import { hash64 } from '../core/hash64.ts';
import { wellFormed } from '../core/well-formed.ts';
import { FLAG, USAGE_WIDTH } from '../core/scan-batch.ts';
import type { Fact, IdColumn, RejectedLine, RejectReason, ScanBatch } from '../core/scan-batch.ts';
import type { LineFacts, SourceState } from './adapter.ts';

const FIRST_CAPACITY = 256;

export class ScanBuilder {
  linesSeen = 0;
  private readonly firstByte: number;
  private capacity = FIRST_CAPACITY;
  private rows = 0;
  private columns = allocate(FIRST_CAPACITY);
  private readonly dictionary = new Map<string, number>();
  private readonly strings: string[] = [];
  private readonly tools = new Map<number, string>();
  private readonly toolResults = new Map<number, string>();
  private readonly facts: Fact[] = [];
  private readonly rejects: RejectedLine[] = [];
  private current = { line: 0, start: 0, end: 0, glued: false };

  constructor(firstByte: number) {
    this.firstByte = firstByte;
  }

  /** `start` and `end` are positions in the segment; `end` excludes the newline. */
  beginLine(line: number, start: number, end: number): void {
    this.linesSeen += 1;
    this.current = { line, start, end, glued: false };
  }

  /** The next row is only a part of the line. */
  narrow(start: number, end: number, glued: boolean): void {
    this.current = { line: this.current.line, start, end, glued };
  }

  reject(reason: RejectReason, detail: string | null, session: string): void {
    const { line, start, end } = this.current;
    this.rejects.push({ rowsBefore: this.rows, line, byteOffset: this.firstByte + start, byteLength: end - start, reason, detail, session: this.code(session) });
  }

  add(facts: LineFacts): void {
    if (this.rows === this.capacity) this.grow();
    const row = this.rows++;
    const c = this.columns;
    const { line, start, end, glued } = this.current;
    c.line[row] = line;
    c.byteOffset[row] = this.firstByte + start;
    c.byteLength[row] = end - start;
    c.ts[row] = facts.ts;
    c.session[row] = this.code(facts.session);
    c.agent[row] = this.codeOrNone(facts.agent);
    c.type[row] = this.codeOrNone(facts.type);
    c.role[row] = this.codeOrNone(facts.role);
    c.model[row] = this.codeOrNone(facts.model);
    setId(c.uuid, row, facts.uuid);
    setId(c.parent, row, facts.parentUuid);
    if (facts.tools.length > 0) this.tools.set(row, toJson(facts.tools));
    if (facts.toolResults.length > 0) this.toolResults.set(row, toJson(facts.toolResults));
    c.flags[row] = flagsOf(facts, glued);
    this.addUsage(row, facts);
    this.addFacts(facts);
  }

  finish(lines: number, bytes: number, state: string): ScanBatch {
    const { tools, toolResults, strings, facts, rejects } = this;
    return { rows: this.rows, ...resize(this.columns, this.rows), tools, toolResults, strings, facts, rejects, lines, bytes, state };
  }

  private addUsage(row: number, facts: LineFacts): void {
    const usage = facts.usage;
    if (usage === null) return;
    this.columns.usage.set([usage.input, usage.output, usage.cacheCreation, usage.cacheRead, usage.cacheCreation1h], row * USAGE_WIDTH);
    if (!facts.counted) return;
    this.columns.callMessage[row] = hash64(facts.callId ?? lineKey(facts, this.columns.byteOffset[row] as number));
    this.columns.callRequest[row] = facts.requestId === null ? 0n : hash64(facts.requestId);
  }

  private addFacts(facts: LineFacts): void {
    const { session } = facts;
    if (facts.title !== null) this.facts.push({ kind: 'title', session, ...facts.title });
    if (facts.cwd !== null) this.facts.push({ kind: 'cwd', session, cwd: facts.cwd });
    if (facts.link !== null) this.facts.push({ kind: 'link', session, ...facts.link, parentAgent: facts.agent });
    for (const task of facts.tasks) this.facts.push({ kind: 'task', session, ...task });
  }

  private codeOrNone(text: string | null): number {
    return text === null ? -1 : this.code(text);
  }

  private code(text: string): number {
    const known = this.dictionary.get(text);
    if (known !== undefined) return known;
    const next = this.strings.push(wellFormed(text)) - 1;
    this.dictionary.set(text, next);
    return next;
  }

  private grow(): void {
    this.capacity *= 2;
    this.columns = resize(this.columns, this.capacity);
  }
}

/** A lone surrogate, which JSON.stringify escapes, is valid JSON for JavaScript alone. */
function toJson(value: object): string {
  const json = JSON.stringify(value);
  return json.includes('\\ud') ? JSON.stringify(value, (_, member: unknown) => (typeof member === 'string' ? wellFormed(member) : member)) : json;
}

/** A call without an id is its own line's. */
function lineKey(facts: LineFacts, byteOffset: number): string {
  return facts.uuid === null ? `${facts.session}:${facts.agent ?? ''}@${byteOffset}` : `uuid:${facts.uuid}`;
}

function flagsOf(facts: LineFacts, glued: boolean): number {
  return (
    (facts.sidechain ? FLAG.sidechain : 0) |
    (facts.usage === null ? 0 : FLAG.hasUsage) |
    (facts.usage !== null && facts.counted ? FLAG.counted : 0) |
    (facts.error ? FLAG.error : 0) |
    (facts.role === null ? 0 : FLAG.message) |
    (glued ? FLAG.glued : 0)
  );
}

function allocate(rows: number) {
  return {
    line: new Uint32Array(rows),
    byteOffset: new Float64Array(rows),
    byteLength: new Uint32Array(rows),
    ts: new Float64Array(rows),
    session: new Int32Array(rows),
    agent: new Int32Array(rows),
    type: new Int32Array(rows),
    role: new Int32Array(rows),
    model: new Int32Array(rows),
    flags: new Uint16Array(rows),
    usage: new Float64Array(rows * USAGE_WIDTH),
    callMessage: new BigUint64Array(rows),
    callRequest: new BigUint64Array(rows),
    uuid: createIdColumn(rows),
    parent: createIdColumn(rows),
  };
}

type Columns = ReturnType<typeof allocate>;

/** Copies into columns of another length: longer when growing, cut to the rows in use at the end. */
function resize(from: Columns, rows: number): Columns {
  const to = allocate(rows);
  for (const name of ['line', 'byteOffset', 'byteLength', 'ts', 'session', 'agent', 'type', 'role', 'model', 'flags'] as const) {
    to[name].set(from[name].subarray(0, rows));
  }
  to.usage.set(from.usage.subarray(0, rows * USAGE_WIDTH));
  to.callMessage.set(from.callMessage.subarray(0, rows));
  to.callRequest.set(from.callRequest.subarray(0, rows));
  copyIds(from.uuid, to.uuid, rows);
  copyIds(from.parent, to.parent, rows);
  return to;
}

function copyIds(from: IdColumn, to: IdColumn, rows: number): void {
  to.kind.set(from.kind.subarray(0, rows));
  to.bytes.set(from.bytes.subarray(0, rows * 16));
  to.text = from.text;
}

/** A batch that is one line too long to be looked into: `length` bytes and a newline. `session`: the path's, for a file's first line. */
export function oversizedBatch(before: { offset: number; lines: number; adapterState: string }, session: string, length: number, limit: number): ScanBatch {
  const state = before.adapterState === '' ? { session } : (JSON.parse(before.adapterState) as SourceState);
  const builder = new ScanBuilder(before.offset);
  builder.beginLine(before.lines + 1, 0, length);
  builder.reject('too_large', `longer than ${limit} bytes`, state.session);
  return builder.finish(1, length + 1, before.adapterState);
}
