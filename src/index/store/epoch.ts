// What an index says of itself: the version of its tables, and the epoch within which its lake offsets hold.

import { randomUUID } from 'node:crypto';
import type { DuckDBConnection } from '@duckdb/node-api';
import { LakeError } from '../../core/errors.ts';
import { migrateFrom } from './migrations.ts';
import { queryRows } from './query.ts';
import { createTablesSql, FILES_NOW_VIEW, SCHEMA_VERSION } from './schema.ts';

/** Makes the tables of a new index, or brings those of an older one up to date. The epoch. Throws `newer_database` or `storage`. */
export async function migrate(connection: DuckDBConnection, path: string): Promise<string> {
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

/** Of an index that is only read, which nobody migrates. Throws the same. */
export async function readEpoch(connection: DuckDBConnection, path: string): Promise<string> {
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

/** For offsets that are given out a second time. */
export async function renewEpoch(connection: DuckDBConnection): Promise<string> {
  const epoch = newEpoch();
  await connection.run("UPDATE meta SET value = ? WHERE key = 'epoch'", [epoch]);
  return epoch;
}

function newEpoch(): string {
  return randomUUID().replaceAll('-', '').slice(0, 16);
}
