// The one writer. A commit is durable as a whole, rows, facts, sums and file offsets, before it is
// published: a large one as a transaction of the tables, a small one as an entry of the journal. What is
// in the journal enters the tables in one transaction a little later, and before anybody reads them. A
// COMMIT that fails says nothing about durability, so after any error the state is read back from the
// file, and what turns out to be stored is published after all.

import type { DuckDBConnection } from '@duckdb/node-api';
import type { CommitOp, CommitSink } from '../core/commit-op.ts';
import { LakeError, messageOf } from '../core/errors.ts';
import type { CommitEvent, FeedRecord } from '../core/feed-record.ts';
import type { FileEntry } from '../core/file-entry.ts';
import type { Logger } from '../core/logger.ts';
import type { Service } from '../core/service.ts';
import { CallLedger } from './call-ledger.ts';
import { CommitGroup } from './commit-group.ts';
import { CommitRows } from './commit-rows.ts';
import { compact } from './compaction.ts';
import { isFatal } from './database.ts';
import type { Database } from './database.ts';
import { AgentDirectory, SessionDirectory, StringDirectory } from './directories.ts';
import { feedRecords } from './feed-records.ts';
import { readFiles } from './file-rows.ts';
import { Journal, journalPath, withoutBytes } from './journal.ts';
import type { JournalEntry } from './journal.ts';
import { OpenTables } from './open-tables.ts';
import { SeenIds } from './seen-ids.ts';
import type { StoredState } from './stored-state.ts';

export type PublishCommit = (event: CommitEvent) => void;

export interface WriterOptions {
  /** Source bytes of a commit that goes into the journal; 0 for none. */
  journalMaxBytes?: number;
}

/** Superseded rows that are worth a compaction. */
const COMPACT_AFTER_ROWS = 20_000;
const JOURNAL_COMMIT_MAX_BYTES = 64 * 1024;
/** When so much waits in the journal, the next commit takes it into the tables. */
const JOURNAL_MAX_BYTES = 1024 * 1024;
/** What is in the journal is in the tables after this time, if nobody asks before. */
const APPLY_AFTER_MS = 1000;
/** So many rows are taken there at once: commits wait meanwhile, and for more they would wait too long. */
const APPLY_AFTER_ROWS = 256;

export class IndexWriter implements CommitSink, Service {
  readonly strings = new StringDirectory();
  readonly sessions = new SessionDirectory();
  readonly agents = new AgentDirectory();
  /** Grows with every write. */
  revision = 0;
  private readonly database: Database;
  private readonly logger: Logger;
  private readonly publish: PublishCommit;
  private readonly journalMaxBytes: number;
  private readonly seen = new SeenIds();
  private readonly calls = new CallLedger({
    session: (ix) => this.sessions.at(ix)?.id ?? '',
    agent: (ix) => this.agents.idOf(ix) ?? '',
    model: (ix) => this.strings.valueOf(ix) ?? '',
  });
  private tables: OpenTables | null = null;
  private journal: Journal | null = null;
  /** As of the last commit. */
  private seq = 0;
  private lastOffset = 0;
  private committedSessions = 0;
  /** Commits that are in the journal and not in the tables, and their rows. */
  private waiting: JournalEntry[] = [];
  private group = new CommitGroup();
  private applyTimer: NodeJS.Timeout | null = null;
  private turn: Promise<unknown> = Promise.resolve();
  private closed = false;
  /** A commit that failed and could not be looked for yet. */
  private doubtful: { rows: CommitRows; prev: number; seq: number } | null = null;

  constructor(database: Database, publish: PublishCommit, logger: Logger, { journalMaxBytes = JOURNAL_COMMIT_MAX_BYTES }: WriterOptions = {}) {
    this.database = database;
    this.publish = publish;
    this.logger = logger;
    this.journalMaxBytes = journalMaxBytes;
  }

  async start(): Promise<void> {
    this.journal = await Journal.open(journalPath(this.database.path), this.database.epoch);
    await this.load((stored) => this.journalled(stored.seq));
    await this.settle();
  }

  /** The highest committed lake offset. */
  top(): number {
    return this.lastOffset;
  }

  files(): Promise<FileEntry[]> {
    return this.exclusively((connection) => readFiles(connection));
  }

  commit(ops: readonly CommitOp[]): Promise<void> {
    return this.changing((tables) => this.store(tables, ops));
  }

