// A plain recount of Claude Code logs by formats 1.3, 1.5 and 9: every file read whole, every line parsed
// with JSON.parse, one rule after the other. Shares no code with the product or the generator.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

type Json = Record<string, unknown>;

export interface PlainLine {
  /** Relative to the root, with `/`. */
  path: string;
  /** 1-based. */
  number: number;
  start: number;
  /** Without the newline. */
  bytes: Buffer;
  /** The records on it: one, several where they are glued, none where it is no record. */
  values: Json[];
}

export interface PlainFile {
  path: string;
  bytes: Buffer;
  /** Bytes up to and including the last newline. */
  complete: number;
  lines: PlainLine[];
}

export interface Tokens {
  input_tokens: number;
  output_tokens: number;
  cache_creation_input_tokens: number;
  cache_read_input_tokens: number;
}

export interface PlainCall extends Tokens {
  /** Of its message and request. */
  key: string;
  session: string;
  /** Null: the main thread. */
  agent: string | null;
  model: string | null;
  project: string;
  /** Of the line that counts, in milliseconds; NaN for none. */
  ms: number;
}

export interface PlainRecord {
  session: string;
  agent: string | null;
  project: string;
  type: string | null;
  role: string | null;
  uuid: string | null;
  ms: number;
  value: Json;
  line: PlainLine;
  repeated: boolean;
}

export interface PlainLake {
  files: PlainFile[];
  records: PlainRecord[];
  calls: PlainCall[];
}

function readTree(root: string): PlainFile[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.jsonl') && statSync(join(root, name)).isFile())
    .map((name) => plainFile(name.replaceAll('\\', '/'), readFileSync(join(root, name))));
}

function plainFile(path: string, bytes: Buffer): PlainFile {
  const lines: PlainLine[] = [];
  let start = 0;
  for (let end = bytes.indexOf(10); end !== -1; start = end + 1, end = bytes.indexOf(10, start)) {
    const line = bytes.subarray(start, end);
    lines.push({ path, number: lines.length + 1, start, bytes: line, values: valuesOf(line) });
  }
  return { path, bytes, complete: start, lines };
}

function valuesOf(line: Buffer): Json[] {
  const text = new TextDecoder('utf-8').decode(line).trim();
  const one = objectIn(text);
  if (one !== null) return [one];
  if (text === '' || isJson(text)) return [];
  const pieces = cutGlued(text);
  return pieces ?? [];
}

/** `{…}{…}` cut where both sides are objects; null where there is no such cut. */
function cutGlued(text: string): Json[] | null {
  for (let at = text.indexOf('}'); at !== -1; at = text.indexOf('}', at + 1)) {
    const head = objectIn(text.slice(0, at + 1));
    if (head === null) continue;
    const rest = text.slice(at + 1).trim();
    if (rest === '') return [head];
    const tail = cutGlued(rest);
    return tail === null ? null : [head, ...tail];
  }
  return null;
}

