// From older schemas to the newest, a step a version. What older versions did not store stays unknown.

import type { DuckDBConnection } from '@duckdb/node-api';

/** A table is made anew: one that is altered twice in a transaction does not commit. `select`: its columns from those it had. */
function rebuilt(table: string, columns: string, select: string): string[] {
  return [`CREATE TEMP TABLE old_${table} AS SELECT * FROM ${table}`, `DROP TABLE ${table}`, `CREATE TABLE ${table} (${columns})`, `INSERT INTO ${table} SELECT ${select} FROM old_${table}`, `DROP TABLE old_${table}`];
}

/** By the version that a step leads to. Where facts were told is not known: the order of telling stands for the time. */
const STEPS: Readonly<Record<number, readonly string[]>> = {
  2: [
    ...rebuilt('sessions', 'session_ix INTEGER, id VARCHAR, source VARCHAR, project VARCHAR, owner_main BOOLEAN, owner_place VARCHAR', "*, false, ''"),
    ...rebuilt('agent_links', 'agent_ix INTEGER, at_ms BIGINT, tool_use_id VARCHAR, rule VARCHAR, parent_agent_ix INTEGER, line INTEGER', '*, 0'),
    ...rebuilt('tasks', 'session_ix INTEGER, at_ms BIGINT, tool_use_id VARCHAR, agent_type VARCHAR, description VARCHAR, line INTEGER, agent_ix INTEGER, prompt UBIGINT, run VARCHAR', '*, 0, 0, 0, NULL'),
    ...rebuilt('titles', 'session_ix INTEGER, at_ms BIGINT, rank UTINYINT, title VARCHAR, line INTEGER', '*, 0'),
    ...rebuilt('cwds', 'session_ix INTEGER, at_ms BIGINT, cwd VARCHAR, line INTEGER', '*, 0'),
    'CREATE TABLE agent_origins (agent_ix INTEGER, prompt UBIGINT, run VARCHAR)',
    `CREATE TABLE sidecars (seq BIGINT, source VARCHAR, root VARCHAR, path VARCHAR, size_bytes BIGINT, modified_ms BIGINT,
      session VARCHAR, agent VARCHAR, tool_use_id VARCHAR, agent_type VARCHAR, description VARCHAR)`,
  ],
  3: [
    ...rebuilt('usage_deltas', `bucket INTEGER, session_ix INTEGER, agent_ix INTEGER, model_ix INTEGER, calls BIGINT,
      input BIGINT, output BIGINT, cache_creation BIGINT, cache_read BIGINT, cache_creation_1h BIGINT, tier_ix INTEGER, web_searches BIGINT`, '*, 0, 0'),
    ...rebuilt('calls', `message UBIGINT, request UBIGINT, seq BIGINT, session_ix INTEGER, agent_ix INTEGER, sidechain BOOLEAN, owner_ms BIGINT, owner_birth_ms BIGINT,
      model_ix INTEGER, best_ms BIGINT, input BIGINT, output BIGINT, cache_creation BIGINT, cache_read BIGINT, cache_creation_1h BIGINT, tier_ix INTEGER, web_searches BIGINT`, '*, 0, 0'),
    'CREATE TABLE oddities (lake_offset BIGINT, file_ix INTEGER, line INTEGER, byte_offset BIGINT, byte_length BIGINT, session_ix INTEGER, reason VARCHAR)',
  ],
  4: [
    'CREATE TABLE dimensions (lake_offset BIGINT, session_ix INTEGER, ts_ms BIGINT, name_ix INTEGER, value VARCHAR)',
    'CREATE TABLE measures (lake_offset BIGINT, session_ix INTEGER, ts_ms BIGINT, name_ix INTEGER, value DOUBLE)',
  ],
};

/** In one transaction, with a checkpoint after it: a log with changes of tables in it is what replays worst. */
export async function migrateFrom(connection: DuckDBConnection, version: number, target: number): Promise<void> {
  await connection.run('BEGIN');
  try {
    for (let next = version + 1; next <= target; next++) for (const statement of STEPS[next] ?? []) await connection.run(statement);
    await connection.run("UPDATE meta SET value = ? WHERE key = 'schema_version'", [String(target)]);
    await connection.run('COMMIT');
  } catch (error) {
    await connection.run('ROLLBACK');
    throw error;
  }
  await connection.run('CHECKPOINT');
}