  /** Runs another write, alone; all that is committed is in the tables. */
  exclusively<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    return this.changing(async () => {
      await this.apply();
      return work((await this.ready()).connection);
    });
  }

  /** Resolves when all that is committed is in the tables; to be awaited before they are read. */
  async settle(): Promise<void> {
    if (this.waiting.length > 0) await this.inTurn(() => this.apply());
  }

  /** Merges superseded rows; worth calling when nothing else is to be done. */
  async rest(): Promise<void> {
    await this.settle();
    if (this.tables === null || this.tables.stored.deltaRows < COMPACT_AFTER_ROWS) return;
    await this.exclusively(async (connection) => {
      await compact(connection);
      if (this.tables !== null) this.tables.stored.deltaRows = 0;
    });
  }

  async close(): Promise<void> {
    if (this.closed) return;
    await this.turn.catch(() => undefined);
    await this.settle().catch((error: unknown) => this.logger.warn({ err: error }, 'the journal is left to the next start'));
    this.closed = true;
    if (this.applyTimer !== null) clearTimeout(this.applyTimer);
    // Ending writes nothing into the file by itself; without this the next start replays the log.
    await this.tables?.connection.run('CHECKPOINT').catch((error: unknown) => this.logger.warn({ err: error }, 'the last checkpoint failed'));
    this.release();
    await this.journal?.close();
  }

  private changing<T>(work: (tables: OpenTables) => Promise<T>): Promise<T> {
    this.revision += 1;
    const result = this.inTurn(work);
    this.turn = result.then(() => (this.revision += 1)).catch(() => undefined);
    return result;
  }

  private inTurn<T>(work: (tables: OpenTables) => Promise<T>): Promise<T> {
    const result = this.turn.then(async () => work(await this.ready()));
    this.turn = result.catch(() => undefined);
    return result;
  }

  /** Where the index could not be read back after an error, every further write tries again. */
  private async ready(): Promise<OpenTables> {
    if (this.closed) throw new LakeError('storage', 'The index is closed.');
    if (this.tables !== null) return this.tables;
    const tables = await this.readBack();
    const { doubtful } = this;
    this.doubtful = null;
    if (doubtful !== null && this.seq >= doubtful.seq) this.accept(doubtful.rows, doubtful.prev, doubtful.seq);
    return tables;
  }

  private async store(tables: OpenTables, ops: readonly CommitOp[]): Promise<void> {
    const prev = this.lastOffset;
    const seq = this.seq + 1;
    const rows = new CommitRows(ops, prev, this, this.group);
    try {
      await this.fold(tables.connection, rows);
      if (!(await this.writeAhead({ seq, ops }))) await this.transact(tables, seq);
    } catch (error) {
      if (!(await this.recover(error, { rows, prev, seq }))) {
        throw new LakeError('storage', `The index could not store a commit: ${messageOf(error)}`, { cause: error, hint: 'Nothing of it was stored; the lines are read again from the saved offsets.' });
      }
    }
    this.accept(rows, prev, seq);
  }

  private async fold(connection: DuckDBConnection, rows: CommitRows): Promise<void> {
    await this.seen.prepare(connection, rows.touchedSessions(), (session) => session > this.committedSessions);
    await this.calls.prepare(connection, rows.touchedCalls());
    rows.fold(this.seen, this.calls);
  }

  /** True where the commit is durable in the journal; false where it has to go into the tables. */
  private async writeAhead({ seq, ops }: JournalEntry): Promise<boolean> {
    const { journal } = this;
    const bytes = ops.reduce((sum, op) => sum + (op.kind === 'segment' ? op.scan.bytes : 0), 0);
    if (journal === null || !journal.isUsable || bytes > this.journalMaxBytes || journal.bytes > JOURNAL_MAX_BYTES) return false;
    const entry = { seq, ops: withoutBytes(ops) };
    try {
      await journal.append(entry);
    } catch (error) {
      this.logger.warn({ err: error }, 'the journal cannot be written; the commit goes into the tables');
      return false;
    }
    this.waiting.push(entry);
    if (this.group.rows >= APPLY_AFTER_ROWS) this.applyLater();
    else this.applyTimer ??= setTimeout(() => this.applyLater(), APPLY_AFTER_MS);
    return true;
  }

  private applyLater(): void {
    if (this.applyTimer !== null) clearTimeout(this.applyTimer);
    this.applyTimer = null;
    void this.settle().catch((error: unknown) => {
      this.logger.error({ err: error }, 'the journal could not be taken into the tables');
      if (!this.closed) this.applyTimer ??= setTimeout(() => this.applyLater(), APPLY_AFTER_MS);
    });
  }

  /** Takes what is in the journal into the tables. */
  private async apply(): Promise<void> {
    if (this.waiting.length === 0) return;
    const { seq } = this;
    try {
      await this.transact(await this.ready(), seq);
    } catch (error) {
      await this.recover(error, null);
      if ((await this.ready()).stored.seq < seq) throw new LakeError('storage', `The index could not store what was committed: ${messageOf(error)}`, { cause: error, hint: 'It is kept in the journal and tried again.' });
    }
  }

  /** What was gathered goes into the tables; nothing has to be held for it any more. */
  private async transact(tables: OpenTables, seq: number): Promise<void> {
    await tables.store(this.group, this.calls, this, seq);
    this.committedSessions = this.sessions.count;
    this.group = new CommitGroup();
    this.waiting = [];
    this.journal?.rewind();
    this.strings.pending = [];
    this.sessions.pending = [];
    this.agents.pending = [];
    this.seen.trim();
    this.calls.trim();
  }

  private accept(rows: CommitRows, prev: number, seq: number): void {
    this.seq = seq;
    this.lastOffset = rows.top;
    this.database.committed(seq);
    if (rows.top === prev) return;
    let made: FeedRecord[] | null | undefined;
    this.publish({ prev, top: rows.top, mayBeLive: rows.mayBeLive, records: () => (made === undefined ? (made = feedRecords(rows, this.sessions)) : made) });
  }

  /** True where the commit that failed is stored all the same. */
  private async recover(error: unknown, attempt: typeof this.doubtful): Promise<boolean> {
    this.logger.error({ err: error }, 'a commit failed; the index is read back');
    this.doubtful = attempt;
    try {
      await this.tables?.connection.run('ROLLBACK');
    } catch {
      // No transaction is open, or the connection is dead: either way a new one is made.
    }
    await this.readBack();
    this.doubtful = null;
    return attempt !== null && this.seq >= attempt.seq;
  }

  /**
   * Everything held is dropped and loaded from the file. That is opened again only where it must be:
   * a connection that still works would keep the old instance alive beside the new one.
   */
  private async readBack(): Promise<OpenTables> {
    this.release();
    try {
      if (!this.database.isOpen) await this.database.reopen();
      return await this.load((stored) => this.waiting.filter((entry) => entry.seq > stored.seq));
    } catch (error) {
      if (!isFatal(error)) throw error;
      this.logger.error({ err: error }, 'the index has to be opened again');
      await this.database.reopen();
      return await this.load((stored) => this.waiting.filter((entry) => entry.seq > stored.seq));
    }
  }

  private release(): void {
    this.tables?.release(this.logger);
    this.tables = null;
  }

  private journalled(seq: number): JournalEntry[] {
    const entries = this.journal?.entriesAfter(seq) ?? [];
    if (entries[0] === undefined || entries[0].seq === seq + 1) return entries;
    this.logger.error({ from: entries[0].seq, stored: seq }, 'the journal goes on after commits that the tables do not have; the lines are read again from the saved offsets');
    return [];
  }

  /** `after`: the commits that are not in the tables, given what is. */
  private async load(after: (stored: StoredState) => JournalEntry[]): Promise<OpenTables> {
    const tables = await OpenTables.open(await this.database.connect(), this.logger);
    const { connection, stored } = tables;
    this.tables = tables;
    try {
      for (const directory of [this.strings, this.sessions, this.agents, this.calls]) await directory.load(connection);
      this.seen.clear();
      this.committedSessions = this.sessions.count;
      this.seq = stored.seq;
      this.lastOffset = stored.top;
      this.group = new CommitGroup();
      this.waiting = after(stored);
      for (const { seq, ops } of this.waiting) {
        const rows = new CommitRows(ops, this.lastOffset, this, this.group);
        await this.fold(connection, rows);
        this.seq = seq;
        this.lastOffset = rows.top;
      }
      if (this.waiting.length === 0) this.journal?.rewind();
      return tables;
    } catch (error) {
      this.release();
      throw error;
    }
  }
}
