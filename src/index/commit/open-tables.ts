// The tables as the writer has them open: its connection, an appender for each, and what it knows of what is
// stored. After an error all of this is let go and opened anew.

import type { DuckDBConnection } from '@duckdb/node-api';
import type { Logger } from '../../core/logger.ts';
import type { CallLedger } from '../calls/call-ledger.ts';
import type { CommitGroup } from './commit-group.ts';
import type { Directories } from '../names/directories.ts';
import { originOf, storeOrigin } from '../rows/file-rows.ts';
import { storeOwners } from './session-owners.ts';
import { readStoredState } from './stored-state.ts';
import type { StoredState } from './stored-state.ts';
import { TableWriters } from './table-writers.ts';

export class OpenTables {
  readonly connection: DuckDBConnection;
  readonly stored: StoredState;
  private readonly writers: TableWriters;

  private constructor(connection: DuckDBConnection, writers: TableWriters, stored: StoredState) {
    this.connection = connection;
    this.writers = writers;
    this.stored = stored;
  }

  /** Takes the connection over; where it throws, that is closed. */
  static async open(connection: DuckDBConnection, logger: Logger): Promise<OpenTables> {
    let writers: TableWriters | null = null;
    try {
      writers = await TableWriters.create(connection);
      return new OpenTables(connection, writers, await readStoredState(connection));
    } catch (error) {
      letGo(connection, writers, logger);
      throw error;
    }
  }

  /** Begins a transaction with everything gathered, as commit `seq`. */
  async write(group: CommitGroup, calls: CallLedger, names: Directories, seq: number): Promise<void> {
    const { connection, writers, stored } = this;
    await connection.run('BEGIN');
    writers.writeRecords(group.records);
    writers.writeRejects(group.rejects);
    writers.writeOddities(group.oddities);
    writers.writeValues(group);
    const marks = [...group.files.values()];
    writers.writeFiles(marks.filter((file) => !stored.files.has(file.fileIx)), marks, seq);
    for (const file of marks) if ((stored.files.get(file.fileIx) ?? originOf(file)) !== originOf(file)) await storeOrigin(connection, file);
    const changed = calls.takeUnstored();
    writers.writeFacts(group);
    writers.writeSidecars(group, seq);
    writers.writeSums(group);
    writers.writeCalls(changed, seq);
    await storeOwners(connection, [...names.sessions.moved]);
    writers.writeNames(names, [...group.fileSessions].filter(([key]) => !stored.fileSessions.has(key)).map(([, pair]) => pair));
    stored.seq = seq;
    stored.deltaRows += marks.length + changed.rows + group.sums.rows;
    for (const file of marks) stored.files.set(file.fileIx, originOf(file));
    for (const key of group.fileSessions.keys()) stored.fileSessions.add(key);
  }

  release(logger: Logger): void {
    letGo(this.connection, this.writers, logger);
  }
}

function letGo(connection: DuckDBConnection, writers: TableWriters | null, logger: Logger): void {
  for (const part of [() => writers?.close(), () => connection.closeSync()]) {
    try {
      part();
    } catch (error) {
      logger.warn({ err: error }, 'closing the writer after an error');
    }
  }
}
