// Makes a ScanBatch row by row: a row costs a few stores, and strings are coded through one dictionary
// per batch.

import { setId } from '../core/id-bytes.ts';
import { hash64 } from '../core/bytes/hash64.ts';
import type { ToolRef } from '../core/answers/record.ts';
import { wellFormed } from '../core/bytes/well-formed.ts';
import { FLAG, USAGE, USAGE_WIDTH } from '../core/scan-batch.ts';
import type { CallExtras, Fact, NamedValues, Oddity, RejectedLine, RejectReason, ScanBatch, Version } from '../core/scan-batch.ts';
import type { LineFacts, SourceState, UsageNumbers } from './adapter.ts';
import { cutColumns, grown, takeColumns, takeTexts } from './scan-columns.ts';
import { toolResultsJson, toolsJson } from './tool-json.ts';

export class ScanBuilder {
  linesSeen = 0;
  private readonly firstByte: number;
  private rows = 0;
  private columns = takeColumns();
  private readonly dictionary = new Dictionary();
  private readonly messageHash = new LastHash();
  private readonly requestHash = new LastHash();
  private readonly texts = takeTexts();
  private readonly versions = new Map<number, Version>();
  private readonly extras = new Map<number, CallExtras>();
  private readonly dimensions: NamedValues = { rows: [], names: [], values: [] };
  private readonly measures: NamedValues = { rows: [], names: [], values: [] };
  private readonly oddities = new Map<number, readonly Oddity[]>();
  private readonly facts: Fact[] = [];
  private readonly rejects: RejectedLine[] = [];
  private line = 0;
  private start = 0;
  private end = 0;
  private glued = false;

  constructor(firstByte: number) {
    this.firstByte = firstByte;
  }

  /** `start` and `end` are positions in the segment; `end` excludes the newline. */
  beginLine(line: number, start: number, end: number): void {
    this.linesSeen += 1;
    this.line = line;
    this.narrow(start, end, false);
  }

  /** The next row is only a part of the line. */
  narrow(start: number, end: number, glued: boolean): void {
    this.start = start;
    this.end = end;
    this.glued = glued;
  }

  reject(reason: RejectReason, detail: string | null, session: string): void {
    const { line, start, end } = this;
    this.rejects.push({ rowsBefore: this.rows, line, byteOffset: this.firstByte + start, byteLength: end - start, reason, detail, session: this.dictionary.codeOf(session) });
  }

  /** `at`: the latest time told so far, this line's included; -1 for none. `oddities`: null for none. */
  add(facts: LineFacts, at: number, oddities: readonly Oddity[] | null): void {
    if (this.rows === this.columns.line.length) this.columns = grown(this.columns);
    const row = this.rows++;
    const { columns, dictionary } = this;
    columns.line[row] = this.line;
    columns.byteOffset[row] = this.firstByte + this.start;
    columns.byteLength[row] = this.end - this.start;
    columns.ts[row] = facts.ts;
    columns.session[row] = dictionary.session.codeOf(facts.session);
    columns.agent[row] = dictionary.agent.codeOf(facts.agent);
    columns.type[row] = dictionary.type.codeOf(facts.type);
    columns.role[row] = dictionary.role.codeOf(facts.role);
    columns.model[row] = dictionary.model.codeOf(facts.model);
    columns.flags[row] = flagsOf(facts, this.glued);
    setId(columns.uuid, row, facts.uuid);
    setId(columns.parent, row, facts.parentUuid);
    if (facts.tools.length > 0) this.addTools(row, facts.tools);
    if (facts.toolResults.length > 0) this.texts.toolResults.add(row, toolResultsJson(facts.toolResults));
    if (oddities !== null) this.oddities.set(row, oddities);
    for (const { name, value } of facts.dimensions) addValue(this.dimensions, row, dictionary.codeOf(name), dictionary.codeOf(value));
    for (const { name, value } of facts.measures) addValue(this.measures, row, dictionary.codeOf(name), value);
    if (facts.version !== null) this.versions.set(row, facts.version);
    if (facts.usage !== null) this.addUsage(row, facts, facts.usage);
    this.addFacts(facts, Math.trunc(at));
  }

  /** `state`: as JSON. */
  finish(lines: number, bytes: number, state: string, project: string | null): ScanBatch {
    const { rows, versions, extras, dimensions, measures, oddities, facts, rejects } = this;
    return { rows, ...cutColumns(this.columns, rows, this.texts), versions, extras, dimensions, measures, oddities, strings: this.dictionary.strings, facts, rejects, lines, bytes, state, project };
  }

  private addTools(row: number, tools: readonly ToolRef[]): void {
    const { texts, dictionary } = this;
    texts.tools.add(row, toolsJson(tools));
    for (const { name } of tools) {
      texts.calledRows.push(row);
      texts.calledNames.push(dictionary.tool.codeOf(name));
    }
  }

  private addUsage(row: number, facts: LineFacts, numbers: UsageNumbers): void {
    const { usage, byteOffset, callMessage, callRequest } = this.columns;
    const at = row * USAGE_WIDTH;
    usage[at + USAGE.input] = numbers.input;
    usage[at + USAGE.output] = numbers.output;
    usage[at + USAGE.cacheCreation] = numbers.cacheCreation;
    usage[at + USAGE.cacheRead] = numbers.cacheRead;
    usage[at + USAGE.cacheCreation1h] = numbers.cacheCreation1h;
    if (!facts.counted) return;
    if (facts.extras !== null) this.extras.set(row, facts.extras);
    callMessage[row] = this.messageHash.of(facts.callId ?? lineKey(facts, byteOffset[row] as number));
    if (facts.requestId !== null) callRequest[row] = this.requestHash.of(facts.requestId);
  }

