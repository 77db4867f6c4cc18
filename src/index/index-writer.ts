// The one writer. A commit is durable as a whole, rows, facts, sums and file offsets, before it is
// published: a large one as a transaction of the tables, a small one as an entry of the journal. What is
// in the journal enters the tables in one transaction a little later, and before anybody reads them.
// While the database makes one commit durable the next is already folded; they land in their order. A
// COMMIT that fails says nothing about durability, so after any error the state is read back from the
// file, and what turns out to be stored is published after all.

import type { DuckDBConnection } from '@duckdb/node-api';
import type { CommitOp, CommitSink } from '../core/commit-op.ts';
import { LakeError, messageOf } from '../core/errors.ts';
import type { CommitEvent, FeedRecord } from '../core/feed-record.ts';
import type { FileEntry } from '../core/file-entry.ts';
import type { Logger } from '../core/logger.ts';
import type { Service } from '../core/service.ts';
import type { SidecarMark } from '../core/sidecar.ts';
import { CallLedger } from './call-ledger.ts';
import { CommitGroup } from './commit-group.ts';
import { CommitRows } from './commit-rows.ts';
import { compact } from './compaction.ts';
import { isFatal } from './database.ts';
import type { Database } from './database.ts';
import { AgentDirectory, SessionDirectory, StringDirectory } from './directories.ts';
import { feedRecords } from './feed-records.ts';
import { readFiles } from './file-rows.ts';
import { Flight } from './flight.ts';
import type { Attempt } from './flight.ts';
import { journalPath } from './journal.ts';
import type { JournalEntry } from './journal.ts';
import type { LakeVersions } from './lake-versions.ts';
import { OpenTables } from './open-tables.ts';
import { readSidecars } from './sidecar-rows.ts';
import { SeenIds } from './seen-ids.ts';
import type { StoredState } from './stored-state.ts';
import { WriteAhead } from './write-ahead.ts';

export type PublishCommit = (event: CommitEvent) => void;

export interface WriterOptions {
  /** Source bytes of a commit that goes into the journal; 0 for none. */
  journalMaxBytes?: number;
  /** Told of every change. */
  versions?: LakeVersions;
}

/** Superseded rows that are worth a compaction. */
const COMPACT_AFTER_ROWS = 20_000;
const JOURNAL_COMMIT_MAX_BYTES = 64 * 1024;

export class IndexWriter implements CommitSink, Service {
  readonly strings = new StringDirectory();
  readonly sessions = new SessionDirectory();
  readonly agents = new AgentDirectory();
  private readonly database: Database;
  private readonly logger: Logger;
  private readonly publish: PublishCommit;
  private readonly ahead: WriteAhead;
  private readonly versions: LakeVersions | undefined;
  private readonly seen = new SeenIds();
  private readonly calls = new CallLedger({
    session: (ix) => this.sessions.at(ix)?.id ?? '',
    agent: (ix) => this.agents.idOf(ix) ?? '',
    model: (ix) => this.strings.valueOf(ix) ?? '',
  });
  private tables: OpenTables | null = null;
  /** As of the last commit. */
  private committed = { seq: 0, top: 0 };
  /** As of the last one handed over, whose COMMIT may be under way. */
  private handed = { seq: 0, top: 0 };
  private handedSessions = 0;
  /** Of `sessions`, when the last commit was accepted. */
  private removals = 0;
  private flight: Flight | null = null;
  /** Rows of commits that are not in the tables. */
  private group = new CommitGroup();
  private turn: Promise<unknown> = Promise.resolve();
  private closed = false;
  /** Grows with each commit that fails: those asked for before are refused. */
  private era = 0;
  /** A commit that failed and could not be looked for yet. */
  private doubtful: Attempt | null = null;

  constructor(database: Database, publish: PublishCommit, logger: Logger, { journalMaxBytes = JOURNAL_COMMIT_MAX_BYTES, versions }: WriterOptions = {}) {
    this.database = database;
    this.publish = publish;
    this.versions = versions;
    this.logger = logger;
    this.ahead = new WriteAhead({ commitMaxBytes: journalMaxBytes, logger, apply: () => this.settle() });
  }

  async start(): Promise<void> {
    await this.ahead.open(journalPath(this.database.path), this.database.epoch);
    await this.load((stored) => this.ahead.entriesAfter(stored.seq));
    await this.settle();
  }

