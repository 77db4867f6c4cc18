// The one DuckDB file: opened once, by one instance, in one process. Opening it a second time is
// refused with the holder's pid; nothing here ever opens the file by any other means, because closing
// such a descriptor would drop the lock.

import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { LakeError, messageOf } from '../../core/errors.ts';
import { damageIn } from './damage.ts';
import { migrate, readEpoch, renewEpoch } from './epoch.ts';
import { BACKGROUND_THREADS, memoryLimit, openInstance } from './instance.ts';
import type { InstanceOptions } from './instance.ts';
import { journalPath, lastCommitIn } from './journal.ts';
import { queryRows } from './query.ts';
import { LAST_COMMIT_SQL } from './schema.ts';
import { Watermark } from './watermark.ts';

export class Database {
  readonly epoch: string;
  private readonly options: InstanceOptions;
  private readonly watermark: Watermark;
  private unmarked = false;
  /** Null after closing, and where opening again has failed so far. */
  private instance: DuckDBInstance | null;
  private closed = false;
  /** Grows whenever the file is opened again: connections made before are dead. */
  openings = 1;

  private constructor(options: InstanceOptions, instance: DuckDBInstance, epoch: string, watermark: Watermark) {
    this.options = options;
    this.watermark = watermark;
    this.instance = instance;
    this.epoch = epoch;
  }

  /**
   * Throws `already_running`, `newer_database` or `storage`. A write-ahead log that cannot be replayed is set aside.
   * Where commits are missing, for that or any other reason, the epoch is a new one.
   */
  static async open(options: InstanceOptions): Promise<Database> {
    const instance = await openInstance(options, 'set it aside');
    const connection = await instance.connect();
    try {
      const watermark = new Watermark(`${options.path}.watermark`);
      let epoch = options.readOnly ? await readEpoch(connection, options.path) : await migrate(connection, options.path);
      const lost = options.readOnly ? 0 : await lostCommits(connection, watermark, epoch, options.path);
      if (lost > 0) {
        options.logger.error({ commits: lost }, 'the index came back without its last commits; the tails are read again under a new epoch');
        epoch = await renewEpoch(connection);
      }
      return new Database(options, instance, epoch, watermark);
    } catch (error) {
      connection.closeSync();
      instance.closeSync();
      throw damageIn(error, options.path) ?? error;
    }
  }

  async connect(): Promise<DuckDBConnection> {
    if (this.instance === null) throw new LakeError('storage', `The index ${this.options.path} is closed.`);
    return this.instance.connect();
  }

  /**
   * After a fatal error, which invalidates the instance. Connections made before are dead. Never sets a
   * write-ahead log aside: offsets that were given out would be given out again, under the same epoch.
   */
  async reopen(): Promise<void> {
    if (this.closed) return;
    this.instance?.closeSync();
    this.instance = null;
    this.instance = await openInstance(this.options, 'keep the log');
    this.openings += 1;
    const connection = await this.instance.connect();
    const lost = await lostCommits(connection, this.watermark, this.epoch, this.options.path);
    connection.closeSync();
    if (lost === 0) return;
    this.instance.closeSync();
    this.instance = null;
    throw new LakeError('storage', `The index ${this.options.path} came back without its last ${lost} commits.`, { hint: 'Start sessionlake again: the tails are then read again under a new epoch.' });
  }

  /** To be called after each commit, with its number. */
  committed(seq: number): void {
    try {
      this.watermark.write(this.epoch, seq);
    } catch (error) {
      // Without it nothing is lost, only a loss would not be noticed.
      if (!this.unmarked) this.options.logger.warn({ err: error }, 'the number of the last commit cannot be written down');
      this.unmarked = true;
    }
  }

  /**
   * What was freed goes back to the system: DuckDB's own and, where the C library is glibc, that of the whole process,
   * which DuckDB has trimmed whenever it is told its limit, be it the same one. `memoryLimitBytes`: from now on.
   */
  async giveBack(connection: DuckDBConnection, memoryLimitBytes = this.options.memoryLimitBytes): Promise<void> {
    // Whatever instance of the process is closed, as the archive's are, turns it off for all.
    await connection.run(BACKGROUND_THREADS);
    await connection.run(`SET memory_limit = '${memoryLimit({ memoryLimitBytes })}'`);
  }

  get path(): string {
    return this.options.path;
  }

  get isOpen(): boolean {
    return this.instance !== null;
  }

  close(): void {
    this.closed = true;
    this.instance?.closeSync();
    this.instance = null;
    this.watermark.close();
  }
}

/** True for errors after which DuckDB answers nothing until it is opened again. */
export function isFatal(error: unknown): boolean {
  return /invalidated|FATAL/i.test(messageOf(error));
}

/** How many commits were made in this epoch that neither the tables nor the journal know. */
async function lostCommits(connection: DuckDBConnection, watermark: Watermark, epoch: string, path: string): Promise<number> {
  const made = watermark.read(epoch);
  if (made === 0) return 0;
  const [last] = await queryRows<{ seq: number }>(connection, `SELECT ${LAST_COMMIT_SQL} AS seq`);
  return Math.max(0, made - lastCommitIn(journalPath(path), epoch, last?.seq ?? 0));
}
