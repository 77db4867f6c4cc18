// A lake small enough to see through: source files in a folder, scanned whole, with the manifest kept
// in memory. The archive under test is real, with its workers and its Parquet files.

import { closeSync, mkdirSync, mkdtempSync, openSync, appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBValue } from '@duckdb/node-api';
import { Archiver } from '../../src/archive/archiver.ts';
import type { ArchiverDeps } from '../../src/archive/archiver.ts';
import type { ArchivePartItem } from '../../src/core/answers/archive-part-item.ts';
import type { ArchiveManifest, ArchiveSegment, LineOffsets, ListedSegment, LongLine, LongLines, NewPart, SegmentsOf, SourceFiles } from '../../src/core/archive-port.ts';
import { completeLength } from '../../src/core/bytes/frame.ts';
import type { Logger } from '../../src/core/logger.ts';
import type { AdapterOptions } from '../../src/sources/adapter.ts';
import { scanSegment } from '../../src/sources/scan.ts';

const ADAPTER_OPTIONS: AdapterOptions = { jsonl: { id: null, time: null, type: null, session: null, text: null, parent: null } };
const LINE_MAX_BYTES = 1024 * 1024;
const quiet = (): void => undefined;
const silentLogger: Logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };

export interface TestFile {
  fileIx: number;
  source: string;
  month: string;
  root: string;
  path: string;
  /** What the index knows of it. */
  indexed: number;
  state: string;
  offsets: { byteOffset: number; offset: number; duplicate: boolean }[];
  lines: number;
  /** What the manifest has of it. */
  archived: { to: number; lines: number; state: string };
  /** Left out of parts. */
  longLines: LongLine[];
  quietSinceMs: number;
  /** Deleted, and not open any more. */
  gone: boolean;
  /** There, but it cannot be opened. */
  closed: boolean;
}

/** A part as the manifest lists it. */
export function itemOf({ id, path, source, month, rows, bytes, sourceBytes, sessions, sha256 }: NewPart): ArchivePartItem {
  return { id, path, source, month, rows, bytes, source_bytes: sourceBytes, sessions, sha256, created_at: '2026-11-20T00:00:00.000Z' };
}

export class TestLake implements ArchiveManifest, SourceFiles {
  readonly dir: string;
  readonly root: string;
  readonly archiveDir: string;
  readonly files: TestFile[] = [];
  readonly added: NewPart[] = [];
  /** Descriptors given out and not released. */
  openFiles = 0;
  /** Called before a part is listed; may throw. */
  beforeAdd: (part: NewPart) => void = () => undefined;
  afterAdd: (part: NewPart) => void = () => undefined;
  private readonly archivers: Archiver[] = [];
  private top = 0;

  constructor(dir: string = mkdtempSync(join(tmpdir(), 'archive-test-'))) {
    this.dir = dir;
    this.root = join(dir, 'logs');
    this.archiveDir = join(dir, 'archive');
  }