  private addFacts(facts: LineFacts, at: number): void {
    const { session, agent, title, cwd, links, tasks, origin } = facts;
    const { line } = this;
    if (title !== null) this.facts.push({ kind: 'title', session, at, line, ...title });
    if (cwd !== null) this.facts.push({ kind: 'cwd', session, at, line, cwd });
    for (const link of links) this.facts.push({ kind: 'link', session, at, line, ...link, parentAgent: agent });
    for (const { toolUseId, agentType, description, prompt, run } of tasks) {
      this.facts.push({ kind: 'task', session, at, line, agent, toolUseId, agentType, description, prompt: promptHash(prompt), run: run ?? null });
    }
    if (origin !== null && agent !== null) this.facts.push({ kind: 'agent', session, at, line, agent, prompt: promptHash(origin.prompt), run: origin.run });
    for (const { model, usage, callId, ts = Number.NaN } of facts.moreCalls) {
      const { input, output, cacheCreation, cacheRead, cacheCreation1h } = usage;
      this.facts.push({
        kind: 'call', session, agent: facts.agent, ts: Number.isNaN(ts) ? facts.ts : ts, model: wellFormed(model), message: hash64(callId),
        usage: [input, output, cacheCreation, cacheRead, cacheCreation1h],
      });
    }
  }
}

/** The strings of a batch, each with its number; -1 is none. */
class Dictionary {
  readonly strings: string[] = [];
  private readonly codes = new Map<string, number>();
  readonly session = new LastCode(this);
  readonly agent = new LastCode(this);
  readonly type = new LastCode(this);
  readonly role = new LastCode(this);
  readonly model = new LastCode(this);
  readonly tool = new LastCode(this);

  codeOf(text: string | null): number {
    if (text === null) return -1;
    const known = this.codes.get(text);
    if (known !== undefined) return known;
    const next = this.strings.push(wellFormed(text)) - 1;
    this.codes.set(text, next);
    return next;
  }
}

/** Rows of one column mostly repeat the one before, and then nothing is hashed. */
class LastCode {
  private readonly dictionary: Dictionary;
  private text: string | null = null;
  private code = -1;

  constructor(dictionary: Dictionary) {
    this.dictionary = dictionary;
  }

  codeOf(text: string | null): number {
    if (text === this.text) return this.code;
    this.text = text;
    this.code = this.dictionary.codeOf(text);
    return this.code;
  }
}

/** A call is told of on several lines, one after the other. */
class LastHash {
  private text = '';
  private hash = hash64('');

  of(text: string): bigint {
    if (text === this.text) return this.hash;
    this.text = text;
    this.hash = hash64(text);
    return this.hash;
  }
}

function addValue(to: NamedValues, row: number, name: number, value: number): void {
  to.rows.push(row);
  to.names.push(name);
  to.values.push(value);
}

function promptHash(prompt: string | null | undefined): bigint {
  return prompt === null || prompt === undefined ? 0n : hash64(prompt);
}

/** A call without an id is its own line's. */
function lineKey(facts: LineFacts, byteOffset: number): string {
  return facts.uuid === null ? `${facts.session}:${facts.agent ?? ''}@${byteOffset}` : `uuid:${facts.uuid.toString()}`;
}

function flagsOf(facts: LineFacts, glued: boolean): number {
  return (
    (facts.sidechain ? FLAG.sidechain : 0) |
    (facts.usage === null ? 0 : FLAG.hasUsage) |
    (facts.usage !== null && facts.counted ? FLAG.counted : 0) |
    (facts.error ? FLAG.error : 0) |
    (facts.role === null ? 0 : FLAG.message) |
    (glued ? FLAG.glued : 0) |
    (facts.replaces ? FLAG.replaces : 0) |
    (facts.prompt ? FLAG.prompt : 0) |
    (facts.toolResults.length > 0 && facts.tools.length === 0 ? FLAG.onlyResults : 0)
  );
}

/** A batch that stands for bytes nobody has any more: `lines` lines, `length` bytes with their last newline. */
export function lostBatch(before: { offset: number; lines: number; adapterState: string }, session: string, lines: number, length: number): ScanBatch {
  const state: SourceState = before.adapterState === '' ? { session } : (JSON.parse(before.adapterState) as SourceState);
  const builder = new ScanBuilder(before.offset);
  builder.beginLine(before.lines + 1, 0, length - 1);
  builder.reject('lost', `${lines} lines: their log is gone, and so is their part of the archive`, state.session);
  return builder.finish(lines, length, before.adapterState, state.project ?? null);
}

/** A batch that is one line too long to be looked into: `length` bytes and a newline. `session`: the path's, for a file's first line. */
export function oversizedBatch(before: { offset: number; lines: number; adapterState: string }, session: string, length: number, limit: number): ScanBatch {
  const state: SourceState = before.adapterState === '' ? { session } : (JSON.parse(before.adapterState) as SourceState);
  const builder = new ScanBuilder(before.offset);
  builder.beginLine(before.lines + 1, 0, length);
  builder.reject('too_large', `longer than ${limit} bytes`, state.session);
  return builder.finish(1, length + 1, before.adapterState, state.project ?? null);
}
