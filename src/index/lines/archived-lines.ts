// Lines from the archive, for files that are gone from their source. Opening a part and finding a line in it
// costs far more than the line, so lines are read a good piece ahead and the last pieces are kept: whoever goes
// through a file asks for its lines in order. A line that was archived never changes.

import { LRUCache } from 'lru-cache';
import { fileId } from '../../core/file-entry.ts';
import type { LineRange } from './line-range.ts';
import { PartRows } from './part-rows.ts';
import type { Readers } from '../store/readers.ts';

const AHEAD_BYTES = 1024 * 1024;
/** Where what was read before is gone on from: each time the part is unpacked again, which may be 64 MiB. */
const FURTHER_AHEAD_BYTES = 8 * 1024 * 1024;
const KEPT_BYTES = 16 * 1024 * 1024;
/** Lines that are fewer than one in so many bytes of their span are asked for one by one. */
const SPARSE = 8;

/** Lines by the position of their first byte. */
type Lines = ReadonlyMap<number, Uint8Array>;

/** Every archived line that begins in [from, to). */
interface Run {
  from: number;
  to: number;
  lines: Lines;
}

/** Bytes of a file that are looked for. */
interface Span {
  file: number;
  from: number;
  to: number;
}

interface LineRow {
  file_id: string;
  byte_at: number;
  /** As bytes also where it is text: a text that begins with a byte order mark would come without it. */
  line: { bytes: Uint8Array };
}

export class ArchivedLines {
  private readonly readers: Readers;
  private readonly parts: PartRows;
  private readonly dir: string;
  private readonly runs = new LRUCache<number, Run>({ maxSize: KEPT_BYTES, maxEntrySize: KEPT_BYTES, sizeCalculation: ({ from, to }) => to - from });

  constructor(readers: Readers, dir: string) {
    this.readers = readers;
    this.parts = new PartRows(readers);
    this.dir = dir;
  }

  /** The same of several files: where there are more than one, they are looked for together. */
  async readAll(files: ReadonlyMap<number, readonly LineRange[]>): Promise<Map<number, (Uint8Array | null)[]>> {
    const [only] = files;
    if (only === undefined) return new Map();
    if (files.size === 1) return new Map([[only[0], await this.read(...only)]]);
    const lines = await this.queryAll(files);
    const found = new Map<number, (Uint8Array | null)[]>();
    for (const [file, ranges] of files) {
      const own = lines.get(file);
      const read: (Uint8Array | null)[] = [];
      for (const range of ranges) read.push(own === undefined ? null : (partOf(own, range) ?? (await this.shared(file, range))));
      found.set(file, read);
    }
    return found;
  }

  /** One entry a range of this file; null where the line is in no part. */
  async read(file: number, ranges: readonly LineRange[]): Promise<(Uint8Array | null)[]> {
    const from = ranges.reduce((least, range) => Math.min(least, range.byte_offset), Number.POSITIVE_INFINITY);
    const to = ranges.reduce((most, range) => Math.max(most, range.byte_offset + range.byte_length), 0) + 1;
    const wanted = ranges.reduce((sum, range) => sum + range.byte_length, 0);
    const isSparse = to - from > wanted * SPARSE + AHEAD_BYTES;
    const lines = isSparse ? await this.query(file, from, to, `byte_offset IN (${ranges.map((range) => range.byte_offset).join(',')})`) : await this.run(file, from, to, ranges);
    const found: (Uint8Array | null)[] = [];
    for (const range of ranges) found.push(lines === null ? null : (partOf(lines, range) ?? (await this.shared(file, range))));
    return found;
  }

  private async run(file: number, from: number, to: number, ranges: readonly LineRange[]): Promise<Lines | null> {
    const kept = this.runs.get(file);
    // What a kept run lacks may have been archived since.
    if (kept !== undefined && kept.from <= from && to <= kept.to && ranges.every((range) => kept.lines.has(range.byte_offset))) return kept.lines;
    const goesOn = kept !== undefined && kept.from < from && from <= kept.to;
    const end = Math.max(to, from + (goesOn ? FURTHER_AHEAD_BYTES : AHEAD_BYTES));
    const lines = await this.query(file, from, end, `byte_offset >= ${from} AND byte_offset < ${end}`);
    if (lines !== null) this.runs.set(file, { from, to: end, lines });
    return lines;
  }

