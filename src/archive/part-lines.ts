// The lines of parts, taken out again in their files' order. A part that is asked for is read into memory, and
// some MiB of parts are kept: whoever goes through one file of a part goes through its others next, and a file
// that grew for long is in many small parts.

import { join } from 'node:path';
import { DuckDBBlobVector } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import { literal } from './scratch.ts';

const KEPT_BYTES = 64 * 1024 * 1024;
const CHUNK_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;

/** A piece of a file as it lies in a part: whole lines. */
export interface LinePiece {
  /** The part's path, relative to the archive directory. */
  part: string;
  /** The file's name in the part. */
  fileId: string;
  from: number;
  to: number;
}

export interface LineRun {
  /** Whole lines with their newlines. */
  bytes: Buffer;
  firstByte: number;
}

export class PartLines {
  private readonly connection: DuckDBConnection;
  private readonly dir: string;
  /** Parts in memory, the one used longest ago first. */
  private readonly held = new Map<string, { table: string; bytes: number }>();
  private made = 0;

  /** Keeps its tables in a database of the caller's, which is to be bounded in memory. Lines are read one after the other. */
  constructor(connection: DuckDBConnection, dir: string) {
    this.connection = connection;
    this.dir = dir;
  }

  /** The piece's lines, some MiB at a time. Throws where lines are missing. */
  async *runs({ part, fileId, from, to }: LinePiece): AsyncGenerator<LineRun> {
    // Rows lie in the order of their file and come so; sorting them would cost their bytes once more.
    const result = await this.connection.stream(`SELECT byte_offset::DOUBLE, line FROM ${await this.hold(part)} WHERE file_id = ${literal(fileId)} AND byte_offset >= ${from} AND byte_offset < ${to}`);
    let run = new Run(from, to);
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) break;
      const offsets = chunk.getColumnVector(0);
      const lines = chunk.getColumnVector(1);
      if (!(lines instanceof DuckDBBlobVector)) throw new TypeError(`the part's lines read back as ${lines.type.toString()}`);
      for (let i = 0; i < chunk.rowCount; i++) {
        const line = lines.getItemBytes(i);
        if (line === null || Number(offsets.getItem(i)) !== run.next) throw new RangeError(`byte ${run.next} of ${fileId} is not in ${part}`);
        if (!run.hasRoomFor(line)) {
          if (run.next > run.firstByte) yield run.take();
          run = new Run(run.next, to, line.length + 1);
        }
        run.add(line);
      }
    }
    if (run.next !== to) throw new RangeError(`bytes ${run.next} to ${to} of ${fileId} are not in ${part}`);
    if (run.next > run.firstByte) yield run.take();
  }

  /** Bytes [from, to) of the file; null where the piece does not have all of them. */
  async range(piece: LinePiece, from: number, to: number): Promise<Buffer | null> {
    if (from < piece.from || to > piece.to) return null;
    const found: Buffer[] = [];
    let at = 0;
    for await (const { bytes, firstByte } of this.runs({ ...piece, to: await this.lineEnd(piece, to) })) {
      if (firstByte + bytes.length <= from) continue;
      if (found.length === 0) at = firstByte;
      found.push(bytes);
    }
    return Buffer.concat(found).subarray(from - at, to - at);
  }

  /** Whether both have the same lines from byte `from` to `to`. */
  async agree(a: LinePiece, b: LinePiece, from: number, to: number): Promise<boolean> {
    const lines = ({ part, fileId }: LinePiece): string => `(${this.select(part)} WHERE file_id = ${literal(fileId)} AND byte_offset >= ${from} AND byte_offset < ${to})`;
    const reader = await this.connection.runAndReadAll(`SELECT count(*)::INTEGER FROM ${lines(a)} a FULL JOIN ${lines(b)} b USING (byte_offset) WHERE a.line IS DISTINCT FROM b.line`);
    return reader.getRows()[0]?.[0] === 0;
  }

  private async lineEnd({ part, fileId, to: end }: LinePiece, at: number): Promise<number> {
    const reader = await this.connection.runAndReadAll(`SELECT min(byte_offset)::DOUBLE FROM ${await this.hold(part)} WHERE file_id = ${literal(fileId)} AND byte_offset >= ${at}`);
    const next = reader.getRows()[0]?.[0];
    return typeof next === 'number' ? Math.min(next, end) : end;
  }

  /** Its table. */
  private async hold(part: string): Promise<string> {
    const known = this.held.get(part);
    if (known !== undefined) {
      this.held.delete(part);
      this.held.set(part, known);
      return known.table;
    }
    const table = `part_lines_${++this.made}`;
    await this.connection.run(`CREATE TABLE ${table} AS ${this.select(part)}`);
    const reader = await this.connection.runAndReadAll(`SELECT coalesce(sum(octet_length(line)), 0)::DOUBLE FROM ${table}`);
    this.held.set(part, { table, bytes: Number(reader.getRows()[0]?.[0] ?? 0) });
    let bytes = 0;
    for (const [other, kept] of [...this.held].toReversed()) {
      bytes += kept.bytes;
      if (bytes <= KEPT_BYTES || other === part) continue;
      this.held.delete(other);
      await this.connection.run(`DROP TABLE ${kept.table}`);
    }
    return table;
  }

  private select(part: string): string {
    return `SELECT file_id, byte_offset, coalesce(encode(raw), raw_bytes) AS line FROM read_parquet(${literal(join(this.dir, part))}, hive_partitioning = false)`;
  }
}

/** A run as it grows, in a buffer of its own: whoever gets it may keep it. */
class Run {
  readonly firstByte: number;
  private readonly buffer: Buffer;
  private length = 0;

  constructor(firstByte: number, end: number, minBytes = 0) {
    this.firstByte = firstByte;
    this.buffer = Buffer.allocUnsafeSlow(Math.max(minBytes, Math.min(CHUNK_BYTES, end - firstByte)));
  }

  /** The position behind it in the file. */
  get next(): number {
    return this.firstByte + this.length;
  }

  hasRoomFor(line: Uint8Array): boolean {
    return this.length === 0 ? this.buffer.length > line.length : this.length + line.length < this.buffer.length;
  }

  add(line: Uint8Array): void {
    this.buffer.set(line, this.length);
    this.length += line.length;
    this.buffer[this.length++] = NEWLINE;
  }

  take(): LineRun {
    return { bytes: this.buffer.subarray(0, this.length), firstByte: this.firstByte };
  }
}
