// Records and lines in offset order, over any range of the lake. Read in windows of offsets, so that no
// transaction stays open however slow the reader is; a window grows while a filter finds little in it.

import type { Content, LakeRecord, RecordQuery } from '../core/record.ts';
import type { LineChunk } from '../core/questions.ts';
import { FLAG } from '../core/scan-batch.ts';
import type { AdapterOptions } from '../sources/adapter.ts';
import { rawOf, textOf } from '../sources/content.ts';
import type { Directories } from './commit-rows.ts';
import { matchesRejects, recordConditions, rejectConditions } from './conditions.ts';
import { LazyRows } from './lazy-rows.ts';
import type { LineBytes } from './line-bytes.ts';
import type { LineRange } from './line-range.ts';
import type { Readers } from './readers.ts';
import { RECORD_COLUMNS, recordOf } from './record-rows.ts';
import type { RecordRow } from './record-rows.ts';

/** One of DuckDB's vectors: asking for fewer costs as much. */
const WINDOW_ROWS = 2048;
const WINDOW_MAX_OFFSETS = 4_000_000;
/**
 * Content read at once; a single longer line is read alone. Small, because each reader who stops keeps
 * one such piece waiting, and because what is small is soon collected.
 */
const CONTENT_BYTES = 64 * 1024;
/** A longer line is copied out in pieces. */
const HELD_MAX_BYTES = 4 * 1024 * 1024;

export interface StreamParts {
  readers: Readers;
  names: Directories;
  lines: LineBytes;
  adapterOptions: AdapterOptions;
}

interface LineRow extends LineRange {
  lake_offset: number;
  flags: number;
}

/**
 * Bound, never written into the statement: DuckDB drops a bound that the table's statistics meet when a
 * statement is prepared, and runs it on rows that were committed since.
 */
const IN_RANGE = 'lake_offset > ? AND lake_offset <= ?';
type Range = [after: number, upto: number];

export async function* recordBatches(parts: StreamParts, query: RecordQuery, content: Content, signal?: AbortSignal): AsyncGenerator<LakeRecord[]> {
  let left = query.limit ?? Number.POSITIVE_INFINITY;
  const where = recordConditions(query.filter, query.duplicates, parts.names);
  const sql = `SELECT ${RECORD_COLUMNS} FROM records WHERE ${IN_RANGE} AND ${where.sql} ORDER BY lake_offset LIMIT ${WINDOW_ROWS}`;
  const windows = offsetWindows(query, signal, (range) => LazyRows.read<RecordRow>(parts.readers, sql, [...range, ...where.values]));
  for await (const rows of windows) {
    for (const group of byBytes(rows)) {
      if (signal?.aborted === true) return;
      yield await withContent(parts, group.slice(0, left), content);
      left -= group.length;
      if (left <= 0) return;
    }
  }
}

export async function withContent(parts: StreamParts, rows: readonly RecordRow[], content: Content): Promise<LakeRecord[]> {
  const records = rows.map((row) => recordOf(row, parts.names));
  if (content === 'none') return records;
  if (content === 'raw') for (const record of records) record.raw = null;
  await parts.lines.visit(rows, (i, line) => {
    const record = records[i] as LakeRecord;
    if (content === 'raw') record.raw = rawOf(line);
    record.text = textOf(record.source, line, parts.adapterOptions);
  });
  return records;
}

/** Source lines as they are, each with its newline; glued records come back as the one line they were. */
export async function* lineChunks(parts: StreamParts, query: RecordQuery, signal?: AbortSignal): AsyncGenerator<LineChunk> {
  const read = lineReader(parts, query);
  const ends = new LineEnds();
  let last = query.after;
  for await (const rows of offsetWindows(query, signal, read)) {
    for (const group of byBytes(rows)) {
      if (signal?.aborted === true) return;
      const [first] = group;
      if (group.length === 1 && first !== undefined && first.byte_length > HELD_MAX_BYTES) yield* longLine(parts, first, ends);
      else yield await chunkOf(group, parts.lines, ends);
      last = (group.at(-1) as LineRow).lake_offset;
    }
  }
  const { open } = ends;
  // What follows on the same line may lie beyond `upto`: then its newline does too.
  if (open === null || ends.goesOn((await read([open.lake_offset, open.lake_offset + 1])).last())) return;
  yield { bytes: NEWLINE, rows: 1, last };
}

