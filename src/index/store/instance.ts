// DuckDB over the index's file, as this program opens it, and what is done where it cannot be.

import { existsSync, renameSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import { textDecoder } from '@duckdb/node-api/lib/vectors/dataAccessors.js';
import { decodeWhole } from '../../core/bytes/whole-texts.ts';
import { LakeError, messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { renewEpoch } from './epoch.ts';
import { queryRows } from './query.ts';

export interface InstanceOptions {
  path: string;
  readOnly: boolean;
  memoryLimitBytes: number;
  threads: number;
  tempDir: string;
  logger: Logger;
}

/** Freed memory goes back also when nothing is asked any more. As a setting of the instance it does nothing. */
export const BACKGROUND_THREADS = 'SET GLOBAL allocator_background_threads = true';

/** Throws `already_running` or `storage`. */
export async function openInstance(options: InstanceOptions, brokenLog: 'keep the log' | 'set it aside'): Promise<DuckDBInstance> {
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
async function createInstance(options: InstanceOptions, config: Record<string, string>): Promise<DuckDBInstance> {
  decodeWhole(textDecoder);
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
async function reopenWithoutWal(options: InstanceOptions, config: Record<string, string>, message: string): Promise<DuckDBInstance> {
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

/** As DuckDB is told it. */
export function memoryLimit({ memoryLimitBytes }: Pick<InstanceOptions, 'memoryLimitBytes'>): string {
  return `${Math.round(memoryLimitBytes / 1024 / 1024)}MiB`;
}
