// Records in offset order, over any range of the lake.

import type { Content, LakeRecord, RecordQuery } from '../core/record.ts';
import type { AdapterOptions } from '../sources/adapter.ts';
import { rawOf, textOf } from '../sources/content.ts';
import type { Directories } from './commit-rows.ts';
import { recordConditions } from './conditions.ts';
import { LazyRows } from './lazy-rows.ts';
import type { LineBytes } from './line-bytes.ts';
import type { LineRange } from './line-range.ts';
import { IN_RANGE } from './line-window.ts';
import { offsetWindows } from './offset-windows.ts';
import type { Readers } from './readers.ts';
import { RECORD_COLUMNS, recordOf } from './record-rows.ts';
import type { RecordRow } from './record-rows.ts';

/** One of DuckDB's vectors: asking for fewer costs as much. */
const WINDOW_ROWS = 2048;
/**
 * Content read at once; a single longer line is read alone. Small, because each reader who stops keeps
 * one such piece waiting, and because what is small is soon collected.
 */
const CONTENT_BYTES = 64 * 1024;
export interface StreamParts {
  readers: Readers;
  names: Directories;
  lines: LineBytes;
  adapterOptions: AdapterOptions;
}

export async function* recordBatches(parts: StreamParts, query: RecordQuery, content: Content, signal?: AbortSignal): AsyncGenerator<LakeRecord[]> {
  let left = query.limit ?? Number.POSITIVE_INFINITY;
  const where = recordConditions(query.filter, query.duplicates, parts.names);
  const sql = `SELECT ${RECORD_COLUMNS} FROM records WHERE ${IN_RANGE} AND ${where.sql} ORDER BY lake_offset LIMIT ${WINDOW_ROWS}`;
  const windows = offsetWindows(query, WINDOW_ROWS, (range) => LazyRows.read<RecordRow>(parts.readers, sql, [...range, ...where.values]), { ahead: false, signal });
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