  write(name: string, content: string | Uint8Array, { source = 'jsonl', month = '2026-11' } = {}): TestFile {
    const path = join(this.root, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    const archived = { to: 0, lines: 0, state: '' };
    const file: TestFile = { fileIx: this.files.length + 1, source, month, root: this.root, path, indexed: 0, state: '', offsets: [], lines: 0, archived, longLines: [], quietSinceMs: 0, gone: false, closed: false };
    this.files.push(file);
    this.index(file);
    return file;
  }

  append(file: TestFile, content: string | Uint8Array): void {
    appendFileSync(file.path, content);
    this.index(file);
  }

  /** Reads on from where the index stopped, as the daemon would. */
  private index(file: TestFile): void {
    const bytes = readFileSync(file.path).subarray(file.indexed);
    const { root, path, source, state } = file;
    const scan = scanSegment({ source, options: ADAPTER_OPTIONS, bytes, firstByte: file.indexed, linesBefore: file.lines, path: { root, path }, state, lineMaxBytes: LINE_MAX_BYTES });
    const positions = [...scan.byteOffset, ...scan.rejects.map((reject) => reject.byteOffset)].sort((a, b) => a - b);
    for (const byteOffset of positions) file.offsets.push({ byteOffset, offset: ++this.top, duplicate: false });
    file.indexed += completeLength(bytes);
    file.lines += scan.lines;
    file.state = scan.state;
  }

  async due(quietSinceMs: number, all: boolean, lost: ReadonlySet<number> = new Set()): Promise<ArchiveSegment[]> {
    return this.files
      .filter((file) => file.indexed > file.archived.to && !(file.gone && lost.has(file.fileIx)) && (all || file.quietSinceMs <= quietSinceMs))
      .map(({ fileIx, source, root, path, month, gone, archived, indexed, longLines }) => ({
        fileIx, fileId: `f${fileIx}`, source, project: 'a project', root, path, generation: 0, birthMs: 0, gone, month,
        from: archived.to, to: indexed, longLines: longLines.filter(({ from }) => from >= archived.to), linesBefore: archived.lines, adapterState: archived.state,
      }));
  }

  async longLines(): Promise<LongLines[]> {
    return this.files.filter(({ longLines }) => longLines.length > 0).map(({ fileIx, path, gone, longLines }) => ({ fileIx, path, gone, lines: longLines }));
  }

  async sidecars(): Promise<[]> {
    return [];
  }

  async lineOffsets(fileIx: number, from: number, to: number): Promise<LineOffsets> {
    const rows = this.file(fileIx).offsets.filter(({ byteOffset }) => byteOffset >= from && byteOffset < to);
    return {
      byteOffset: Float64Array.from(rows, (row) => row.byteOffset),
      offset: Float64Array.from(rows, (row) => row.offset),
      duplicate: Uint8Array.from(rows, (row) => Number(row.duplicate)),
    };
  }

  async add(part: NewPart, replaced: readonly string[] = []): Promise<void> {
    this.beforeAdd(part);
    if (replaced.length > 0) {
      this.added.splice(0, this.added.length, ...this.added.filter(({ id }) => !replaced.includes(id)), part);
      this.afterAdd(part);
      return;
    }
    this.added.push(part);
    for (const { fileIx, from, to, lines, adapterState } of part.segments) {
      const { archived, longLines } = this.file(fileIx);
      const leftOut = longLines.filter((line) => line.from >= archived.to && line.to <= from);
      if (archived.to + leftOut.reduce((sum, line) => sum + line.to - line.from, 0) !== from) throw new Error(`bytes ${from} to ${to} of file ${fileIx} do not follow ${archived.to}`);
      this.file(fileIx).archived = { to, lines: archived.lines + leftOut.length + lines, state: adapterState };
    }
    this.afterAdd(part);
  }

  async segments(of: SegmentsOf): Promise<ListedSegment[]> {
    return this.added
      .flatMap(({ id: partId, segments }) => segments.map((segment) => ({ ...segment, partId, root: this.root })))
      .filter(({ partId, fileIx }) => of === 'all' || ('fileIx' in of ? fileIx === of.fileIx : of.parts.includes(partId)))
      .toSorted((a, b) => a.fileIx - b.fileIx || a.from - b.from);
  }

  async parts(): Promise<ArchivePartItem[]> {
    return this.added.map(itemOf);
  }

  async open(fileIx: number): Promise<{ fd: number; release: () => void } | null> {
    const file = this.file(fileIx);
    if (file.gone || file.closed) return null;
    const fd = openSync(file.path, 'r');
    this.openFiles += 1;
    return {
      fd,
      release: () => {
        this.openFiles -= 1;
        closeSync(fd);
      },
    };
  }

  archiver(changes: Partial<ArchiverDeps> = {}): Archiver {
    const archiver = new Archiver({
      manifest: this, sources: this, dir: this.archiveDir, idleMs: 1000, options: ADAPTER_OPTIONS, lineMaxBytes: LINE_MAX_BYTES,
      workerThreads: 2, minFreeBytes: 0, clock: { now: () => Date.now() }, logger: silentLogger, onLoss: quiet, onLongLines: quiet, ...changes,
    });
    this.archivers.push(archiver);
    return archiver;
  }

  partPaths(): string[] {
    return this.added.map((part) => join(this.archiveDir, part.path));
  }

  /** With its archivers closed. */
  async remove(): Promise<void> {
    for (const archiver of this.archivers) await archiver.close();
    rmSync(this.dir, { recursive: true, force: true });
  }

  private file(fileIx: number): TestFile {
    const file = this.files[fileIx - 1];
    if (file === undefined) throw new Error(`no file ${fileIx}`);
    return file;
  }
}

export type Row = Record<string, DuckDBValue>;

/** Asks DuckDB; `sql` may use `parts`, all parts of the archive as one Hive-partitioned table. */
export async function query(archiveDir: string, sql: string): Promise<Row[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    await connection.run(`CREATE VIEW parts AS FROM read_parquet('${archiveDir}/**/*.parquet', hive_partitioning = true)`);
    return (await connection.runAndReadAll(sql)).getRowObjects();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** Each archived file's bytes, put together from the parts alone, by file id. */
export async function restoredFiles(archiveDir: string): Promise<Map<string, Buffer>> {
  const rows = await query(archiveDir, 'SELECT file_id, coalesce(encode(raw), raw_bytes) AS bytes FROM parts ORDER BY file_id, line');
  const files = new Map<string, Buffer[]>();
  for (const { file_id: id, bytes } of rows) {
    const lines = files.get(String(id)) ?? [];
    files.set(String(id), lines);
    lines.push(Buffer.from((bytes as { bytes: Uint8Array }).bytes), Buffer.from('\n'));
  }
  return new Map([...files].map(([id, lines]) => [id, Buffer.concat(lines)]));
}
