// The one writer. A commit stores rows, facts, sums and file offsets in one transaction, and is
// published only once it is durable. A COMMIT that fails says nothing about durability, so after any
// error the state is read back from the file, and what turns out to be stored is published after all.

import type { DuckDBConnection } from '@duckdb/node-api';
import type { CommitOp, CommitSink } from '../core/commit-op.ts';
import { LakeError, messageOf } from '../core/errors.ts';
import type { CommitEvent, FeedRecord } from '../core/feed-record.ts';
import type { FileEntry } from '../core/file-entry.ts';
import type { Logger } from '../core/logger.ts';
import type { Service } from '../core/service.ts';
import { CallLedger } from './call-ledger.ts';
import { CommitRows } from './commit-rows.ts';
import { compact } from './compaction.ts';
import { isFatal, queryRows } from './database.ts';
import type { Database } from './database.ts';
import { AgentDirectory, SessionDirectory, StringDirectory } from './directories.ts';
import { feedRecords } from './feed-records.ts';
import { originOf, readFiles, readOrigins, storeOrigin } from './file-rows.ts';
import { SeenIds } from './seen-ids.ts';
import { TableWriters } from './table-writers.ts';

export type PublishCommit = (event: CommitEvent) => void;

/** Superseded rows that are worth a compaction. */
const COMPACT_AFTER_ROWS = 20_000;

export class IndexWriter implements CommitSink, Service {
  readonly strings = new StringDirectory();
  readonly sessions = new SessionDirectory();
  readonly agents = new AgentDirectory();
  /** Grows with every write. */
  revision = 0;
  private readonly database: Database;
  private readonly logger: Logger;
  private readonly publish: PublishCommit;
  private readonly seen = new SeenIds();
  private readonly calls = new CallLedger({
    session: (ix) => this.sessions.at(ix)?.id ?? '',
    agent: (ix) => this.agents.idOf(ix) ?? '',
    model: (ix) => this.strings.valueOf(ix) ?? '',
  });
  private connection: DuckDBConnection | null = null;
  private tables: TableWriters | null = null;
  private seq = 0;
  private lastOffset = 0;
  private committedSessions = 0;
  /** What is stored once a file, by number. */
  private knownFiles = new Map<number, string>();
  private knownFileSessions = new Set<string>();
  private deltaRows = 0;
  private turn: Promise<unknown> = Promise.resolve();
  private closed = false;
  /** A commit that failed and could not be looked for yet. */
  private doubtful: { rows: CommitRows; prev: number; seq: number } | null = null;

  constructor(database: Database, publish: PublishCommit, logger: Logger) {
    this.database = database;
    this.publish = publish;
    this.logger = logger;
  }

  async start(): Promise<void> {
    await this.load();
  }

  /** The highest committed lake offset. */
  top(): number {
    return this.lastOffset;
  }

  files(): Promise<FileEntry[]> {
    return this.exclusively((connection) => readFiles(connection));
  }

  commit(ops: readonly CommitOp[]): Promise<void> {
    return this.exclusively((connection) => this.store(connection, ops));
  }

