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

/** Bytes of a file that are looked for: of the lines that begin in [from, to). */
export interface Span {
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

const LINE_COLUMNS = 'file_id, byte_offset::DOUBLE AS byte_at, coalesce(raw_bytes, encode(raw)) AS line';

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

  /** Whether these bytes were read already. */
  holds({ file, from, to }: Span): boolean {
    const kept = this.runs.get(file);
    return kept !== undefined && kept.from <= from && to <= kept.to;
  }

  /** Reads what is about to be asked for with one query and keeps it: at most one span a file. */
  async ahead(spans: readonly Span[]): Promise<void> {
    const wanted = spans.filter((span) => !this.holds(span));
    if (wanted.length === 0) return;
    const rows = await this.rowsOf(wanted, (parts) => joined(parts, wanted.map(({ file, from, to }) => `('${fileId(file)}', ${from}::BIGINT, ${to}::BIGINT)`), 'from_at, to_at', 'byte_offset >= from_at AND byte_offset < to_at'));
    const lines = linesByFile(rows ?? []);
    for (const { file, from, to } of wanted) this.runs.set(file, { from, to, lines: lines.get(fileId(file)) ?? new Map() });
  }

  /** The same of several files: where there are more than one, they are looked for together. */
  async readAll(files: ReadonlyMap<number, readonly LineRange[]>): Promise<Map<number, (Uint8Array | null)[]>> {
    const found = new Map<number, (Uint8Array | null)[]>();
    const wanted = new Map<number, readonly LineRange[]>();
    for (const [file, ranges] of files) {
      const kept = this.kept(spanOf(file, ranges), ranges);
      if (kept === null) wanted.set(file, ranges);
      found.set(file, ranges.map((range) => (kept === null ? null : partOf(kept, range))));
    }
    const [only] = wanted;
    if (only === undefined) return found;
    if (wanted.size === 1) return found.set(only[0], await this.read(...only));
    const lines = await this.queryAll(wanted);
    for (const [file, ranges] of wanted) {
      const own = lines.get(fileId(file));
      const read: (Uint8Array | null)[] = [];
      for (const range of ranges) read.push(own === undefined ? null : (partOf(own, range) ?? (await this.shared(file, range))));
      found.set(file, read);
    }
    return found;
  }

  /** One entry a range of this file; null where the line is in no part. */
  async read(file: number, ranges: readonly LineRange[]): Promise<(Uint8Array | null)[]> {
    const { from, to } = spanOf(file, ranges);
    const wanted = ranges.reduce((sum, range) => sum + range.byte_length, 0);
    const isSparse = to - from > wanted * SPARSE + AHEAD_BYTES && !this.holds({ file, from, to });
    const lines = isSparse ? await this.query(file, from, to, `byte_offset IN (${ranges.map((range) => range.byte_offset).join(',')})`) : await this.run(file, from, to, ranges);
    const found: (Uint8Array | null)[] = [];
    for (const range of ranges) found.push(lines === null ? null : (partOf(lines, range) ?? (await this.shared(file, range))));
    return found;
  }

  private kept(span: Span, ranges: readonly LineRange[]): Lines | null {
    const kept = this.runs.get(span.file);
    // What a kept run lacks may have been archived since.
    return kept !== undefined && this.holds(span) && ranges.every((range) => kept.lines.has(range.byte_offset)) ? kept.lines : null;
  }

  private async run(file: number, from: number, to: number, ranges: readonly LineRange[]): Promise<Lines | null> {
    const held = this.kept({ file, from, to }, ranges);
    if (held !== null) return held;
    const kept = this.runs.get(file);
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
    const rows = await this.rowsOf([{ file, from, to }], (parts) => `SELECT ${LINE_COLUMNS} FROM ${parts} WHERE file_id = '${fileId(file)}' AND ${condition} ${rest}`);
    return rows === null ? null : (linesByFile(rows).get(fileId(file)) ?? new Map<number, Uint8Array>());
  }

  /** By the id of the file; one that no line was found of is absent where no other was either. */
  private async queryAll(files: ReadonlyMap<number, readonly LineRange[]>): Promise<Map<string, Lines>> {
    const places = [...files].flatMap(([file, ranges]) => ranges.map((range) => `('${fileId(file)}', ${range.byte_offset}::BIGINT)`));
    const rows = await this.rowsOf([...files].map(([file, ranges]) => spanOf(file, ranges)), (parts) => joined(parts, [...new Set(places)], 'from_at', 'byte_offset = from_at'));
    if (rows === null) return new Map();
    const lines = linesByFile(rows);
    return new Map([...files.keys()].map((file) => [fileId(file), lines.get(fileId(file)) ?? new Map<number, Uint8Array>()]));
  }

  /** Null where no part has bytes of these. */
  private async rowsOf(spans: readonly Span[], statement: (parts: string) => string): Promise<LineRow[] | null> {
    let { parts, most } = await this.partsWith(spans);
    for (;;) {
      if (parts.length === 0) return null;
      try {
        return await this.parts.rows<LineRow>(statement(`read_parquet([${parts.join(',')}], hive_partitioning = false)`), most);
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

export function spanOf(file: number, ranges: readonly LineRange[]): Span {
  const from = ranges.reduce((least, range) => Math.min(least, range.byte_offset), Number.POSITIVE_INFINITY);
  return { file, from, to: ranges.reduce((most, range) => Math.max(most, range.byte_offset + range.byte_length), 0) + 1 };
}

/** `wanted`: rows of a file's id and these columns. A join passes over what lies outside of their ids, and costs the same for many of them. */
function joined(parts: string, wanted: readonly string[], columns: string, condition: string): string {
  return `SELECT ${LINE_COLUMNS} FROM ${parts} JOIN (VALUES ${wanted.join(',')}) w(wanted_id, ${columns}) ON file_id = wanted_id AND ${condition}`;
}

function linesByFile(rows: readonly LineRow[]): Map<string, Map<number, Uint8Array>> {
  const files = new Map<string, Map<number, Uint8Array>>();
  for (const row of rows) {
    const lines = files.get(row.file_id);
    if (lines === undefined) files.set(row.file_id, new Map([[row.byte_at, row.line.bytes]]));
    else lines.set(row.byte_at, row.line.bytes);
  }
  return files;
}
