// The one DuckDB file: opened once, by one instance, in one process. Opening it a second time is
// refused with the holder's pid; nothing here ever opens the file by any other means, because closing
// such a descriptor would drop the lock.

import { randomUUID } from 'node:crypto';
import { existsSync, renameSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBConnection, DuckDBDataChunk, DuckDBMaterializedResult, DuckDBValue } from '@duckdb/node-api';
import { LakeError, messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { journalPath, lastCommitIn } from './journal.ts';
import { migrateFrom } from './migrations.ts';
import { createTablesSql, FILES_NOW_VIEW, LAST_COMMIT_SQL, SCHEMA_VERSION } from './schema.ts';
import { Watermark } from './watermark.ts';

export interface DatabaseOptions {
  path: string;
  readOnly: boolean;
  memoryLimitBytes: number;
  threads: number;
  tempDir: string;
  logger: Logger;
}

/** Freed memory goes back also when nothing is asked any more. As a setting of the instance it does nothing. */
const BACKGROUND_THREADS = 'SET GLOBAL allocator_background_threads = true';

type Row = Record<string, DuckDBValue>;

export class Database {
  readonly epoch: string;
  private readonly options: DatabaseOptions;
  private readonly watermark: Watermark;
  private unmarked = false;
  /** Null after closing, and where opening again has failed so far. */
  private instance: DuckDBInstance | null;
  private closed = false;

  private constructor(options: DatabaseOptions, instance: DuckDBInstance, epoch: string, watermark: Watermark) {
    this.options = options;
    this.watermark = watermark;
    this.instance = instance;
    this.epoch = epoch;
  }

  /**
   * Throws `already_running`, `newer_database` or `storage`. A write-ahead log that cannot be replayed is set aside.
   * Where commits are missing, for that or any other reason, the epoch is a new one.
   */
  static async open(options: DatabaseOptions): Promise<Database> {
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
      throw error;
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
   * which DuckDB has trimmed whenever it is told its limit, be it the same one.
   */
  async giveBack(connection: DuckDBConnection): Promise<void> {
    // Whatever instance of the process is closed, as the archive's are, turns it off for all.
    await connection.run(BACKGROUND_THREADS);
    await connection.run(`SET memory_limit = '${memoryLimit(this.options)}'`);
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

/** Rows as plain objects. Cast 64-bit integers to DOUBLE in the query to get numbers. */
export async function queryRows<T extends object = Row>(connection: DuckDBConnection, sql: string, values: DuckDBValue[] = []): Promise<T[]> {
  // With values, were they none, a statement is first prepared on this thread.
  const result = await connection.run(sql, values.length === 0 ? undefined : values);
  const names = result.deduplicatedColumnNames();
  const rows: Row[] = [];
  for (const chunk of chunksOf(result)) chunk.appendToRowObjects(names, rows);
  return rows as T[];
}

/** Rows as columns, without values. */
export async function queryChunks(connection: DuckDBConnection, sql: string): Promise<DuckDBDataChunk[]> {
  return [...chunksOf(await connection.run(sql))];
}

/** Fetched one by one, each would be a turn of another thread, and one more to hear that there is none. */
function* chunksOf(result: DuckDBMaterializedResult): Generator<DuckDBDataChunk> {
  for (let i = 0; i < result.chunkCount; i++) yield result.getChunk(i);
}

function memoryLimit({ memoryLimitBytes }: DatabaseOptions): string {
  return `${Math.round(memoryLimitBytes / 1024 / 1024)}MiB`;
}

async function openInstance(options: DatabaseOptions, brokenLog: 'keep the log' | 'set it aside'): Promise<DuckDBInstance> {
  const config: Record<string, string> = {
    access_mode: options.readOnly ? 'READ_ONLY' : 'READ_WRITE',
    threads: String(options.threads),
    memory_limit: memoryLimit(options),
    temp_directory: options.tempDir,
    max_temp_directory_size: '4GiB',
    // Of a new file. Rows that are only in the log take a block a column, 267 of them: by default 70 MiB.
    default_block_size: '131072',
    // A checkpoint in the middle of traffic is a pause; the writer makes them when it rests.
    checkpoint_threshold: '32MiB',
    // Memory that a bulk index took goes back to the system instead of being kept for the next one.
    allocator_flush_threshold: '4MiB',
    allocator_bulk_deallocation_flush_threshold: '4MiB',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
    preserve_insertion_order: 'true',
  };
  try {
    return await createInstance(options, config);
  } catch (error) {
    const message = messageOf(error);
    // By DuckDB's own words: the path may hold any word, and a corrupt "block" is no lock.
    if (/Could not set lock|Conflicting lock|used by another process/i.test(message)) throw lockedError(message, options.path, error);
    const logIsBroken = !options.readOnly && /Failure while replaying WAL/i.test(message) && existsSync(`${options.path}.wal`);
    if (logIsBroken && brokenLog === 'set it aside') return reopenWithoutWal(options, config, message);
    throw new LakeError('storage', `The index ${options.path} cannot be opened: ${message}`, {
      cause: error,
      hint: logIsBroken ? 'Start sessionlake again: the log is then set aside and the tails are read again.' : 'If the file is damaged, move it away and start again: a new index is made of archive/ and of the logs that are still there.',
    });
  }
}

/**
 * An instance lives until its last connection and result are gone. One that was given up after a fatal
 * error may so end long after the file was opened again: then it must not write its own state over it.
 */
async function createInstance(options: DatabaseOptions, config: Record<string, string>): Promise<DuckDBInstance> {
  const instance = await DuckDBInstance.create(options.path, config);
  const connection = await instance.connect();
  await connection.run('PRAGMA disable_checkpoint_on_shutdown');
  await connection.run(BACKGROUND_THREADS);
  connection.closeSync();
  return instance;
}

function lockedError(message: string, path: string, cause: unknown): LakeError {
  const pid = /PID (\d+)/.exec(message)?.[1];
  return new LakeError('already_running', `${path} is in use by ${pid === undefined ? 'another process' : `the process with pid ${pid}`}.`, {
    cause,
    hint: 'Only one daemon serves a data directory: stop the other with "sessionlake stop", or choose another with --data-dir.',
  });
}

/** Rows since the last checkpoint are lost to the index but not to the lake: their file offsets went with them. */
async function reopenWithoutWal(options: DatabaseOptions, config: Record<string, string>, message: string): Promise<DuckDBInstance> {
  const aside = `${options.path}.wal.broken-${Date.now()}`;
  renameSync(`${options.path}.wal`, aside);
  options.logger.error({ path: aside, reason: message }, 'the write-ahead log could not be replayed and was set aside; the tails are read again under a new epoch');
  const instance = await createInstance(options, config);
  const connection = await instance.connect();
  const tables = await queryRows(connection, "SELECT 1 FROM duckdb_tables() WHERE table_name = 'meta'");
  if (tables.length > 0) await renewEpoch(connection);
  connection.closeSync();
  return instance;
}

async function migrate(connection: DuckDBConnection, path: string): Promise<string> {
  const tables = await queryRows(connection, "SELECT 1 FROM duckdb_tables() WHERE table_name = 'meta'");
  if (tables.length > 0) {
    const known = await readMeta(connection, path);
    if (known.version < SCHEMA_VERSION) await migrateFrom(connection, known.version, SCHEMA_VERSION);
    return known.epoch;
  }
  const epoch = newEpoch();
  await connection.run('BEGIN');
  await connection.run(createTablesSql());
  await connection.run(FILES_NOW_VIEW);
  await connection.run("INSERT INTO meta VALUES ('schema_version', ?), ('epoch', ?)", [String(SCHEMA_VERSION), epoch]);
  await connection.run('COMMIT');
  await connection.run('CHECKPOINT');
  return epoch;
}

/** Of an index that is only read, which nobody migrates. */
async function readEpoch(connection: DuckDBConnection, path: string): Promise<string> {
  const { version, epoch } = await readMeta(connection, path);
  if (version < SCHEMA_VERSION) throw new LakeError('storage', `${path} has the older schema version ${version}.`, { hint: 'Start sessionlake once: the index is then brought up to date.' });
  return epoch;
}

async function readMeta(connection: DuckDBConnection, path: string): Promise<{ version: number; epoch: string }> {
  const rows = await queryRows<{ key: string; value: string }>(connection, 'SELECT key, value FROM meta');
  const meta = new Map(rows.map((row) => [row.key, row.value]));
  const version = Number(meta.get('schema_version'));
  if (version > SCHEMA_VERSION) {
    throw new LakeError('newer_database', `${path} has schema version ${version}; this program knows up to ${SCHEMA_VERSION}.`, {
      hint: 'Update sessionlake, or choose another data directory with --data-dir. Nothing was changed.',
    });
  }
  const epoch = meta.get('epoch');
  if (epoch === undefined) throw new LakeError('storage', `${path} is not an index of sessionlake.`, { hint: 'Choose another data directory with --data-dir.' });
  return { version, epoch };
}

async function renewEpoch(connection: DuckDBConnection): Promise<string> {
  const epoch = newEpoch();
  await connection.run("UPDATE meta SET value = ? WHERE key = 'epoch'", [epoch]);
  return epoch;
}

/** How many commits were made in this epoch that neither the tables nor the journal know. */
async function lostCommits(connection: DuckDBConnection, watermark: Watermark, epoch: string, path: string): Promise<number> {
  const made = watermark.read(epoch);
  if (made === 0) return 0;
  const [last] = await queryRows<{ seq: number }>(connection, `SELECT ${LAST_COMMIT_SQL} AS seq`);
  return Math.max(0, made - lastCommitIn(journalPath(path), epoch, last?.seq ?? 0));
}

function newEpoch(): string {
  return randomUUID().replaceAll('-', '').slice(0, 16);
}
