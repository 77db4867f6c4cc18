// The one writer. A commit is durable as a whole, rows, facts, sums and file offsets, before it is
// published: a large one as a transaction of the tables, a small one as an entry of the journal. What is
// in the journal enters the tables in one transaction a little later, and before anybody reads them.
// While the database makes one commit durable the next is already folded; they land in their order. A
// COMMIT that fails says nothing about durability, so after any error what is held is read back from the
// file, and what turns out to be stored is published after all.

import type { DuckDBConnection } from '@duckdb/node-api';
import type { CommitOp, CommitSink } from '../../core/commit-op.ts';
import { LakeError, messageOf } from '../../core/errors.ts';
import type { CommitEvent, FeedRecord } from '../../core/feed-record.ts';
import type { FileEntry } from '../../core/file-entry.ts';
import type { Logger } from '../../core/logger.ts';
import type { Service } from '../../core/service.ts';
import type { SidecarMark } from '../../core/sidecar.ts';
import type { AddedPart } from '../follow/commit-changes.ts';
import { compact } from '../commit/compaction.ts';
import { damageIn } from '../store/damage.ts';
import { isFatal } from '../store/database.ts';
import type { Database } from '../store/database.ts';
import type { AgentDirectory, Directories, SessionDirectory, StringDirectory } from '../names/directories.ts';
import { feedRecords } from '../commit/feed-records.ts';
import { readFiles } from '../rows/file-rows.ts';
import { Flight } from '../commit/flight.ts';
import type { Attempt } from '../commit/flight.ts';
import { WriterState } from './writer-state.ts';
import { journalPath } from '../store/journal.ts';
import type { LakeVersions } from './lake-versions.ts';
import type { OpenTables } from '../commit/open-tables.ts';
import type { Pending } from './pending-rows.ts';
import { readSidecars } from '../rows/sidecar-rows.ts';
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

