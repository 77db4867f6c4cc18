// Bytes in, columns out: the one boundary at which lines become rows. Pure, so the main thread, the
// scanning workers and the archive's workers run the same code. A line that cannot be a record is a
// reject with its range and reason; every byte of the segment belongs to a row or to a reject.

import { completeLength, eachLine } from '../core/bytes/frame.ts';
import { isSameId } from '../core/id-bytes.ts';
import type { ScanBatch } from '../core/scan-batch.ts';
import { clearFacts, createFacts } from './adapter.ts';
import type { AdapterOptions, JsonObject, LineFacts, SourceAdapter, SourceState } from './adapter.ts';
import { whyBroken } from './broken-line.ts';
import { splitGlued } from './glued.ts';
import { forgetOddities, noteOddity, takeOddities } from './oddities.ts';
import { adapterOf } from './registry.ts';
import { ScanBuilder } from './scan-builder.ts';
import { selectiveScanner } from './selective/selective-scanner.ts';
import type { LineVisitor, SelectiveScanner } from './selective/selective-scanner.ts';

export interface ScanInput {
  source: string;
  options: AdapterOptions;
  /** The segment: bytes after its last newline are left alone. */
  bytes: Uint8Array;
  /** Position of `bytes[0]` in the file. */
  firstByte: number;
  /** Lines of the file before the segment. */
  linesBefore: number;
  path: { root: string; path: string };
  /** The state the segment before ended with; empty at the beginning of a file. */
  state: string;
  /** Longer lines are rejected. */
  lineMaxBytes: number;
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;

interface Scan {
  adapter: SourceAdapter;
  options: AdapterOptions;
  state: SourceState;
  facts: LineFacts;
  builder: ScanBuilder;
}

/** How lines are read: by the selective scanner where it can, or all by JSON.parse. The result is the same. */
export type Reading = 'selective' | 'parse';

export function scanSegment(input: ScanInput, reading: Reading = 'selective'): ScanBatch {
  const adapter = adapterOf(input.source);
  const path = adapter.describe(input.path.root, input.path.path);
  const state = input.state === '' ? adapter.begin(path) : (JSON.parse(input.state) as SourceState);
  const bytes = input.bytes.subarray(0, completeLength(input.bytes));
  const scanner = reading === 'parse' ? null : scannerFor(adapter, input.options);
  const builder = new ScanBuilder(input.firstByte);
  const scan: Scan = { adapter, options: input.options, state, facts: createFacts(), builder };
  const visit: LineVisitor = (start, end, value) => {
    builder.beginLine(input.linesBefore + builder.linesSeen + 1, start, end);
    if (end - start > input.lineMaxBytes) builder.reject('too_large', `longer than ${input.lineMaxBytes} bytes`, state.session);
    else if (value === null) scanLine(scan, bytes, start, end);
    else scanObject(scan, value);
  };
  const lines = scanner === null ? eachLine(bytes, (start, end) => visit(start, end, null)) : scanner.eachLine(bytes, visit);
  return builder.finish(lines, bytes.length, JSON.stringify(scan.state), scan.state.project ?? null);
}

/** This thread's scanner, set to the adapter's shape; null where lines are to be parsed. */
function scannerFor(adapter: SourceAdapter, options: AdapterOptions): SelectiveScanner | null {
  const shape = adapter.shape(options);
  if (shape === null) return null;
  const scanner = selectiveScanner();
  return scanner?.use(shape) === true ? scanner : null;
}

function scanLine(scan: Scan, bytes: Uint8Array, start: number, end: number): void {
  const from = start + bomLength(bytes, start);
  const to = trimmedEnd(bytes, from, end);
  if (isBlank(bytes, from, to)) {
    scan.builder.reject('blank', null, scan.state.session);
    return;
  }
  const text = decoder.decode(bytes.subarray(from, to));
  const value = parse(text);
  if (value === undefined) scanBroken(scan, bytes, start, end, text);
  else scanValue(scan, value);
}

function scanValue(scan: Scan, value: unknown): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    scan.builder.reject('not_an_object', Array.isArray(value) ? 'an array' : value === null ? 'null' : `a ${typeof value}`, scan.state.session);
    return;
  }
  scanObject(scan, value as JsonObject);
}

function scanObject(scan: Scan, value: JsonObject): void {
  clearFacts(scan.facts, scan.state.session);
  forgetOddities();
  try {
    scan.adapter.line(value, scan.facts, scan.state, scan.options);
  } catch (error) {
    scan.builder.reject('adapter', error instanceof Error ? error.message : String(error), scan.state.session);
    return;
  }
  noteOddFacts(scan.facts, scan.adapter);
  if (scan.facts.ts > (scan.state.at ?? -1)) scan.state.at = scan.facts.ts;
  scan.builder.add(scan.facts, scan.state.at ?? -1, takeOddities());
}

/** Agents and the models behind them are younger, and no log is from the next century. */
const FIRST_PLAUSIBLE_MS = Date.UTC(2015, 0, 1);
const LAST_PLAUSIBLE_MS = Date.UTC(2100, 0, 1);
/** What can be written with a year of four digits. */
const LAST_SHOWN_MS = Date.UTC(10_000, 0, 1) - 1;

/** What is wrong whatever the source. A time that cannot be shown is none. */
function noteOddFacts(facts: LineFacts, { identifies }: SourceAdapter): void {
  const { uuid, parentUuid, agent } = facts;
  if (uuid !== null && parentUuid !== null && isSameId(uuid, parentUuid)) noteOddity('cycle');
  for (const link of facts.links) if (link.agent === agent) noteOddity('cycle');
  // Times of numbers may be any.
  if (facts.ts > LAST_SHOWN_MS || facts.ts < 0) {
    facts.ts = Number.NaN;
    noteOddity('absurd_time');
  }
  if (identifies === undefined) return;
  if (facts.ts < FIRST_PLAUSIBLE_MS || facts.ts >= LAST_PLAUSIBLE_MS) noteOddity('absurd_time');
  if (identifies === 'messages and tools' && facts.role !== null && uuid === null) noteOddity('missing_id');
  if (identifies === 'nothing') return;
  for (const { id } of facts.tools) if (id === null) noteOddity('missing_id');
  for (const { id } of facts.toolResults) if (id === null) noteOddity('missing_id');
}

/** A line that does not parse as one value: records glued together are told apart, anything else is rejected. */
function scanBroken(scan: Scan, bytes: Uint8Array, start: number, end: number, text: string): void {
  const pieces = splitGlued(bytes.subarray(start, end));
  const values = pieces.map((piece) => parse(decoder.decode(bytes.subarray(start + piece.start + (piece.start === 0 ? bomLength(bytes, start) : 0), start + piece.end))));
  if (pieces.length < 2 || values.includes(undefined)) {
    const { reason, detail } = whyBroken(text);
    scan.builder.reject(reason, detail, scan.state.session);
    return;
  }
  pieces.forEach((piece, i) => {
    scan.builder.narrow(start + piece.start, start + piece.end, i < pieces.length - 1);
    scanValue(scan, values[i]);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function bomLength(bytes: Uint8Array, at: number): number {
  return bytes[at] === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf ? 3 : 0;
}

function trimmedEnd(bytes: Uint8Array, start: number, end: number): number {
  return end > start && bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end;
}

function isBlank(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if ((bytes[i] as number) > SPACE || bytes[i] === 0) return false;
  return true;
}