  /** The highest committed lake offset. */
  top(): number {
    return this.committed.top;
  }

  files(): Promise<FileEntry[]> {
    return this.exclusively((connection) => readFiles(connection));
  }

  sidecars(): Promise<SidecarMark[]> {
    return this.exclusively((connection) => readSidecars(connection));
  }

  async commit(ops: readonly CommitOp[]): Promise<void> {
    const { era } = this;
    const { durable } = await this.inTurn(() => this.store(ops, era));
    await durable;
  }

  /** Runs another write, alone; all that is committed is in the tables. */
  exclusively<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    return this.inTurn(async () => {
      await this.apply();
      try {
        return await work((await this.ready()).connection);
      } finally {
        this.versions?.changedAside();
      }
    });
  }

  /** Resolves when all that is committed is in the tables; to be awaited before they are read. */
  async settle(): Promise<void> {
    if (this.ahead.waiting.length > 0) await this.inTurn(() => this.apply());
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
    await this.inTurn(() => this.apply()).catch((error: unknown) => this.logger.warn({ err: error }, 'the journal is left to the next start'));
    this.closed = true;
    // Ending writes nothing into the file by itself; without this the next start replays the log.
    await this.tables?.connection.run('CHECKPOINT').catch((error: unknown) => this.logger.warn({ err: error }, 'the last checkpoint failed'));
    this.release();
    await this.ahead.close();
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.turn.then(work);
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
    if (doubtful !== null && this.committed.seq >= doubtful.seq) this.accept(doubtful);
    return tables;
  }

  /** Resolves when the next commit may be folded; `durable` when this one is. */
  private async store(ops: readonly CommitOp[], era: number): Promise<{ durable: Promise<void> }> {
    for (;;) {
      const tables = await this.ready();
      if (era !== this.era) throw new LakeError('storage', 'A commit before this one failed.', { hint: 'The lines are read again from the saved offsets.' });
      const { seq, top: prev } = this.handed;
      const rows = new CommitRows(ops, prev, this, this.group);
      const attempt = { rows, prev, seq: seq + 1 };
      try {
        await this.fold(tables.connection, rows);
        // What was folded went with the rest where that had to be read back.
        if (!(await this.landed())) continue;
        if (!(await this.ahead.append(attempt.seq, ops, this.group.rows))) return await this.send(tables, attempt);
        this.handed = { seq: attempt.seq, top: rows.top };
      } catch (error) {
        if (!(await this.landed()) || !(await this.recover(error, attempt))) throw this.notStored(error);
      }
      this.accept(attempt);
      return { durable: Promise.resolve() };
    }
  }

  private notStored(error: unknown): LakeError {
    this.era += 1;
    return new LakeError('storage', `The index could not store a commit: ${messageOf(error)}`, { cause: error, hint: 'Nothing of it was stored; the lines are read again from the saved offsets.' });
  }

  private async fold(connection: DuckDBConnection, rows: CommitRows): Promise<void> {
    await this.seen.prepare(connection, rows.touchedSessions(), (session) => session > this.handedSessions);
    await this.calls.prepare(connection, rows.touchedCalls(this.calls));
    rows.fold(this.seen, this.calls);
    for (const session of this.calls.takeOwners()) rows.moreSessions.add(session);
  }

  /** Takes what is in the journal into the tables. No COMMIT is under way afterwards. */
  private async apply(): Promise<void> {
    await this.landed();
    if (this.ahead.waiting.length === 0) return;
    const tables = await this.ready();
    const { seq, top } = this.handed;
    let failure: unknown = null;
    try {
      await this.send(tables, { rows: null, prev: top, seq });
    } catch (error) {
      failure = error;
      await this.recover(error, null);
    }
    if (!(await this.landed())) failure = new Error('its COMMIT failed');
    if (failure === null || (await this.ready()).stored.seq >= seq) return;
    throw new LakeError('storage', `The index could not store what was committed: ${messageOf(failure)}`, { cause: failure, hint: 'It is kept in the journal and tried again.' });
  }

  /** What was gathered goes into the tables, and the COMMIT on its way; nothing has to be held for it any more. */
  private async send(tables: OpenTables, attempt: Attempt): Promise<Flight> {
    await tables.write(this.group, this.calls, this, attempt.seq);
    this.flight = new Flight(attempt, tables.connection.run('COMMIT'), () => this.land(attempt), () => void this.inTurn(() => this.landed()));
    if (attempt.rows !== null) this.handed = { seq: attempt.seq, top: attempt.rows.top };
    this.handedSessions = this.sessions.count;
    this.group = new CommitGroup();
    this.strings.pending = [];
    this.sessions.settle();
    this.agents.pending = [];
    this.seen.trim();
    this.calls.trim();
    return this.flight;
  }

  private land(attempt: Attempt): void {
    this.ahead.rewind();
    this.accept(attempt);
  }

  /** When no COMMIT is under way. False where it failed: then everything was read back. */
  private async landed(): Promise<boolean> {
    const { flight } = this;
    if (flight === null) return true;
    const failure = await flight.outcome();
    this.flight = null;
    if (failure === null) return true;
    await flight.decide(async () => {
      if (!(await this.recover(failure.error, flight.attempt))) throw this.notStored(failure.error);
      this.accept(flight.attempt);
    });
    return false;
  }

  private accept({ rows, prev, seq }: Attempt): void {
    if (rows === null) return;
    this.committed = { seq, top: rows.top };
    this.database.committed(seq);
    this.versions?.committed({ sessions: rows.moreSessions, files: rows.files, fileSessions: rows.fileSessions });
    if (this.sessions.removals !== this.removals) {
      // The project that a session left is not one of those that the commit has lines of.
      this.removals = this.sessions.removals;
      this.versions?.changedAside();
    }
    if (rows.top === prev) return;
    let made: FeedRecord[] | null | undefined;
    this.publish({ prev, top: rows.top, mayBeLive: rows.mayBeLive, records: () => (made === undefined ? (made = feedRecords(rows, this.sessions)) : made) });
  }

  /** True where the commit that failed is stored all the same. */
  private async recover(error: unknown, attempt: Attempt | null): Promise<boolean> {
    this.logger.error({ err: error }, 'a commit failed; the index is read back');
    this.doubtful = attempt;
    try {
      await this.tables?.connection.run('ROLLBACK');
    } catch {
      // No transaction is open, or the connection is dead: either way a new one is made.
    }
    try {
      await this.readBack();
    } catch (failure) {
      this.era += 1;
      throw failure;
    }
    this.doubtful = null;
    return attempt !== null && this.committed.seq >= attempt.seq;
  }

  /**
   * Everything held is dropped and loaded from the file. That is opened again only where it must be:
   * a connection that still works would keep the old instance alive beside the new one.
   */
  private async readBack(): Promise<OpenTables> {
    this.release();
    try {
      if (!this.database.isOpen) await this.database.reopen();
      return await this.load((stored) => this.ahead.waiting.filter((entry) => entry.seq > stored.seq));
    } catch (error) {
      if (!isFatal(error)) throw error;
      this.logger.error({ err: error }, 'the index has to be opened again');
      await this.database.reopen();
      return await this.load((stored) => this.ahead.waiting.filter((entry) => entry.seq > stored.seq));
    }
  }

  private release(): void {
    this.tables?.release(this.logger);
    this.tables = null;
  }

  /** `after`: the commits that are not in the tables, given what is. */
  private async load(after: (stored: StoredState) => JournalEntry[]): Promise<OpenTables> {
    const tables = await OpenTables.open(await this.database.connect(), this.logger);
    const { connection, stored } = tables;
    this.tables = tables;
    try {
      for (const directory of [this.strings, this.sessions, this.agents, this.calls]) await directory.load(connection);
      this.seen.clear();
      this.handedSessions = this.sessions.count;
      this.handed = { seq: stored.seq, top: stored.top };
      this.group = new CommitGroup();
      const waiting = after(stored);
      for (const { seq, ops } of waiting) {
        const rows = new CommitRows(ops, this.handed.top, this, this.group);
        await this.fold(connection, rows);
        this.handed = { seq, top: rows.top };
      }
      this.committed = this.handed;
      if (waiting.length === 0) this.ahead.rewind();
      else this.ahead.waiting = waiting;
      await this.versions?.load(connection);
      return tables;
    } catch (error) {
      this.release();
      throw error;
    }
  }
}