export class IndexWriter implements CommitSink, Directories, Service {
  readonly strings: StringDirectory;
  readonly sessions: SessionDirectory;
  readonly agents: AgentDirectory;
  private readonly database: Database;
  private readonly logger: Logger;
  private readonly publish: PublishCommit;
  private readonly ahead: WriteAhead;
  private readonly versions: LakeVersions | undefined;
  private readonly state: WriterState;
  /** Of `sessions`, when the last commit was accepted. */
  private removals = 0;
  private flight: Flight | null = null;
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
    this.state = new WriterState(database, this.ahead, versions, logger);
    ({ strings: this.strings, sessions: this.sessions, agents: this.agents } = this.state);
  }

  async start(): Promise<void> {
    try {
      await this.ahead.open(journalPath(this.database.path), this.database.epoch);
      await this.state.load();
      await this.settle();
    } catch (error) {
      throw damageIn(error, this.database.path) ?? error;
    }
  }

  /** The highest committed lake offset. */
  top(): number {
    return this.state.committed.top;
  }

  /** What is committed and not in the tables. */
  pending(): Pending {
    return this.state.pending.at(this.state.committed);
  }

  files(take: (file: FileEntry) => void): Promise<void> {
    return this.exclusively((connection) => readFiles(connection, take), 'nothing');
  }

  sidecars(): Promise<SidecarMark[]> {
    return this.exclusively((connection) => readSidecars(connection), 'nothing');
  }

  async commit(ops: readonly CommitOp[]): Promise<void> {
    const { era } = this;
    const { durable } = await this.inTurn(() => this.store(ops, era));
    await durable;
  }

  /**
   * Runs another write, alone; all that is committed is in the tables. `changes`: what it does to answers, where it
   * does not fail; a part of the archive, where it adds that one and nothing else. A fatal error, which leaves the
   * database dead for all, has it opened again.
   */
  exclusively<T>(work: (connection: DuckDBConnection) => Promise<T>, changes: 'anything' | 'nothing' | AddedPart = 'anything'): Promise<T> {
    return this.inTurn(async () => {
      await this.apply();
      const { connection } = await this.ready();
      let done = false;
      try {
        const result = await work(connection);
        done = true;
        return result;
      } catch (error) {
        if (isFatal(error)) await this.recover(error, null).catch((failure: unknown) => this.logger.error({ err: failure }, 'the index cannot be opened again for now'));
        throw error;
      } finally {
        if (!done || changes === 'anything') this.versions?.changedAside();
        else if (changes !== 'nothing') this.versions?.partAdded(changes);
      }
    });
  }

  /** Resolves when all that is committed is in the tables; to be awaited before they are read. */
  async settle(): Promise<void> {
    if (this.ahead.waiting.length > 0) await this.inTurn(() => this.apply());
  }

  /** For who was told of a fatal error, or found the index closed: opens it again where it has to be. */
  async revive(): Promise<void> {
    await this.exclusively((connection) => connection.run('SELECT 1'), 'nothing').catch(() => undefined);
  }

  /** Merges superseded rows; worth calling when nothing else is to be done. */
  async rest(): Promise<void> {
    await this.settle();
    const { state } = this;
    if (state.tables === null || state.tables.stored.deltaRows < COMPACT_AFTER_ROWS) return;
    await this.exclusively(async (connection) => {
      await compact(connection);
      if (state.tables !== null) state.tables.stored.deltaRows = 0;
    }, 'nothing');
  }

  async close(): Promise<void> {
    if (this.closed) return;
    await this.inTurn(() => this.apply()).catch((error: unknown) => this.logger.warn({ err: error }, 'the journal is left to the next start'));
    this.closed = true;
    // Ending writes nothing into the file by itself; without this the next start replays the log.
    await this.state.tables?.connection.run('CHECKPOINT').catch((error: unknown) => this.logger.warn({ err: error }, 'the last checkpoint failed'));
    this.state.release();
    await this.ahead.close();
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.turn.then(work);
    // What it came to is not held until the next one.
    this.turn = result.then(() => undefined, () => undefined);
    return result;
  }

  /** Where the index could not be read back after an error, every further write tries again. */
  private async ready(): Promise<OpenTables> {
    if (this.closed) throw new LakeError('storage', 'The index is closed.');
    if (this.state.tables !== null) return this.state.tables;
    const tables = await this.state.readBack();
    const { doubtful } = this;
    this.doubtful = null;
    if (doubtful !== null && this.state.committed.seq >= doubtful.seq) this.accept(doubtful);
    return tables;
  }

  /** Resolves when the next commit may be folded; `durable` when this one is. */
  private async store(ops: readonly CommitOp[], era: number): Promise<{ durable: Promise<void> }> {
    for (;;) {
      const tables = await this.ready();
      if (era !== this.era) throw new LakeError('storage', 'A commit before this one failed.', { hint: 'The lines are read again from the saved offsets.' });
      const { seq, top: prev } = this.state.handed;
      const rows = this.state.place(ops);
      const attempt = { rows, prev, seq: seq + 1 };
      try {
        await this.state.fold(tables.connection, rows);
        // What was folded went with the rest where that had to be read back.
        if (!(await this.landed())) continue;
        if (!(await this.ahead.append(attempt.seq, ops, this.state.waitingRows))) return await this.send(tables, attempt);
        this.state.handed = { seq: attempt.seq, top: rows.top };
        this.state.pending.add(rows, attempt.seq, prev);
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

  /** Takes what is in the journal into the tables. No COMMIT is under way afterwards. */
  private async apply(): Promise<void> {
    await this.landed();
    if (this.ahead.waiting.length === 0) return;
    const tables = await this.ready();
    const { seq, top } = this.state.handed;
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

  /** What was folded goes into the tables, and the COMMIT on its way. */
  private async send(tables: OpenTables, attempt: Attempt): Promise<Flight> {
    await this.state.write(tables, attempt.seq);
    this.flight = new Flight(attempt, tables.connection.run('COMMIT'), () => this.land(attempt), () => void this.inTurn(() => this.landed()));
    if (attempt.rows !== null) this.state.handed = { seq: attempt.seq, top: attempt.rows.top };
    return this.flight;
  }

  private land(attempt: Attempt): void {
    this.ahead.rewind();
    if (attempt.rows === null) this.state.pending.clear();
    else this.state.pending.restart();
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
    this.state.committed = { seq, top: rows.top };
    this.database.committed(seq);
    this.versions?.committed(rows.change(seq));
    if (this.sessions.removals !== this.removals) {
      // The project that a session left is not one of those that the commit has lines of.
      this.removals = this.sessions.removals;
      this.versions?.projectsChanged();
    }
    if (rows.top === prev) return;
    let made: FeedRecord[] | null | undefined;
    this.publish({ prev, top: rows.top, mayBeLive: rows.mayBeLive, records: () => (made === undefined ? (made = feedRecords(rows, this.sessions)) : made) });
  }

  /** True where the commit that failed is stored all the same. */
  private async recover(error: unknown, attempt: Attempt | null): Promise<boolean> {
    this.logger.error({ err: error }, 'the index failed and is read back');
    this.doubtful = attempt;
    try {
      await this.state.readBack();
    } catch (failure) {
      this.era += 1;
      throw failure;
    }
    this.doubtful = null;
    return attempt !== null && this.state.committed.seq >= attempt.seq;
  }
}