  /** A record that shares its line with others, where that line begins before all that was asked for. */
  private async shared(file: number, range: LineRange): Promise<Uint8Array | null> {
    const { byte_offset: at } = range;
    const lines = await this.query(file, at, at + 1, `byte_offset <= ${at}`, 'ORDER BY byte_offset DESC LIMIT 1');
    return lines === null ? null : partOf(lines, range);
  }

  /** Null where no part has bytes of this range. */
  private async query(file: number, from: number, to: number, condition: string, rest = ''): Promise<Lines | null> {
    const rows = await this.rowsOf([{ file, from, to }], `file_id = '${fileId(file)}' AND ${condition} ${rest}`);
    return rows === null ? null : new Map(rows.map((row) => [row.byte_at, row.line.bytes]));
  }

  /** By file; one that no part has bytes of is absent. */
  private async queryAll(files: ReadonlyMap<number, readonly LineRange[]>): Promise<Map<number, Map<number, Uint8Array>>> {
    const spans = [...files].map(([file, ranges]): Span => ({ file, from: Math.min(...ranges.map((range) => range.byte_offset)), to: Math.max(...ranges.map((range) => range.byte_offset + range.byte_length)) + 1 }));
    const ids = new Map(spans.map(({ file }) => [fileId(file), file]));
    const starts = new Set([...files.values()].flat().map((range) => range.byte_offset));
    const rows = await this.rowsOf(spans, `file_id IN (${[...ids.keys()].map((id) => `'${id}'`).join(',')}) AND byte_offset IN (${[...starts].join(',')})`);
    const found = new Map<number, Map<number, Uint8Array>>();
    if (rows === null) return found;
    for (const { file } of spans) found.set(file, new Map());
    for (const row of rows) found.get(ids.get(row.file_id) as number)?.set(row.byte_at, row.line.bytes);
    return found;
  }

  /** Null where no part has bytes of these. */
  private async rowsOf(spans: readonly Span[], condition: string): Promise<LineRow[] | null> {
    let { parts, most } = await this.partsWith(spans);
    for (;;) {
      if (parts.length === 0) return null;
      try {
        return await this.parts.rows<LineRow>(`SELECT file_id, byte_offset::DOUBLE AS byte_at, coalesce(raw_bytes, encode(raw)) AS line FROM read_parquet([${parts.join(',')}], hive_partitioning = false) WHERE ${condition}`, most);
      } catch (error) {
        // A compaction may have put another part in their place meanwhile.
        const now = await this.partsWith(spans);
        if (now.parts.join() === parts.join()) throw error;
        ({ parts, most } = now);
      }
    }
  }

  /** Their paths, as SQL, and how much of logs is in the largest one. */
  private async partsWith(spans: readonly Span[]): Promise<{ parts: string[]; most: number }> {
    const wanted = spans.map(({ file, from, to }) => `(${file}, ${from}::BIGINT, ${to}::BIGINT)`).join(',');
    const parts = await this.readers.rows<{ path: string; size: number }>(
      `SELECT DISTINCT p.path, p.source_bytes::DOUBLE AS size FROM archive_segments s JOIN archive_parts p USING (part_id) JOIN (VALUES ${wanted}) w(file_ix, from_at, to_at) ON s.file_ix = w.file_ix AND s.from_byte < w.to_at AND s.to_byte > w.from_at ORDER BY p.path`,
    );
    return { parts: parts.map((part) => `'${`${this.dir}/${part.path}`.replaceAll("'", "''")}'`), most: Math.max(0, ...parts.map(({ size }) => size)) };
  }
}

function partOf(lines: Lines, range: LineRange): Uint8Array | null {
  const { byte_offset: at, byte_length: length } = range;
  const exact = lines.get(at);
  if (exact !== undefined) return exact.subarray(0, length);
  for (const [start, line] of lines) {
    if (start < at && at + length <= start + line.length) return line.subarray(at - start, at - start + length);
  }
  return null;
}
