// One segment's lines as rows: the scan's columns, the lake's offsets and the bytes themselves. Every
// line gives one row, whatever the scan made of it, so that the rows of a file are the file.

import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { LineOffsets } from '../core/archive-port.ts';
import { eachLine } from '../core/bytes/frame.ts';
import { getId } from '../core/id-bytes.ts';
import { FLAG, USAGE, USAGE_WIDTH } from '../core/scan-batch.ts';
import type { RejectedLine, ScanBatch } from '../core/scan-batch.ts';
import { textAt } from '../core/bytes/text-column.ts';
import { scanSegment } from '../sources/scan.ts';
import type { ConvertJob, ConvertSegment } from './convert-job.ts';
import { eachChunk } from './line-chunks.ts';
import type { RowWriter } from './row-writer.ts';

export interface WrittenSegment {
  lines: number;
  adapterState: string;
  sessions: Set<string>;
  unindexed: number;
  /** Over the source's bytes, newlines included. */
  sha256: string;
}

/** A line within its chunk; `end` excludes the newline. */
interface Line {
  number: number;
  start: number;
  end: number;
  firstByte: number;
}

/** Throws where the bytes cannot be read or are not whole lines; rows already written are the caller's to drop. */
export function writeSegment(writer: RowWriter, segment: ConvertSegment, job: Pick<ConvertJob, 'options' | 'lineMaxBytes'>): WrittenSegment {
  const { source, root, path } = segment;
  const rows = new SegmentRows(writer, segment);
  const hash = createHash('sha256');
  let state = segment.adapterState;
  let lines = 0;
  eachChunk(segment.fd, segment.from, segment.to, (bytes, firstByte) => {
    hash.update(bytes);
    const linesBefore = segment.linesBefore + lines;
    const scan = scanSegment({ source, options: job.options, bytes, firstByte, linesBefore, path: { root, path }, state, lineMaxBytes: job.lineMaxBytes });
    rows.write(bytes, firstByte, linesBefore, scan);
    state = scan.state;
    lines += scan.lines;
  });
  return { lines, adapterState: state, sessions: rows.sessions, unindexed: rows.unindexed, sha256: hash.digest('hex') };
}

class SegmentRows {
  readonly sessions = new Set<string>();
  unindexed = 0;
  private readonly writer: RowWriter;
  private readonly offsets: LineOffsets;
  private readonly file: { project: Uint8Array; id: Uint8Array; path: Uint8Array; generation: number };
  /** The next entry of `offsets`, which is in file order like the lines. */
  private nextOffset = 0;

  constructor(writer: RowWriter, segment: ConvertSegment) {
    this.writer = writer;
    this.offsets = segment.offsets;
    this.file = { project: utf8(segment.project), id: utf8(segment.fileId), path: utf8(segment.path), generation: segment.generation };
  }

  write(bytes: Uint8Array, firstByte: number, linesBefore: number, scan: ScanBatch): void {
    const strings = new Strings(scan.strings);
    const allText = isUtf8(bytes);
    let row = 0;
    let reject = 0;
    let number = linesBefore;
    eachLine(bytes, (start, end) => {
      const line = { number: ++number, start, end, firstByte };
      const next = firstByte + end + 1;
      // Of records that share a line the first stands for it; a rejected piece only where there is no record.
      const firstRow = row;
      const firstReject = reject;
      while (row < scan.rows && at(scan.byteOffset, row) < next) row += 1;
      while (reject < scan.rejects.length && (scan.rejects[reject] as RejectedLine).byteOffset < next) reject += 1;
      if (firstRow < row) this.writeRecord(line, strings, scan, firstRow);
      else this.writeRejected(line, strings, scan, firstReject < reject ? (scan.rejects[firstReject] as RejectedLine) : null);
      this.writeRaw(bytes.subarray(start, end), allText);
    });
  }

  private writeRecord(line: Line, strings: Strings, scan: ScanBatch, row: number): void {
    const session = at(scan.session, row);
    this.sessions.add(scan.strings[session] as string);
    const { offset, duplicate } = this.lakeOffset(at(scan.byteOffset, row));
    this.writer.integer(offset).bytes(strings.bytes(session)).bytes(strings.bytes(at(scan.agent, row)));
    this.writePlace(line);
    this.writer.time(at(scan.ts, row)).bytes(strings.bytes(at(scan.type, row))).bytes(strings.bytes(at(scan.role, row)));
    this.writer.text(getId(scan.uuid, row)).text(getId(scan.parent, row)).bytes(strings.bytes(at(scan.model, row)));
    const hasUsage = (at(scan.flags, row) & FLAG.hasUsage) !== 0;
    for (const field of [USAGE.input, USAGE.output, USAGE.cacheCreation, USAGE.cacheRead]) {
      this.writer.integer(hasUsage ? at(scan.usage, row * USAGE_WIDTH + field) : null);
    }
    this.writer.text(textAt(scan.tools, row) ?? null).text(textAt(scan.toolResults, row) ?? null).boolean(duplicate).text(null);
  }

  private writeRejected(line: Line, strings: Strings, scan: ScanBatch, reject: RejectedLine | null): void {
    if (reject !== null) this.sessions.add(scan.strings[reject.session] as string);
    const { offset, duplicate } = this.lakeOffset(reject?.byteOffset ?? line.firstByte + line.start);
    this.writer.integer(offset).bytes(strings.bytes(reject?.session ?? -1)).text(null);
    this.writePlace(line);
    this.writer.time(Number.NaN);
    for (let i = 0; i < 5; i++) this.writer.text(null);
    for (let i = 0; i < 4; i++) this.writer.integer(null);
    this.writer.text(null).text(null).boolean(duplicate).text(reject?.reason ?? null);
  }

  private writePlace(line: Line): void {
    const { project, id, path, generation } = this.file;
    this.writer.bytes(project).bytes(id).bytes(path).integer(generation);
    this.writer.integer(line.number).integer(line.firstByte + line.start).integer(line.end - line.start);
  }

  private writeRaw(bytes: Uint8Array, allText: boolean): void {
    const isText = allText || isUtf8(bytes);
    this.writer.bytes(isText ? bytes : null).bytes(isText ? null : bytes).endRow();
  }

  private lakeOffset(byteOffset: number): { offset: number | null; duplicate: boolean } {
    const { offsets } = this;
    while (this.nextOffset < offsets.byteOffset.length && at(offsets.byteOffset, this.nextOffset) < byteOffset) this.nextOffset += 1;
    if (offsets.byteOffset[this.nextOffset] !== byteOffset) {
      this.unindexed += 1;
      return { offset: null, duplicate: false };
    }
    return { offset: at(offsets.offset, this.nextOffset), duplicate: at(offsets.duplicate, this.nextOffset) !== 0 };
  }
}

/** A batch's dictionary as UTF-8, each string encoded once. */
class Strings {
  private readonly texts: readonly string[];
  private readonly encoded: Uint8Array[] = [];

  constructor(texts: readonly string[]) {
    this.texts = texts;
  }

  /** -1 is none. */
  bytes(code: number): Uint8Array | null {
    if (code < 0) return null;
    return (this.encoded[code] ??= utf8(this.texts[code] as string));
  }
}

function utf8(text: string): Uint8Array {
  return Buffer.from(text, 'utf8');
}

function at(column: { readonly [index: number]: number }, index: number): number {
  return column[index] as number;
}
