// Records in offset order, over any range of the lake.

import type { Content, LakeRecord, RecordQuery } from '../../core/answers/record.ts';
import type { AdapterOptions } from '../../sources/adapter.ts';
import { rawOf, textOf } from '../../sources/content.ts';
import type { Directories } from '../names/directories.ts';
import type { LineBytes } from './line-bytes.ts';
import { offsetWindows } from './offset-windows.ts';
import type { Readers } from '../store/readers.ts';
import { recordOf } from '../rows/record-rows.ts';
import type { RecordRow } from '../rows/record-rows.ts';
import { RECORD_WINDOW_ROWS, recordReader } from './record-window.ts';
import type { RecordChunk } from './record-window.ts';

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
  const windows = offsetWindows(query, RECORD_WINDOW_ROWS, recordReader(parts.readers, parts.names, query), { ahead: false, signal });
  const ahead = parts.lines.readAhead();
  for await (const window of windows) {
    const end = Math.min(window.length, left);
    let at = 0;
    for (const group of byBytes(window.chunks)) {
      if (signal?.aborted === true) return;
      const first = at;
      yield await withContent(parts, group.slice(0, left), content, (index) => ahead.from(first + index, end, (row) => window.rangeAt(row)));
      left -= group.length;
      at += group.length;
      if (left <= 0) return;
    }
  }
}

export async function withContent(parts: StreamParts, rows: readonly RecordRow[], content: Content, ahead?: (index: number) => Promise<void>): Promise<LakeRecord[]> {
  const records = rows.map((row) => recordOf(row, parts.names));
  if (content === 'none') return records;
  if (content === 'raw') for (const record of records) record.raw = null;
  await parts.lines.visit(rows, (i, line) => {
    const record = records[i] as LakeRecord;
    if (content === 'raw') record.raw = rawOf(line);
    record.text = textOf(record.source, line, parts.adapterOptions);
  }, ahead);
  return records;
}

function* byBytes(chunks: readonly RecordChunk[]): Generator<RecordRow[]> {
  let group: RecordRow[] = [];
  let bytes = 0;
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.rows; at++) {
      const length = chunk.byteLength[at] as number;
      if (group.length > 0 && bytes + length > CONTENT_BYTES) {
        yield group;
        group = [];
        bytes = 0;
      }
      group.push(chunk.row(at));
      bytes += length;
    }
  }
  if (group.length > 0) yield group;
}
