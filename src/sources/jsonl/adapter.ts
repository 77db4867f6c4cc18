// Any JSONL. Each file is a session unless the lines name one; id, time, type and the rest are read
// where the configuration says, else where such logs usually have them.

import { UuidWords } from '../../core/id-bytes.ts';
import type { Id } from '../../core/id-bytes.ts';
import { safeId } from '../../core/bytes/safe-id.ts';
import { msFromIso, plausibleMs } from '../../core/time/time.ts';
import type { AdapterOptions, FileVerdict, JsonlFields, JsonlValues, JsonObject, LineFacts, PathFacts, SourceAdapter, SourceState } from '../adapter.ts';
import { ReadTime, stringOf } from '../json-value.ts';
import { readPointer } from './pointer.ts';
import { jsonlShape } from './shape.ts';
import { USUAL } from './usual.ts';

/** What is longer is no name of a group. */
const DIMENSION_MAX_CHARS = 200;

interface JsonlState extends SourceState {
  /** The file's own session: of lines that name none. */
  own: string;
}

export const jsonl: SourceAdapter<JsonlState> = {
  id: 'jsonl',
  defaultRoots: () => [],
  accepts,
  describe,
  begin: (path) => ({ session: path.session, own: path.session }),
  ownName: (state) => state.own,
  shape: jsonlShape,
  line: readLine,
  text: (value, options) => textAt(field(value, 'text', options)),
};

function accepts(path: string): FileVerdict {
  if (/\.(jsonl|ndjson)\.(gz|zst|xz|bz2)$/.test(path)) return 'compressed';
  return /\.(jsonl|ndjson)$/.test(path) ? 'source' : 'other';
}

function describe(root: string, path: string): PathFacts {
  const rootName = root.split('/').findLast((part) => part !== '') ?? 'root';
  const folders = path.split('/').slice(0, -1);
  return { project: safeId([rootName, ...folders].join('.')), session: safeId(path.replace(/\.(jsonl|ndjson)$/, '')), certain: false, agent: null };
}

function readLine(value: JsonObject, facts: LineFacts, state: JsonlState, options: AdapterOptions): void {
  const session = textAt(field(value, 'session', options));
  state.session = session === null ? state.own : safeId(session);
  facts.session = state.session;
  facts.uuid = idAt(field(value, 'id', options));
  facts.parentUuid = idAt(field(value, 'parent', options));
  facts.type = textAt(field(value, 'type', options));
  facts.ts = timeOf(field(value, 'time', options));
  facts.role = stringOf(value['role']);
  if (options.values !== undefined) readValues(value, facts, options.values);
}

function readValues(value: JsonObject, facts: LineFacts, { dimensions, measures }: JsonlValues): void {
  for (const { name, pointer } of dimensions) {
    const found = readPointer(value, pointer);
    const text = typeof found === 'boolean' ? String(found) : textAt(found);
    if (text !== null) facts.dimensions.push({ name, value: text.slice(0, DIMENSION_MAX_CHARS) });
  }
  for (const { name, pointer } of measures) {
    const number = numberAt(readPointer(value, pointer));
    if (number !== null) facts.measures.push({ name, value: number });
  }
}

/** A number, or a text that is one, as some logs write what must stay exact. */
function numberAt(value: unknown): number | null {
  const number = typeof value === 'string' && /^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

function field(value: JsonObject, name: keyof JsonlFields, options: AdapterOptions): unknown {
  const configured = options.jsonl[name];
  if (configured !== null) return readPointer(value, configured);
  for (const key of USUAL[name]) if (value[key] !== undefined && value[key] !== null) return value[key];
  return undefined;
}

function textAt(value: unknown): string | null {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  return stringOf(value);
}

function idAt(value: unknown): Id | null {
  return value instanceof UuidWords ? value : textAt(value);
}

/** Numbers are seconds, milliseconds, microseconds or nanoseconds since the epoch, told apart by their size. */
function timeOf(value: unknown): number {
  if (value instanceof ReadTime) return value.ms;
  if (typeof value === 'string') return /^\d+(\.\d+)?$/.test(value) ? timeOf(Number(value)) : msFromIso(value.replace(/^(\d{4}-\d{2}-\d{2}) /, '$1T').replace(/,(?=\d)/, '.'));
  if (typeof value !== 'number' || value <= 0) return Number.NaN;
  // Seconds by way of microseconds: 1700000000.123 * 1000 falls just short of a whole millisecond.
  if (value < 1e11) return Math.round(value * 1e6) / 1000;
  if (value < 1e14) return value;
  return plausibleMs(value < 1e17 ? value / 1000 : value / 1e6);
}
