// Records and lines in offset order, over any range of the lake. Read in windows of offsets, so that no
// transaction stays open however slow the reader is; a window grows while a filter finds little in it.

import type { Content, LakeRecord, RecordQuery } from '../core/record.ts';
import type { LineChunk } from '../core/questions.ts';
import { FLAG } from '../core/scan-batch.ts';
import type { AdapterOptions } from '../sources/adapter.ts';
import { rawOf, textOf } from '../sources/content.ts';
import type { Directories } from './commit-rows.ts';
import { matchesRejects, recordConditions, rejectConditions } from './conditions.ts';
import type { LineBytes, LineRange } from './line-bytes.ts';
import type { Readers } from './readers.ts';
import { RECORD_COLUMNS, recordOf } from './record-rows.ts';
import type { RecordRow } from './record-rows.ts';

const WINDOW_ROWS = 1024;
const WINDOW_MAX_OFFSETS = 4_000_000;
/** Content read at once; a single longer line is read alone. */
const CONTENT_BYTES = 1024 * 1024;
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

export async function* recordBatches(parts: StreamParts, query: RecordQuery, content: Content, signal?: AbortSignal): AsyncGenerator<LakeRecord[]> {
  let left = query.limit ?? Number.POSITIVE_INFINITY;
  const where = recordConditions(query.filter, query.duplicates, parts.names);
  const windows = offsetWindows<RecordRow>(query, signal, (after, upto) =>
    parts.readers.rows(`SELECT ${RECORD_COLUMNS} FROM records WHERE lake_offset > ${after} AND lake_offset <= ${upto} AND ${where.sql} ORDER BY lake_offset LIMIT ${WINDOW_ROWS}`, where.values),
  );
  for await (const rows of windows) {
    const wanted = rows.slice(0, Math.min(rows.length, left));
    left -= wanted.length;
    for (const group of byBytes(wanted)) {
      if (signal?.aborted === true) return;
      yield await withContent(parts, group, content);
    }
    if (left <= 0) return;
  }
}

export async function withContent(parts: StreamParts, rows: readonly RecordRow[], content: Content): Promise<LakeRecord[]> {
  const records = rows.map((row) => recordOf(row, parts.names));
  if (content === 'none') return records;
  const bytes = await parts.lines.read(rows);
  records.forEach((record, i) => {
    const line = bytes[i];
    if (content === 'raw') record.raw = line === null || line === undefined ? null : rawOf(line);
    if (line !== null && line !== undefined) record.text = textOf(record.source, line, parts.adapterOptions);
  });
  return records;
}

/** Source lines as they are, each with its newline; glued records come back as the one line they were. */
export async function* lineChunks(parts: StreamParts, query: RecordQuery, signal?: AbortSignal): AsyncGenerator<LineChunk> {
  const where = recordConditions(query.filter, query.duplicates, parts.names);
  const rejects = rejectConditions(query.filter, parts.names);
  const rejectSql = matchesRejects(query.filter) ? `UNION ALL SELECT lake_offset, file_ix, byte_offset, byte_length, 0 AS flags FROM rejects WHERE lake_offset > $after AND lake_offset <= $upto AND ${rejects.sql}` : '';
  const values = [...where.values, ...(rejectSql === '' ? [] : rejects.values)];
  const windows = offsetWindows<LineRow>(query, signal, (after, upto) =>
    parts.readers.rows(
      `SELECT lake_offset::DOUBLE AS lake_offset, file_ix, byte_offset::DOUBLE AS byte_offset, byte_length::DOUBLE AS byte_length, flags FROM (
        SELECT lake_offset, file_ix, byte_offset, byte_length, flags FROM records WHERE lake_offset > $after AND lake_offset <= $upto AND ${where.sql} ${rejectSql}
      ) ORDER BY lake_offset LIMIT ${WINDOW_ROWS}`.replaceAll('$after', String(after)).replaceAll('$upto', String(upto)),
      values,
    ),
  );
  for await (const rows of windows) {
    for (const group of byBytes(rows)) {
      if (signal?.aborted === true) return;
      const [first] = group;
      if (group.length === 1 && first !== undefined && first.byte_length > HELD_MAX_BYTES) yield* longLine(parts, first);
      else yield chunkOf(group, await parts.lines.read(group));
    }
  }
}

async function* longLine(parts: StreamParts, row: LineRow): AsyncGenerator<LineChunk> {
  for await (const bytes of parts.lines.pieces(row)) yield { bytes, rows: 0, last: row.lake_offset - 1 };
  yield { bytes: NEWLINE, rows: 1, last: row.lake_offset };
}

const NEWLINE = Buffer.from('\n');

function chunkOf(rows: readonly LineRow[], lines: readonly (Uint8Array | null)[]): LineChunk {
  const pieces: Uint8Array[] = [];
  let count = 0;
  rows.forEach((row, i) => {
    const line = lines[i];
    if (line === null || line === undefined) return;
    pieces.push(line);
    if ((row.flags & FLAG.glued) !== 0) return;
    pieces.push(NEWLINE);
    count += 1;
  });
  return { bytes: Buffer.concat(pieces), rows: count, last: rows.at(-1)?.lake_offset ?? 0 };
}

async function* offsetWindows<Row extends { lake_offset: number }>(query: RecordQuery, signal: AbortSignal | undefined, read: (after: number, upto: number) => Promise<Row[]>): AsyncGenerator<Row[]> {
  let after = query.after;
  let span = WINDOW_ROWS;
  while (after < query.upto) {
    if (signal?.aborted === true) return;
    const upto = Math.min(query.upto, after + span);
    const rows = await read(after, upto);
    if (rows.length > 0) yield rows;
    if (rows.length === WINDOW_ROWS) {
      after = (rows.at(-1) as Row).lake_offset;
      continue;
    }
    after = upto;
    if (rows.length < WINDOW_ROWS / 4) span = Math.min(WINDOW_MAX_OFFSETS, span * 4);
  }
}

function byBytes<Row extends LineRange>(rows: readonly Row[]): Row[][] {
  const groups: Row[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const row of rows) {
    if (bytes + row.byte_length > CONTENT_BYTES) {
      groups.push([]);
      bytes = 0;
    }
    groups.at(-1)?.push(row);
    bytes += row.byte_length;
  }
  return groups;
}