function lineReader(parts: StreamParts, query: RecordQuery): (range: Range) => Promise<LazyRows<LineRow>> {
  const where = recordConditions(query.filter, query.duplicates, parts.names);
  const rejects = rejectConditions(query.filter, parts.names);
  const withRejects = matchesRejects(query.filter);
  const rejectSql = withRejects ? `UNION ALL SELECT lake_offset, file_ix, byte_offset, byte_length, 0 AS flags FROM rejects WHERE ${IN_RANGE} AND ${rejects.sql}` : '';
  const sql = `SELECT lake_offset::DOUBLE AS lake_offset, file_ix, byte_offset::DOUBLE AS byte_offset, byte_length::DOUBLE AS byte_length, flags FROM (
      SELECT lake_offset, file_ix, byte_offset, byte_length, flags FROM records WHERE ${IN_RANGE} AND ${where.sql} ${rejectSql}
    ) ORDER BY lake_offset LIMIT ${WINDOW_ROWS}`;
  return (range) => LazyRows.read(parts.readers, sql, [...range, ...where.values, ...(withRejects ? [...range, ...rejects.values] : [])]);
}

const NEWLINE_BYTE = 0x0a;
const NEWLINE = Buffer.of(NEWLINE_BYTE);

/** Where newlines belong: after every line, and never between records that share one. */
class LineEnds {
  /** The last row, where its line is not at its end. */
  open: LineRow | null = null;

  /** Whether the open line goes on in this row. */
  goesOn(next: LineRow | undefined): boolean {
    const { open } = this;
    return open !== null && next !== undefined && next.file_ix === open.file_ix && next.byte_offset === open.byte_offset + open.byte_length;
  }

  /** True where a newline is missing before the row: what followed on the open line was filtered away. */
  closes(row: LineRow): boolean {
    return this.open !== null && !this.goesOn(row);
  }

  /** True where a newline follows the row. */
  ends(row: LineRow): boolean {
    const glued = (row.flags & FLAG.glued) !== 0;
    this.open = glued ? row : null;
    return !glued;
  }
}

async function* longLine(parts: StreamParts, row: LineRow, ends: LineEnds): AsyncGenerator<LineChunk> {
  if (ends.closes(row)) yield { bytes: NEWLINE, rows: 1, last: row.lake_offset - 1 };
  let length = 0;
  for await (const bytes of parts.lines.pieces(row)) {
    length += bytes.length;
    yield { bytes, rows: 0, last: row.lake_offset - 1 };
  }
  if (length === 0) ends.open = null;
  else if (ends.ends(row)) yield { bytes: NEWLINE, rows: 1, last: row.lake_offset };
}

/** One buffer a chunk: lines are read to their places, with room for newlines around them, and moved together. */
async function chunkOf(rows: readonly LineRow[], lines: LineBytes, ends: LineEnds): Promise<LineChunk> {
  const places: number[] = [];
  let size = 0;
  for (const row of rows) {
    places.push(size + 1);
    size += row.byte_length + 2;
  }
  const bytes = Buffer.allocUnsafeSlow(size);
  const found = new Set<number>();
  await lines.visit(rows, (i, line) => {
    bytes.set(line, places[i] as number);
    found.add(i);
  });
  let length = 0;
  let count = 0;
  const endLine = (): void => {
    bytes[length++] = NEWLINE_BYTE;
    count += 1;
  };
  rows.forEach((row, i) => {
    if (ends.closes(row)) endLine();
    if (!found.has(i)) {
      ends.open = null;
      return;
    }
    const place = places[i] as number;
    bytes.copyWithin(length, place, place + row.byte_length);
    length += row.byte_length;
    if (ends.ends(row)) endLine();
  });
  return { bytes: bytes.subarray(0, length), rows: count, last: (rows.at(-1) as LineRow).lake_offset };
}

type ReadWindow<Row extends object> = (range: Range) => Promise<LazyRows<Row>>;

async function* offsetWindows<Row extends { lake_offset: number }>(query: RecordQuery, signal: AbortSignal | undefined, read: ReadWindow<Row>): AsyncGenerator<LazyRows<Row>> {
  let after = query.after;
  let span = WINDOW_ROWS;
  while (after < query.upto) {
    if (signal?.aborted === true) return;
    const upto = Math.min(query.upto, after + span);
    const rows = await read([after, upto]);
    if (rows.length > 0) yield rows;
    if (rows.length === WINDOW_ROWS) {
      after = (rows.last() as Row).lake_offset;
      continue;
    }
    after = upto;
    if (rows.length < WINDOW_ROWS / 4) span = Math.min(WINDOW_MAX_OFFSETS, span * 4);
  }
}

function* byBytes<Row extends LineRange>(rows: Iterable<Row>): Generator<Row[]> {
  let group: Row[] = [];
  let bytes = 0;
  for (const row of rows) {
    if (group.length > 0 && bytes + row.byte_length > CONTENT_BYTES) {
      yield group;
      group = [];
      bytes = 0;
    }
    group.push(row);
    bytes += row.byte_length;
  }
  if (group.length > 0) yield group;
}