function objectIn(text: string): Json | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null;
  } catch {
    return null;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

interface Candidate extends PlainCall {
  message: string;
  sidechain: boolean;
  endedMs: number;
}

/** Everything in a root laid out like ~/.claude/projects, or as much of it as `keep` says. Ids are taken as safe in URLs as they are. */
export function plainLake(root: string, keep: (record: PlainRecord) => boolean = () => true): PlainLake {
  const files = readTree(root);
  const records = files.flatMap(recordsOf).filter(keep);
  const seen = new Set<string>();
  for (const record of records) {
    if (record.uuid === null) continue;
    const key = `${record.session}\n${record.uuid}`;
    record.repeated = seen.has(key);
    seen.add(key);
  }
  return { files, records, calls: callsOf(records) };
}

function recordsOf(file: PlainFile): PlainRecord[] {
  const folders = file.path.split('/');
  const stem = (folders.pop() as string).replace(/\.jsonl$/, '');
  const at = folders.lastIndexOf('subagents');
  const certain = at >= 1 ? (folders[at - 1] as string) : null;
  const project = (at >= 1 ? folders[at - 2] : folders.at(-1)) ?? 'projects';
  const named = /^agent-(.+)$/.exec(stem)?.[1] ?? null;
  let session = certain ?? stem;
  return file.lines.flatMap((line) => line.values.map((value): PlainRecord => {
    if (certain === null && isText(value['sessionId'])) session = value['sessionId'];
    const message = value['message'] as Json | undefined;
    const type = isText(value['type']) ? value['type'] : null;
    const speaks = type === 'user' || type === 'assistant';
    const agent = named === null ? (value['isSidechain'] === true ? `sidechain ${isText(value['agentId']) ? value['agentId'] : ''}` : null) : isText(value['agentId']) ? value['agentId'] : named;
    return {
      session, agent, project, type, line, value, repeated: false,
      role: speaks ? (isText(message?.['role']) ? message['role'] : type) : null,
      uuid: isText(value['uuid']) ? value['uuid'] : null,
      ms: isText(value['timestamp']) ? Date.parse(value['timestamp']) : Number.NaN,
    };
  }));
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function callsOf(records: readonly PlainRecord[]): PlainCall[] {
  const endedMs = new Map<string, number>();
  for (const { line, ms } of records) if (ms > (endedMs.get(line.path) ?? 0)) endedMs.set(line.path, ms);
  const candidates = records.flatMap((record) => candidateOf(record, endedMs.get(record.line.path) ?? 0));
  // Rule 3: what a main thread has is only replayed by a sidechain, whatever the request.
  const onMain = new Set(candidates.filter((line) => !line.sidechain).map((line) => line.message));
  const groups = new Map<string, Candidate[]>();
  for (const line of candidates) grouped(groups, line.key).push(line);
  return [...groups.values()].filter((group) => group.some((line) => !line.sidechain) || !onMain.has((group[0] as Candidate).message)).map(oneCall);
}

/** Rule 2: the largest output counts; rule 4: whoever had it first has it, told by time, then by the age of the file. */
function oneCall(group: readonly Candidate[]): PlainCall {
  const best = group.toSorted((a, b) => b.output_tokens - a.output_tokens || a.ms - b.ms)[0] as Candidate;
  const owner = group.toSorted((a, b) => Number(a.sidechain) - Number(b.sidechain) || a.ms - b.ms || a.endedMs - b.endedMs || (a.session < b.session ? -1 : 1))[0] as Candidate;
  return { ...best, session: owner.session, agent: owner.agent, project: owner.project };
}

function grouped<Key, Value>(groups: Map<Key, Value[]>, key: Key): Value[] {
  const members = groups.get(key) ?? [];
  groups.set(key, members);
  return members;
}

function candidateOf(record: PlainRecord, endedMs: number): Candidate[] {
  const { value, session, agent, project, ms, line, uuid } = record;
  const message = value['message'] as Json | undefined;
  const usage = message?.['usage'] as Json | undefined;
  if (record.type !== 'assistant' || typeof usage !== 'object' || usage === null || message?.['model'] === '<synthetic>') return [];
  const id = isText(message?.['id']) ? message['id'] : `line ${uuid ?? `${line.path} ${line.start}`}`;
  const count = (name: string): number => (typeof usage[name] === 'number' ? usage[name] : 0);
  return [{
    message: id, key: `${id}\n${isText(value['requestId']) ? value['requestId'] : ''}`, sidechain: agent !== null || value['isSidechain'] === true,
    session, agent, project, ms, endedMs, model: isText(message?.['model']) ? message['model'] : null,
    input_tokens: count('input_tokens'), output_tokens: count('output_tokens'),
    cache_creation_input_tokens: count('cache_creation_input_tokens'), cache_read_input_tokens: count('cache_read_input_tokens'),
  }];
}

export interface Sum extends Tokens {
  calls: number;
}

export function sumOf(calls: readonly Tokens[]): Sum {
  const sum: Sum = { calls: 0, input_tokens: 0, output_tokens: 0, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };
  for (const call of calls) {
    sum.calls += 1;
    sum.input_tokens += call.input_tokens;
    sum.output_tokens += call.output_tokens;
    sum.cache_creation_input_tokens += call.cache_creation_input_tokens;
    sum.cache_read_input_tokens += call.cache_read_input_tokens;
  }
  return sum;
}

/** Without `calls`, as the answers' `usage` is. */
export function usageOf(calls: readonly Tokens[]): Tokens {
  const { calls: _calls, ...usage } = sumOf(calls);
  return usage;
}

export function groupSums(calls: readonly PlainCall[], key: (call: PlainCall) => string | null): Map<string | null, Sum> {
  const groups = new Map<string | null, PlainCall[]>();
  for (const call of calls) grouped(groups, key(call)).push(call);
  return new Map([...groups].map(([name, members]) => [name, sumOf(members)]));
}
