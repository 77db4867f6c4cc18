// A real index in a folder of its own, written as the daemon writes it, with everything it publishes kept.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SourceFiles } from '../../../src/core/archive-port.ts';
import type { CommitOp } from '../../../src/core/commit-op.ts';
import type { CommitEvent, FeedRecord } from '../../../src/core/feed-record.ts';
import type { FileEntry } from '../../../src/core/file-entry.ts';
import type { Logger } from '../../../src/core/logger.ts';
import type { PriceBook } from '../../../src/core/price-book.ts';
import type { LakeRecord } from '../../../src/core/answers/record.ts';
import { Database } from '../../../src/index/store/database.ts';
import { queryRows } from '../../../src/index/store/query.ts';
import { IndexWriter } from '../../../src/index/writer/index-writer.ts';
import type { WriterOptions } from '../../../src/index/writer/index-writer.ts';
import { Lake } from '../../../src/index/lake.ts';
import { LakeVersions } from '../../../src/index/writer/lake-versions.ts';
import { ReaderPool } from '../../../src/index/store/reader-pool.ts';
import { Prices } from '../../../src/prices/prices.ts';

const quiet = (): void => undefined;
export const silentLogger: Logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };

const NOW_MS = Date.UTC(2026, 10, 20);
const IDLE_MS = 900_000;

export interface Published {
  prev: number;
  top: number;
  records: readonly FeedRecord[];
}

export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'index-test-'));
}

export function openDatabase(dir: string, { readOnly = false, logger = silentLogger } = {}): Promise<Database> {
  return Database.open({ path: join(dir, 'index.duckdb'), readOnly, memoryLimitBytes: 256 * 1024 * 1024, threads: 1, tempDir: join(dir, 'tmp'), logger });
}

export class TestIndex {
  readonly dir: string;
  readonly published: Published[] = [];
  /** Nothing can be read unless a test says where. */
  sources: SourceFiles = { open: async () => null };
  database!: Database;
  writer!: IndexWriter;
  readers!: ReaderPool;
  lake!: Lake;
  versions!: LakeVersions;

  private readonly prices: PriceBook;
  private readonly options: WriterOptions;

  private constructor(dir: string, prices: PriceBook, options: WriterOptions) {
    this.dir = dir;
    this.prices = prices;
    this.options = options;
  }

  static async open(dir: string = newFolder(), prices: PriceBook = new Prices(null), options: WriterOptions = {}): Promise<TestIndex> {
    const index = new TestIndex(dir, prices, options);
    await index.start();
    return index;
  }

  async restart(): Promise<void> {
    await this.close();
    await this.start();
  }

  /** As last committed. */
  async files(): Promise<FileEntry[]> {
    const files: FileEntry[] = [];
    await this.writer.files((file) => void files.push(file));
    return files;
  }

  async close(): Promise<void> {
    await this.readers.close();
    await this.writer.close();
    this.database.close();
  }

  async remove(): Promise<void> {
    await this.close();
    rmSync(this.dir, { recursive: true, force: true });
  }

  commit(ops: readonly CommitOp[]): Promise<void> {
    return this.writer.commit(ops);
  }

  rows<T extends object = Record<string, unknown>>(sql: string): Promise<T[]> {
    return this.writer.exclusively((connection) => queryRows<T>(connection, sql));
  }

  async count(table: string): Promise<number> {
    const [row] = await this.rows<{ n: number }>(`SELECT count(*)::DOUBLE AS n FROM ${table}`);
    return row?.n ?? 0;
  }

  /** Every record by the query layer, without content. */
  async records(duplicates = false): Promise<LakeRecord[]> {
    const records: LakeRecord[] = [];
    for await (const batch of this.lake.records({ filter: {}, after: 0, upto: this.lake.top(), duplicates }, 'none')) records.push(...batch);
    return records;
  }

  private async start(): Promise<void> {
    this.database = await openDatabase(this.dir);
    const versions = new LakeVersions({ epoch: this.database.epoch, sessions: () => this.writer.sessions, now: () => NOW_MS, idleMs: IDLE_MS });
    this.versions = versions;
    this.writer = new IndexWriter(this.database, (event) => this.keep(event), silentLogger, { ...this.options, versions });
    await this.writer.start();
    this.readers = new ReaderPool(this.database, { settle: () => this.writer.settle(), revive: () => this.writer.revive() });
    this.lake = this.newLake(this.versions);
  }

  /** Without `versions` it reads everything for each answer; `holds`: rows of sessions in memory; `rejectRows`: as the lake's. */
  newLake(versions?: LakeVersions, holds = true, rejectRows?: number): Lake {
    return new Lake({
      epoch: this.database.epoch, top: () => this.writer.top(), readers: this.readers, names: this.writer, sources: { open: (fileIx) => this.sources.open(fileIx) }, archiveDir: this.dir,
      adapterOptions: { jsonl: { id: null, time: null, type: null, session: null, text: null, parent: null } }, prices: async () => this.prices, now: () => NOW_MS, idleMs: IDLE_MS, ...(rejectRows !== undefined && { rejectRows }),
      ...(versions === undefined ? {} : { changes: versions.changes, pending: () => this.writer.pending(), ...(holds ? { versions } : {}) }),
    });
  }

  private keep({ prev, top, records }: CommitEvent): void {
    this.published.push({ prev, top, records: records() ?? [] });
  }
}