  /** Runs another write, alone. */
  exclusively<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const result = this.turn.then(async () => work(await this.ready()));
    this.revision += 1;
    this.turn = result.then(() => (this.revision += 1)).catch(() => undefined);
    return result;
  }

  /** Merges superseded rows; worth calling when nothing else is to be done. */
  async rest(): Promise<void> {
    if (this.deltaRows < COMPACT_AFTER_ROWS) return;
    await this.exclusively(async (connection) => {
      await compact(connection);
      this.deltaRows = 0;
    });
  }

  async close(): Promise<void> {
    await this.turn.catch(() => undefined);
    this.closed = true;
    // Ending writes nothing into the file by itself; without this the next start replays the log.
    await this.connection?.run('CHECKPOINT').catch((error: unknown) => this.logger.warn({ err: error }, 'the last checkpoint failed'));
    this.release();
  }

  /** Where the index could not be read back after an error, every further write tries again. */
  private async ready(): Promise<DuckDBConnection> {
    if (this.closed) throw new LakeError('storage', 'The index is closed.');
    if (this.connection === null) {
      await this.readBack();
      const { doubtful } = this;
      this.doubtful = null;
      if (doubtful !== null && this.seq >= doubtful.seq) this.accept(doubtful.rows, doubtful.prev, doubtful.seq);
    }
    return this.connection as DuckDBConnection;
  }

  private async store(connection: DuckDBConnection, ops: readonly CommitOp[]): Promise<void> {
    const prev = this.lastOffset;
    const seq = this.seq + 1;
    const rows = new CommitRows(ops, prev, this);
    try {
      await this.seen.prepare(connection, rows.touchedSessions(), (session) => session > this.committedSessions);
      await this.calls.prepare(connection, rows.touchedCalls());
      rows.fold(this.seen, this.calls);
      await this.transact(connection, rows, seq);
    } catch (error) {
      if (!(await this.recover(error, { rows, prev, seq }))) {
        throw new LakeError('storage', `The index could not store a commit: ${messageOf(error)}`, { cause: error, hint: 'Nothing of it was stored; the lines are read again from the saved offsets.' });
      }
    }
    this.accept(rows, prev, seq);
  }

  private async transact(connection: DuckDBConnection, rows: CommitRows, seq: number): Promise<void> {
    const tables = this.tables as TableWriters;
    await connection.run('BEGIN');
    tables.writeRecords(rows.records);
    tables.writeRejects(rows.rejects);
    const marks = [...rows.files.values()];
    tables.writeFiles(marks.filter((file) => !this.knownFiles.has(file.fileIx)), marks, seq);
    for (const file of marks) if ((this.knownFiles.get(file.fileIx) ?? originOf(file)) !== originOf(file)) await storeOrigin(connection, file);
    const { calls, removed, added } = this.calls.drain();
    for (const contribution of removed) rows.sums.addUsage(contribution, -1);
    for (const contribution of added) rows.sums.addUsage(contribution, 1);
    tables.writeFacts(rows, seq);
    tables.writeSums(rows);
    tables.writeCalls(calls, seq);
    const pairs = [...rows.fileSessions].filter(([key]) => !this.knownFileSessions.has(key)).map(([, pair]) => pair);
    tables.writeNames(this, pairs);
    await connection.run('COMMIT');
    this.database.committed(seq);
    this.deltaRows += marks.length + calls.length + rows.sums.activity.size + rows.sums.usage.size + rows.sums.tools.size;
  }

  private accept(rows: CommitRows, prev: number, seq: number): void {
    this.seq = seq;
    this.lastOffset = rows.top;
    this.committedSessions = this.sessions.count;
    for (const file of rows.files.values()) this.knownFiles.set(file.fileIx, originOf(file));
    for (const key of rows.fileSessions.keys()) this.knownFileSessions.add(key);
    this.strings.pending = [];
    this.sessions.pending = [];
    this.agents.pending = [];
    this.seen.trim();
    this.calls.trim();
    if (rows.top === prev) return;
    let made: FeedRecord[] | null = null;
    this.publish({ prev, top: rows.top, records: () => (made ??= feedRecords(rows, this.sessions)) });
  }

  /** True where the commit that failed is stored all the same. */
  private async recover(error: unknown, attempt: NonNullable<typeof this.doubtful>): Promise<boolean> {
    this.logger.error({ err: error }, 'a commit failed; the index is read back');
    this.doubtful = attempt;
    try {
      await this.connection?.run('ROLLBACK');
    } catch {
      // No transaction is open, or the connection is dead: either way a new one is made.
    }
    await this.readBack();
    this.doubtful = null;
    return this.seq >= attempt.seq;
  }

  /**
   * Everything held is dropped and loaded from the file. That is opened again only where it must be:
   * a connection that still works would keep the old instance alive beside the new one.
   */
  private async readBack(): Promise<void> {
    this.release();
    try {
      if (!this.database.isOpen) await this.database.reopen();
      await this.load();
    } catch (error) {
      if (!isFatal(error)) throw error;
      this.logger.error({ err: error }, 'the index has to be opened again');
      await this.database.reopen();
      await this.load();
    }
  }

  private release(): void {
    const { tables, connection } = this;
    this.tables = null;
    this.connection = null;
    for (const part of [tables === null ? null : () => tables.close(), connection === null ? null : () => connection.closeSync()]) {
      try {
        part?.();
      } catch (error) {
        this.logger.warn({ err: error }, 'closing the writer after an error');
      }
    }
  }

  private async load(): Promise<void> {
    this.connection = await this.database.connect();
    try {
      this.tables = await TableWriters.create(this.connection);
      await this.loadState(this.connection);
    } catch (error) {
      this.release();
      throw error;
    }
  }

  private async loadState(connection: DuckDBConnection): Promise<void> {
    await this.strings.load(connection);
    await this.sessions.load(connection);
    await this.agents.load(connection);
    await this.calls.load(connection);
    this.seen.clear();
    this.committedSessions = this.sessions.count;
    const [state] = await queryRows<{ top: number; seq: number; delta_rows: number }>(
      connection,
      `SELECT greatest((SELECT coalesce(max(lake_offset), 0) FROM records), (SELECT coalesce(max(lake_offset), 0) FROM rejects))::DOUBLE AS top,
        (SELECT coalesce(max(seq), 0) FROM file_marks)::DOUBLE AS seq,
        ((SELECT count(*) FROM file_marks) - (SELECT count(*) FROM files))::DOUBLE AS delta_rows`,
    );
    this.lastOffset = state?.top ?? 0;
    this.seq = state?.seq ?? 0;
    this.deltaRows = state?.delta_rows ?? 0;
    this.knownFiles = await readOrigins(connection);
    const pairs = await queryRows<{ file_ix: number; session_ix: number }>(connection, 'SELECT file_ix, session_ix FROM file_sessions');
    this.knownFileSessions = new Set(pairs.map((pair) => `${pair.file_ix}/${pair.session_ix}`));
  }
}
