// What the writer holds of the index in memory: the tables as it has them open, names, ids seen, calls, and
// what is folded and not in the tables yet. All of it comes from the file, and from the journal what that does
// not have; after an error it is dropped and read back.

import type { DuckDBConnection } from '@duckdb/node-api';
import type { CommitOp } from '../../core/commit-op.ts';
import type { Logger } from '../../core/logger.ts';
import { CallLedger } from '../calls/call-ledger.ts';
import { CommitFold } from '../commit/commit-fold.ts';
import { CommitGroup } from '../commit/commit-group.ts';
import { CommitRows } from '../commit/commit-rows.ts';
import type { Directories } from '../names/directories.ts';
import { isFatal } from '../store/database.ts';
import type { Database } from '../store/database.ts';
import { AgentDirectory, SessionDirectory, StringDirectory } from '../names/directories.ts';
import type { JournalEntry } from '../store/journal.ts';
import type { LakeVersions } from './lake-versions.ts';
import { OpenTables } from '../commit/open-tables.ts';
import { PendingRows } from './pending-rows.ts';
import { SeenIds } from '../commit/seen-ids.ts';
import type { StoredState } from '../commit/stored-state.ts';
import type { WriteAhead } from './write-ahead.ts';

export class WriterState implements Directories {
  readonly strings = new StringDirectory();
  readonly sessions = new SessionDirectory();
  readonly agents = new AgentDirectory();
  /** As of the last commit. */
  committed = { seq: 0, top: 0 };
  /** As of the last one handed over, whose COMMIT may be under way. */
  handed = { seq: 0, top: 0 };
  /** Of the journal, once it is durable there. */
  pending = new PendingRows();
  private readonly database: Database;
  private readonly ahead: WriteAhead;
  private readonly versions: LakeVersions | undefined;
  private readonly logger: Logger;
  private readonly seen = new SeenIds();
  private readonly calls = new CallLedger({
    session: (ix) => this.sessions.at(ix)?.id ?? '',
    agent: (ix) => this.agents.idOf(ix) ?? '',
    model: (ix) => this.strings.valueOf(ix) ?? '',
  });
  private open: OpenTables | null = null;
  /** Commits that are not in the tables. */
  private groups: CommitGroup[] = [];
  private rows = 0;
  private handedSessions = 0;

  constructor(database: Database, ahead: WriteAhead, versions: LakeVersions | undefined, logger: Logger) {
    this.database = database;
    this.ahead = ahead;
    this.versions = versions;
    this.logger = logger;
  }

  /** Null until they are loaded, and where they could not be read back. */
  get tables(): OpenTables | null {
    return this.open;
  }

  /** Rows that are not in the tables. */
  get waitingRows(): number {
    return this.rows;
  }

  /** Gives what follows the last commit handed over its places; to be folded next. */
  place(ops: readonly CommitOp[]): CommitRows {
    return new CommitRows(ops, this.handed.top, this);
  }

  async fold(connection: DuckDBConnection, rows: CommitRows): Promise<void> {
    await this.seen.prepare(connection, rows.touchedSessions(), (session) => session > this.handedSessions);
    await this.calls.open(connection);
    await this.calls.prepare(connection, rows.touchedCalls(this.calls));
    new CommitFold(rows, this, this.seen, this.calls).run();
    for (const session of this.calls.takeOwners()) rows.moreSessions.add(session);
    this.groups.push(rows.group);
    this.rows += rows.records.rows;
  }

  /** Begins a transaction with everything folded, as commit `seq`; nothing has to be held for it any more. */
  async write(tables: OpenTables, seq: number): Promise<void> {
    await tables.write(CommitGroup.of(this.groups), this.calls, this, seq);
    this.handedSessions = this.sessions.count;
    this.groups = [];
    this.rows = 0;
    this.strings.pending = [];
    this.sessions.settle();
    this.agents.pending = [];
    this.seen.trim();
    this.calls.trim();
  }

  /** As the process starts: the journal has what the one before did not take into the tables. */
  load(): Promise<OpenTables> {
    return this.loadWith((stored) => this.ahead.entriesAfter(stored.seq));
  }

  /**
   * Everything held is dropped and loaded from the file. That is opened again only where it must be:
   * a connection that still works would keep the old instance alive beside the new one.
   */
  async readBack(): Promise<OpenTables> {
    try {
      await this.open?.connection.run('ROLLBACK');
    } catch {
      // No transaction is open, or the connection is dead: either way a new one is made.
    }
    this.release();
    const after = (stored: StoredState): JournalEntry[] => this.ahead.waiting.filter((entry) => entry.seq > stored.seq);
    try {
      if (!this.database.isOpen) await this.database.reopen();
      return await this.loadWith(after);
    } catch (error) {
      if (!isFatal(error)) throw error;
      this.logger.error({ err: error }, 'the index has to be opened again');
      await this.database.reopen();
      return await this.loadWith(after);
    }
  }

  release(): void {
    this.open?.release(this.logger);
    this.open = null;
  }

  /** `after`: the commits that are not in the tables, given what is. */
  private async loadWith(after: (stored: StoredState) => JournalEntry[]): Promise<OpenTables> {
    const tables = await OpenTables.open(await this.database.connect(), this.logger);
    const { connection, stored } = tables;
    this.open = tables;
    try {
      for (const directory of [this.strings, this.sessions, this.agents]) await directory.load(connection);
      this.seen.clear();
      this.calls.clear();
      this.handedSessions = this.sessions.count;
      this.handed = { seq: stored.seq, top: stored.top };
      this.groups = [];
      this.rows = 0;
      const pending = new PendingRows();
      const waiting = after(stored);
      for (const { seq, ops } of waiting) {
        const rows = this.place(ops);
        await this.fold(connection, rows);
        pending.add(rows, seq, this.handed.top);
        this.handed = { seq, top: rows.top };
      }
      this.committed = this.handed;
      this.pending = pending;
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
