// Memory that work left behind goes back to the system: after each bulk of lines that was read in, now and then
// while there is work, and when nothing happens any more.
//
// Rows that are only in DuckDB's log are also in memory, a block a column however few they are, some 35 MiB over
// all tables; a checkpoint writes them into the file. What threads freed stays with the C library until
// somebody trims it.

import { statSync } from 'node:fs';
import type { DuckDBConnection } from '@duckdb/node-api';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Database } from '../index/store/database.ts';
import type { IndexWriter } from '../index/writer/index-writer.ts';
import { growSparingly, releaseSpareMemory } from './spare-memory.ts';
import { boundYoungGeneration } from './young-generation.ts';

/** Source bytes that leave enough behind. */
const BULK_BYTES = 64 * 1024 * 1024;
/** Of these, what is read in outgrows what DuckDB may otherwise take. */
const LARGE_BULK_BYTES = 1024 * 1024 * 1024;
/** Rows of a log smaller than this hold too little memory to be worth a checkpoint. */
const LOG_SPARE_BYTES = 64 * 1024;

/** What threads freed meanwhile is some thirty MiB of a busy daemon; to give it back takes ten milliseconds of another thread. */
const TRIM_EVERY_MS = 10_000;

export interface ReliefParts {
  writer: IndexWriter;
  database: Database;
  /** What DuckDB may take while a large bulk is read in; otherwise what it was opened with. */
  bulkMemoryBytes: number;
  /** Source bytes that were committed so far. */
  bytes: () => number;
  /** Never resolves where nothing is done afterwards. */
  caughtUp: () => Promise<void>;
  logger: Logger;
}

export class Relief {
  private readonly parts: ReliefParts;
  private bytesBefore = 0;
  private isDue = false;
  private isLarge = false;
  private trimmedMs = performance.now();
  private closed = false;

  constructor(parts: ReliefParts) {
    this.parts = parts;
  }

  /** Something was committed. Cheap. */
  committed(): void {
    const { bytes, caughtUp } = this.parts;
    const bulk = bytes() - this.bytesBefore;
    if (!this.isLarge && bulk >= LARGE_BULK_BYTES) {
      this.isLarge = true;
      void this.giveBack((work) => this.withConnection(work));
    }
    if (this.isDue || bulk < BULK_BYTES) return;
    this.isDue = true;
    void caughtUp().then(() => this.afterBulk());
  }

  /** Something was committed or asked. Cheap. */
  stirred(): void {
    boundYoungGeneration();
    const now = performance.now();
    if (this.closed || now - this.trimmedMs < TRIM_EVERY_MS) return;
    this.trimmedMs = now;
    void this.giveBack((work) => this.withConnection(work));
  }

  /** Nobody asks for anything: the heap can be collected whole. */
  async atRest(): Promise<void> {
    // Results of DuckDB are freed by the collection.
    await releaseSpareMemory();
    growSparingly();
    await this.relieve();
  }

  close(): void {
    this.closed = true;
  }

  /** Whoever asks meanwhile is answered. */
  private async afterBulk(): Promise<void> {
    this.bytesBefore = this.parts.bytes();
    this.isLarge = false;
    growSparingly();
    await this.relieve();
    this.isDue = false;
  }

  private relieve(): Promise<void> {
    const { writer, database } = this.parts;
    return this.giveBack((work) => writer.exclusively(async (connection) => {
      const log = statSync(`${database.path}.wal`, { throwIfNoEntry: false });
      if ((log?.size ?? 0) > LOG_SPARE_BYTES) await connection.run('CHECKPOINT');
      await work(connection);
    }, 'nothing'));
  }

  private async giveBack(connected: (work: Work) => Promise<void>): Promise<void> {
    if (this.closed) return;
    try {
      await connected((connection) => this.parts.database.giveBack(connection, this.isLarge ? this.parts.bulkMemoryBytes : undefined));
    } catch (error) {
      this.parts.logger.warn({ reason: messageOf(error) }, 'memory that is not needed could not be given back');
    }
  }

  private async withConnection(work: Work): Promise<void> {
    const connection = await this.parts.database.connect();
    try {
      await work(connection);
    } finally {
      connection.closeSync();
    }
  }
}

type Work = (connection: DuckDBConnection) => Promise<void>;
