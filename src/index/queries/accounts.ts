// The index against itself: every byte of a file up to its offset is in one indexed or rejected line, and the
// sums that are kept are those of the rows. Each is one pass over narrow columns.

import type { DuckDBConnection } from '@duckdb/node-api';
import { FLAG } from '../../core/scan-batch.ts';
import { queryRows } from '../database.ts';

const LINE_BYTES = `byte_length + CASE WHEN flags & ${FLAG.glued} = 0 THEN 1 ELSE 0 END`;
const NOT_COUNTED = FLAG.duplicate | FLAG.replaces;
const QUARTER_HOUR_MS = 900_000;

export interface FileAccount {
  file_ix: number;
  path: string;
  offset_bytes: number;
  lines: number;
  /** Bytes and lines that the rows account for. */
  bytes_found: number;
  lines_found: number;
}

/** Files of which bytes or lines are missing, or are there twice. */
export async function unaccountedFiles(connection: DuckDBConnection): Promise<FileAccount[]> {
  return queryRows<FileAccount>(
    connection,
    `WITH found AS (
      SELECT file_ix, sum(bytes)::DOUBLE AS bytes_found, max(last_line)::DOUBLE AS lines_found, bool_or(mixed) AS mixed FROM (
        SELECT file_ix, sum(${LINE_BYTES}) AS bytes, max(line) AS last_line, bool_or(flags & ${FLAG.glued} <> 0) AS mixed FROM records GROUP BY file_ix
        UNION ALL SELECT file_ix, sum(byte_length + 1), max(CASE WHEN reason = 'lost' THEN 0 ELSE line END), bool_or(reason = 'lost') FROM rejects GROUP BY file_ix
      ) GROUP BY file_ix
    )
    SELECT f.file_ix, f.root || '/' || f.path AS path, f.offset_bytes::DOUBLE AS offset_bytes, f.lines::DOUBLE AS lines, coalesce(bytes_found, 0) AS bytes_found, coalesce(lines_found, 0) AS lines_found
    FROM files_now f LEFT JOIN found USING (file_ix)
    -- Records that share a line may have a rejected piece among them, which has no newline of its own.
    WHERE (coalesce(bytes_found, 0) <> f.offset_bytes OR coalesce(lines_found, 0) <> f.lines) AND NOT coalesce(mixed, false) ORDER BY f.file_ix`,
  );
}

/** Newer versions of records count only what is new in them, which the rows do not say. */
const WITH_VERSIONS = `SELECT DISTINCT session_ix FROM records WHERE flags & ${FLAG.replaces} <> 0`;

const ACTIVITY_COLUMNS = 'records, messages, tool_calls, errors, bytes, first_ms, last_ms';

const ACTIVITY = `WITH lines AS (
    SELECT session_ix, agent_ix, flags & ${NOT_COUNTED} = 0 AS counts, flags, ts_ms, ${LINE_BYTES} AS bytes, coalesce(json_array_length(tools), 0) AS tools FROM records
    UNION ALL SELECT session_ix, 0, false, 0, -1, byte_length + 1, 0 FROM rejects
  )
  SELECT session_ix, agent_ix, count(*) FILTER (counts) AS records, count(*) FILTER (counts AND flags & ${FLAG.message} <> 0) AS messages, coalesce(sum(tools) FILTER (counts), 0)::BIGINT AS tool_calls,
    count(*) FILTER (counts AND flags & ${FLAG.error} <> 0) AS errors, sum(bytes)::BIGINT AS bytes, coalesce(min(ts_ms) FILTER (counts AND ts_ms >= 0), -1) AS first_ms, coalesce(max(ts_ms) FILTER (counts), -1) AS last_ms
  FROM lines GROUP BY session_ix, agent_ix`;

const KEPT_ACTIVITY = `SELECT session_ix, agent_ix, sum(records)::BIGINT AS records, sum(messages)::BIGINT AS messages, sum(tool_calls)::BIGINT AS tool_calls, sum(errors)::BIGINT AS errors, sum(bytes)::BIGINT AS bytes,
    coalesce(min(first_ms) FILTER (first_ms >= 0), -1) AS first_ms, max(last_ms) AS last_ms FROM activity_deltas GROUP BY session_ix, agent_ix`;

const USAGE_KEYS = 'bucket, session_ix, agent_ix, model_ix, tier_ix';
const USAGE_NUMBERS = ['input', 'output', 'cache_creation', 'cache_read', 'cache_creation_1h', 'web_searches'];
const USAGE_SUMS = USAGE_NUMBERS.map((name) => `sum(${name})::BIGINT AS ${name}`).join(', ');

