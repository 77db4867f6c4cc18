// DuckDB reads the logs by itself: with the columns told, into rows like those of our `records` and sums
// like our rollups, in a database file; or with the columns found out by itself, as a first try would.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

const LIMITS = 'ignore_errors = true, maximum_object_size = 268435456';

/** What our index has of a line but its byte offset, which read_ndjson does not tell. */
export const LINES_SQL = (root: string): string => `
  SELECT filename, row_number() OVER () AS line, type, uuid, "parentUuid" AS parent, coalesce("sessionId", '') AS session, "agentId" AS agent,
    epoch_ms(TRY_CAST("timestamp" AS TIMESTAMP)) AS ts_ms, message.role AS role, message.model AS model, "isSidechain" AS sidechain, "isMeta" AS meta,
    message.usage.input_tokens AS input, message.usage.output_tokens AS output,
    message.usage.cache_creation_input_tokens AS cache_creation, message.usage.cache_read_input_tokens AS cache_read,
    message.id AS call_message, "requestId" AS call_request,
    nullif(json_extract_string(message.content, '$[*].name'), []) AS tools, nullif(json_extract_string(message.content, '$[*].tool_use_id'), []) AS tool_results
  FROM read_ndjson('${root}/**/*.jsonl', ${LIMITS}, filename = true, columns = {
    type: 'VARCHAR', uuid: 'VARCHAR', parentUuid: 'VARCHAR', sessionId: 'VARCHAR', agentId: 'VARCHAR', timestamp: 'VARCHAR', isSidechain: 'BOOLEAN', isMeta: 'BOOLEAN', requestId: 'VARCHAR',
    message: 'STRUCT(role VARCHAR, model VARCHAR, id VARCHAR, usage STRUCT(input_tokens BIGINT, output_tokens BIGINT, cache_creation_input_tokens BIGINT, cache_read_input_tokens BIGINT), content JSON)'})`;

/** Names become numbers and ids become bytes, as in ours; each call once, by its largest output. */
const ROWS_SQL = (root: string): string => `
  CREATE TABLE lines AS SELECT * REPLACE (TRY_CAST(uuid AS UUID) AS uuid, TRY_CAST(parent AS UUID) AS parent, hash(filename) AS filename, hash(session) AS session, hash(agent) AS agent,
    hash(type) AS type, hash(role) AS role, hash(model) AS model, hash(call_message) AS call_message, hash(call_request) AS call_request) FROM (${LINES_SQL(root)});
  CREATE TABLE calls AS SELECT call_message, call_request, max(output) AS output, arg_max(input, output) AS input, arg_max(cache_creation, output) AS cache_creation,
    arg_max(cache_read, output) AS cache_read, any_value(session) AS session, any_value(model) AS model, min(ts_ms) AS ts_ms FROM lines WHERE output IS NOT NULL GROUP BY ALL;
  CREATE TABLE sums AS SELECT ts_ms // 900000 AS bucket, session, model, count(*) AS calls, sum(input), sum(output), sum(cache_creation), sum(cache_read) FROM calls GROUP BY ALL;
  CREATE TABLE activity AS SELECT session, agent, count(*), min(ts_ms), max(ts_ms) FROM lines GROUP BY ALL;`;

const AUTO_SQL = (root: string): string =>
  `CREATE TABLE lines AS SELECT * FROM read_json_auto('${root}/**/*.jsonl', format = 'newline_delimited', union_by_name = true, ${LIMITS});`;

export function duckdbRows(root: string): Promise<void> {
  return inDatabase(ROWS_SQL(root));
}

export function duckdbAuto(root: string): Promise<void> {
  return inDatabase(AUTO_SQL(root));
}

export async function inDatabase(sql: string): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'sessionlake-bench-duckdb-'));
  try {
    const instance = await DuckDBInstance.create(join(dir, 'lake.duckdb'));
    const connection = await instance.connect();
    await connection.run(sql);
    await connection.run('CHECKPOINT');
    connection.closeSync();
    instance.closeSync();
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
