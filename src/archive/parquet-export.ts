// Records as one Parquet file, for an export. Memory is bounded whatever the number of records: they
// are written as pieces of a few MiB, and the pieces are streamed into the file at the end.

import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBAppender } from '@duckdb/node-api';
import type { Content, LakeRecord } from '../core/answers/record.ts';
import { createTableSql, exportColumns } from './columns.ts';
import type { Column } from './columns.ts';
import { RowWriter } from './row-writer.ts';
import { literal, openScratch } from './scratch.ts';
import type { Scratch } from './scratch.ts';

const MIB = 1024 * 1024;
/** Handing a piece to DuckDB holds the thread for about a millisecond a MiB. */
const PIECE_BYTES = 8 * MIB;
/** A row's bytes beside its text. */
const ROW_BYTES = 256;
/** A cap for the longest lines; usually a fifth of it is used. */
const MEMORY_LIMIT = '512MiB';
/** Of a row group, in memory. */
const GROUP_BYTES = 32 * MIB;
const FORMAT = 'FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 3, ROW_GROUP_SIZE 4096, USE_TMP_FILE false';

export interface ParquetExport {
  path: string;
  bytes: number;
  rows: number;
  /** Removes the file; may be called twice. */
  dispose(): Promise<void>;
}

export interface ParquetExportOptions {
  /** Stops between pieces; rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Which of `text` and `raw` are columns. Default: both. */
  content?: Content;
  pieceBytes?: number;
}

/** Writes below `tmpDir`, in a directory `export-…` of its own that is gone after `dispose` or a rejection. */
export async function exportParquet(records: AsyncIterable<readonly LakeRecord[]>, tmpDir: string, options: ParquetExportOptions = {}): Promise<ParquetExport> {
  await mkdir(tmpDir, { recursive: true });
  const directory = await mkdtemp(join(tmpDir, 'export-'));
  const dispose = (): Promise<void> => rm(directory, { recursive: true, force: true });
  const scratch = await openScratch(join(directory, 'spill'), MEMORY_LIMIT);
  try {
    const pieces = new Pieces(scratch, directory, options.content ?? 'raw');
    for await (const batch of records) {
      for (const record of batch) {
        await pieces.add(record, options.pieceBytes ?? PIECE_BYTES);
      }
      options.signal?.throwIfAborted();
    }
    const path = await pieces.join();
    return { path, bytes: (await stat(path)).size, rows: pieces.rows, dispose };
  } catch (error) {
    await dispose();
    throw error;
  } finally {
    scratch.close();
  }
}

class Pieces {
  rows = 0;
  private readonly scratch: Scratch;
  private readonly directory: string;
  private readonly content: Content;
  private readonly columns: readonly Column[];
  private readonly paths: string[] = [];
  private current: { appender: DuckDBAppender; writer: RowWriter; bytes: number } | undefined;

  constructor(scratch: Scratch, directory: string, content: Content) {
    this.scratch = scratch;
    this.directory = directory;
    this.content = content;
    this.columns = exportColumns(content);
  }

  async add(record: LakeRecord, pieceBytes: number): Promise<void> {
    this.current ??= await this.begin();
    writeRecord(this.current.writer, record, this.content);
    this.rows += 1;
    this.current.bytes += ROW_BYTES + (record.text?.length ?? 0) + (record.raw?.length ?? 0);
    if (this.current.bytes >= pieceBytes) await this.end();
  }

  /** The path of the whole. */
  async join(): Promise<string> {
    if (this.current !== undefined || this.paths.length === 0) await this.end();
    const target = join(this.directory, 'records.parquet');
    const [only] = this.paths;
    if (only !== undefined && this.paths.length === 1) {
      await rename(only, target);
      return target;
    }
    const list = this.paths.map(literal).join(', ');
    // A row group is held in memory until it is written, so long lines have to end one early; where the order is kept, DuckDB
    // counts rows alone. One thread that reads the pieces one after another keeps it as well.
    await this.scratch.connection.run('SET preserve_insertion_order = false');
    await this.scratch.connection.run(`COPY (FROM read_parquet([${list}])) TO ${literal(target)} (${FORMAT}, ROW_GROUP_SIZE_BYTES ${GROUP_BYTES})`);
    for (const path of this.paths) await rm(path);
    return target;
  }

  private async begin(): Promise<NonNullable<Pieces['current']>> {
    const { connection } = this.scratch;
    await connection.run(createTableSql('export_rows', this.columns));
    const appender = await connection.createAppender('export_rows');
    return { appender, writer: new RowWriter(appender, this.columns), bytes: 0 };
  }

  private async end(): Promise<void> {
    const { appender, writer } = this.current ?? (await this.begin());
    this.current = undefined;
    writer.flush();
    appender.closeSync();
    const path = join(this.directory, `piece-${this.paths.length}.parquet`);
    await this.scratch.connection.run(`COPY export_rows TO ${literal(path)} (${FORMAT})`);
    await this.scratch.connection.run('DROP TABLE export_rows');
    this.paths.push(path);
  }
}

function writeRecord(writer: RowWriter, record: LakeRecord, content: Content): void {
  writer.integer(Number(record.offset)).text(record.session_id).text(record.agent_id).text(record.source).text(record.project).text(record.file_id);
  writer.integer(record.line).integer(record.byte_offset).integer(record.byte_length);
  writer.time(record.ts === null ? Number.NaN : Date.parse(record.ts)).text(record.type).text(record.role);
  writer.text(record.uuid).text(record.parent_uuid).text(record.model);
  const { usage } = record;
  writer.integer(usage?.input_tokens ?? null).integer(usage?.output_tokens ?? null);
  writer.integer(usage?.cache_creation_input_tokens ?? null).integer(usage?.cache_read_input_tokens ?? null);
  writer.text(JSON.stringify(record.tools)).text(JSON.stringify(record.tool_results)).boolean(record.duplicate === true);
  if (content !== 'none') writer.text(record.text);
  if (content === 'raw') writer.text(record.raw ?? null);
  writer.endRow();
}