const USAGE = `WITH newest AS (SELECT * FROM calls QUALIFY row_number() OVER (PARTITION BY message, request ORDER BY seq DESC) = 1),
  counted AS (SELECT * FROM newest WHERE NOT sidechain OR message NOT IN (SELECT message FROM newest WHERE NOT sidechain))
  SELECT (CASE WHEN best_ms = -1 THEN -1 ELSE best_ms // ${QUARTER_HOUR_MS} END)::INTEGER AS bucket, session_ix, agent_ix, model_ix, tier_ix, count(*) AS calls, ${USAGE_SUMS}
  FROM counted GROUP BY ${USAGE_KEYS}`;

const KEPT_USAGE = `SELECT ${USAGE_KEYS}, sum(calls)::BIGINT AS calls, ${USAGE_SUMS} FROM usage_deltas GROUP BY ${USAGE_KEYS}
    HAVING ${['calls', ...USAGE_NUMBERS].map((name) => `sum(${name}) <> 0`).join(' OR ')}`;

const TOOLS = `SELECT (CASE WHEN ts_ms = -1 THEN -1 ELSE ts_ms // ${QUARTER_HOUR_MS} END)::INTEGER AS bucket, session_ix, agent_ix, string_ix AS tool_ix, count(*) AS calls
  FROM (SELECT ts_ms, session_ix, agent_ix, unnest(from_json(tools, '[{"name":"VARCHAR"}]')).name AS name FROM records WHERE flags & ${NOT_COUNTED} = 0 AND tools IS NOT NULL) JOIN strings ON value = name
  GROUP BY bucket, session_ix, agent_ix, tool_ix`;

const KEPT_TOOLS = 'SELECT bucket, session_ix, agent_ix, tool_ix, sum(calls)::BIGINT AS calls FROM tool_deltas GROUP BY bucket, session_ix, agent_ix, tool_ix HAVING sum(calls) <> 0';

interface SumsTable {
  table: string;
  name: string;
  columns: string;
  kept: string;
  recounted: string;
}

const SUMS: readonly SumsTable[] = [
  { table: 'activity_deltas', name: 'activity', columns: `session_ix, agent_ix, ${ACTIVITY_COLUMNS}`, kept: KEPT_ACTIVITY, recounted: ACTIVITY },
  { table: 'usage_deltas', name: 'usage', columns: `${USAGE_KEYS}, calls, ${USAGE_NUMBERS.join(', ')}`, kept: KEPT_USAGE, recounted: USAGE },
  { table: 'tool_deltas', name: 'tool calls', columns: 'bucket, session_ix, agent_ix, tool_ix, calls', kept: KEPT_TOOLS, recounted: TOOLS },
];

export interface WrongSum {
  session_ix: number;
  /** Which sums: `activity`, `usage` or `tool calls`. */
  name: string;
}

/** Sessions whose sums are not those of their rows. Usage is counted from the calls, which are of all sessions. */
export async function wrongSums(connection: DuckDBConnection): Promise<WrongSum[]> {
  const wrong: WrongSum[] = [];
  for (const { name, columns, kept, recounted } of SUMS) {
    const rows = await queryRows<{ session_ix: number }>(
      connection,
      `WITH kept AS (${kept}), recounted AS (${recounted}), differing AS (
        (SELECT ${columns} FROM kept EXCEPT ALL SELECT ${columns} FROM recounted) UNION ALL (SELECT ${columns} FROM recounted EXCEPT ALL SELECT ${columns} FROM kept)
      ) SELECT DISTINCT session_ix FROM differing WHERE session_ix NOT IN (${WITH_VERSIONS}) ORDER BY session_ix`,
    );
    for (const { session_ix } of rows) wrong.push({ session_ix, name });
  }
  return wrong;
}

/** Makes these sessions' sums anew from their rows, in one transaction; all that is committed must be in the tables. */
export async function recountSums(connection: DuckDBConnection, wrong: readonly WrongSum[]): Promise<void> {
  await connection.run('BEGIN');
  try {
    for (const { table, name, columns, recounted } of SUMS) {
      const sessions = wrong.filter((sum) => sum.name === name).map((sum) => sum.session_ix);
      if (sessions.length === 0) continue;
      const where = `session_ix IN (${sessions.join(',')})`;
      await connection.run(`CREATE OR REPLACE TEMP TABLE recounted_sums AS SELECT ${columns} FROM (${recounted}) WHERE ${where}`);
      await connection.run(`DELETE FROM ${table} WHERE ${where}`);
      await connection.run(`INSERT INTO ${table} BY NAME SELECT * FROM recounted_sums`);
      await connection.run('DROP TABLE recounted_sums');
    }
    await connection.run('COMMIT');
  } catch (error) {
    await connection.run('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
