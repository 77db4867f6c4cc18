// The lines of parts, taken out again in their files' order. A part that is asked for is read once into
// memory, and the last few are kept: whoever goes through one file of a part goes through its others next.

import { join } from 'node:path';
import { DuckDBBlobVector } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import { literal } from './scratch.ts';

const KEPT_PARTS = 3;
const CHUNK_BYTES = 4 * 1024 * 1024;
const NEWLINE = Buffer.from('\n');

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
  /** Tables by part, the one used longest ago first. */
  private readonly tables = new Map<string, string>();
  private made = 0;

  /** Keeps its tables in a database of the caller's, which is to be bounded in memory. */
  constructor(connection: DuckDBConnection, dir: string) {
    this.connection = connection;
    this.dir = dir;
  }

  /** The piece's lines, some MiB at a time. Throws where lines are missing. */
  async *runs({ part, fileId, from, to }: LinePiece): AsyncGenerator<LineRun> {
    const result = await this.connection.stream(
      `SELECT byte_offset::DOUBLE, line FROM ${await this.table(part)} WHERE file_id = ${literal(fileId)} AND byte_offset >= ${from} AND byte_offset < ${to} ORDER BY byte_offset`,
    );
    let held: Uint8Array[] = [];
    let firstByte = from;
    let next = from;
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) break;
      const offsets = chunk.getColumnVector(0);
      const lines = chunk.getColumnVector(1);
      if (!(lines instanceof DuckDBBlobVector)) throw new TypeError(`the part's lines read back as ${lines.type.toString()}`);
      for (let i = 0; i < chunk.rowCount; i++) {
        const line = lines.getItemBytes(i);
        if (line === null || Number(offsets.getItem(i)) !== next) throw new RangeError(`byte ${next} of ${fileId} is not in ${part}`);
        // The vector's memory is the next chunk's.
        held.push(Buffer.from(line), NEWLINE);
        next += line.length + 1;
        if (next - firstByte < CHUNK_BYTES) continue;
        yield { bytes: Buffer.concat(held), firstByte };
        held = [];
        firstByte = next;
      }
    }
    if (next !== to) throw new RangeError(`bytes ${next} to ${to} of ${fileId} are not in ${part}`);
    if (held.length > 0) yield { bytes: Buffer.concat(held), firstByte };
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
    const lines = async ({ part, fileId }: LinePiece): Promise<string> =>
      `(SELECT byte_offset, line FROM ${await this.table(part)} WHERE file_id = ${literal(fileId)} AND byte_offset >= ${from} AND byte_offset < ${to})`;
    const reader = await this.connection.runAndReadAll(`SELECT count(*)::INTEGER FROM ${await lines(a)} a FULL JOIN ${await lines(b)} b USING (byte_offset) WHERE a.line IS DISTINCT FROM b.line`);
    return reader.getRows()[0]?.[0] === 0;
  }

  private async lineEnd({ part, fileId, to: end }: LinePiece, at: number): Promise<number> {
    const reader = await this.connection.runAndReadAll(
      `SELECT min(byte_offset)::DOUBLE FROM ${await this.table(part)} WHERE file_id = ${literal(fileId)} AND byte_offset >= ${at}`,
    );
    const next = reader.getRows()[0]?.[0];
    return typeof next === 'number' ? Math.min(next, end) : end;
  }

  private async table(part: string): Promise<string> {
    const known = this.tables.get(part);
    const table = known ?? `lines_${++this.made}`;
    this.tables.delete(part);
    if (known === undefined) {
      const [oldest] = this.tables;
      if (this.tables.size >= KEPT_PARTS && oldest !== undefined) {
        this.tables.delete(oldest[0]);
        await this.connection.run(`DROP TABLE ${oldest[1]}`);
      }
      await this.connection.run(`CREATE TABLE ${table} AS SELECT file_id, byte_offset, coalesce(encode(raw), raw_bytes) AS line FROM read_parquet(${literal(join(this.dir, part))}, hive_partitioning = false)`);
    }
    this.tables.set(part, table);
    return table;
  }
}
