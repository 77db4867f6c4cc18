// Scanning in tests, and a batch as plain rows that can be read, compared and kept as a golden.

import { getId } from '../../../src/core/id-bytes.ts';
import { FLAG, USAGE_WIDTH } from '../../../src/core/scan-batch.ts';
import type { RejectReason, ScanBatch } from '../../../src/core/scan-batch.ts';
import { textAt } from '../../../src/core/bytes/text-column.ts';
import { isoOrNull } from '../../../src/core/time/time.ts';
import type { AdapterOptions, JsonlFields } from '../../../src/sources/adapter.ts';
import { textOf } from '../../../src/sources/content.ts';
import { scanSegment } from '../../../src/sources/scan.ts';
import type { Reading } from '../../../src/sources/scan.ts';
import { fileOf } from './claude-logs.ts';

export const GUESSED: AdapterOptions = { jsonl: { id: null, time: null, type: null, session: null, text: null, parent: null } };

export function jsonlOptions(fields: Partial<JsonlFields>): AdapterOptions {
  return { jsonl: { ...GUESSED.jsonl, ...fields } };
}

export interface Place {
  source?: string;
  root?: string;
  path?: string;
  options?: AdapterOptions;
  lineMaxBytes?: number;
  reading?: Reading;
}

export interface Before {
  offset: number;
  lines: number;
  state: string;
}

const BEGINNING: Before = { offset: 0, lines: 0, state: '' };

export function scan(bytes: Uint8Array | string, place: Place = {}, before: Before = BEGINNING): ScanBatch {
  const input = {
    source: place.source ?? 'claude-code',
    options: place.options ?? GUESSED,
    bytes: typeof bytes === 'string' ? Buffer.from(bytes) : bytes,
    firstByte: before.offset,
    linesBefore: before.lines,
    path: { root: place.root ?? '/home/ada/.claude/projects', path: place.path ?? '-home-ada-engine/5e551000-0000-4000-8000-000000000001.jsonl' },
    state: before.state,
    lineMaxBytes: place.lineMaxBytes ?? 1024 * 1024,
  };
  return scanSegment(input, place.reading);
}

/** One row; what is absent, empty or false is left out. */
export type PlainRow = Record<string, unknown>;

const NAMES: Partial<Record<keyof typeof FLAG, string>> = { sidechain: 'sidechain', glued: 'glued', error: 'error', message: 'message', counted: 'counted', prompt: 'prompt' };

export function plainRow(batch: ScanBatch, row: number): PlainRow {
  const text = (codes: Int32Array): string | null => (codes[row] === -1 ? null : (batch.strings[codes[row] as number] ?? 'a code without its string'));
  const flags = batch.flags[row] as number;
  const tools = textAt(batch.tools, row);
  const toolResults = textAt(batch.toolResults, row);
  const fields: PlainRow = {
    line: batch.line[row],
    at: [batch.byteOffset[row], batch.byteLength[row]],
    ts: isoOrNull(batch.ts[row]),
    session: text(batch.session),
    agent: text(batch.agent),
    type: text(batch.type),
    role: text(batch.role),
    model: text(batch.model),
    oddities: batch.oddities.get(row) ?? null,
    extras: batch.extras.get(row) ?? null,
    uuid: getId(batch.uuid, row),
    parent: getId(batch.parent, row),
    flags: Object.entries(NAMES).flatMap(([name, shown]) => ((flags & FLAG[name as keyof typeof FLAG]) === 0 ? [] : [shown])),
    usage: (flags & FLAG.hasUsage) === 0 ? null : [...batch.usage.subarray(row * USAGE_WIDTH, (row + 1) * USAGE_WIDTH)],
    tools: tools === undefined ? null : (JSON.parse(tools) as unknown),
    toolResults: toolResults === undefined ? null : (JSON.parse(toolResults) as unknown),
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && !(Array.isArray(value) && value.length === 0)));
}

export interface PlainReject {
  line: number;
  at: [number, number];
  session: string;
  reason: RejectReason;
  rowsBefore: number;
}

export function plainRejects(batch: ScanBatch): PlainReject[] {
  return batch.rejects.map(({ line, byteOffset, byteLength, session, reason, rowsBefore }) => ({ line, at: [byteOffset, byteLength], session: batch.strings[session] as string, reason, rowsBefore }));
}

/** The bytes of a row, as the file has them. */
export function bytesOf(batch: ScanBatch, row: number, file: Uint8Array, firstByte = 0): Uint8Array {
  const at = (batch.byteOffset[row] as number) - firstByte;
  return file.subarray(at, at + (batch.byteLength[row] as number));
}

/** Everything a batch says, as JSON would hold it. Hashes become numbers: which rows are of one call and request, which facts of one prompt. */
export function plainBatch(batch: ScanBatch, file: Uint8Array, source = 'claude-code'): Record<string, unknown> {
  const calls = new Map<bigint, number>();
  const requests = new Map<bigint, number>([[0n, 0]]);
  const rows = Array.from({ length: batch.rows }, (_, row) => {
    const call = batch.callMessage[row] as bigint;
    return {
      ...plainRow(batch, row),
      ...(call === 0n ? {} : { call: [numberIn(calls, call), numberIn(requests, batch.callRequest[row] as bigint)] }),
      text: textOf(source, bytesOf(batch, row, file), GUESSED),
    };
  });
  const prompts = new Map<bigint, number>([[0n, 0]]);
  const facts = batch.facts.map((fact) => {
    if (fact.kind === 'call') return { ...fact, ts: isoOrNull(fact.ts), message: numberIn(calls, fact.message) };
    return fact.kind === 'task' || fact.kind === 'agent' ? { ...fact, prompt: numberIn(prompts, fact.prompt) } : fact;
  });
  const project = batch.project === null ? {} : { project: batch.project };
  return { lines: batch.lines, bytes: batch.bytes, rows, rejects: plainRejects(batch), facts, ...project, state: JSON.parse(batch.state) as unknown };
}

function numberIn(known: Map<bigint, number>, hash: bigint): number {
  const number = known.get(hash) ?? known.size;
  known.set(hash, number);
  return number;
}

/** As a file is scanned that is read in several goes, each of so many lines. */
export function scanInPieces(lines: readonly (string | Buffer)[], sizes: readonly number[], where: Place): ScanBatch[] {
  const batches: ScanBatch[] = [];
  const before = { offset: 0, lines: 0, state: '' };
  for (let from = 0, turn = 0; from < lines.length; turn++) {
    const to = from + (sizes[turn % sizes.length] as number);
    const batch = scan(fileOf(lines.slice(from, to)), where, before);
    batches.push(batch);
    before.offset += batch.bytes;
    before.lines += batch.lines;
    before.state = batch.state;
    from = to;
  }
  return batches;
}
