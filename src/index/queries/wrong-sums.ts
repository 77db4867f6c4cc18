// The sums that are kept against the rows they were made of. Recounting goes through all rows, so it is done in few
// groups: what is kept is added, what is counted is taken away, and nothing must be left.

import type { DuckDBConnection } from '@duckdb/node-api';
import { FLAG } from '../../core/scan-batch.ts';
import { queryRows } from '../store/query.ts';
import { QUARTER_HOUR_MS } from '../spending/rates.ts';
import { countedCallsSql } from '../spending/spend.ts';

const NOT_COUNTED = FLAG.duplicate | FLAG.replaces;

/** Of records that count, those with a flag. */
const countSql = (flag: number): string => `count_if(flags & ${NOT_COUNTED | flag} = ${flag})`;
const COUNTED_MS = `CASE WHEN flags & ${NOT_COUNTED} = 0 AND ts_ms >= 0 THEN ts_ms END`;

/** Activity but for the calls of tools; times are NULL for none. */
const LINES = `SELECT session_ix, agent_ix, ${countSql(0)}::BIGINT AS records, ${countSql(FLAG.message)}::BIGINT AS messages, ${countSql(FLAG.error)}::BIGINT AS errors,
    (sum(byte_length) + count_if(flags & ${FLAG.glued} = 0))::BIGINT AS bytes, min(${COUNTED_MS}) AS first_ms, max(${COUNTED_MS}) AS last_ms FROM records GROUP BY session_ix, agent_ix
  UNION ALL SELECT session_ix, 0, 0, 0, 0, sum(byte_length + 1)::BIGINT, NULL, NULL FROM rejects GROUP BY session_ix`;

/** A row a call. */
const TOOL_CALLS = `SELECT session_ix, agent_ix, (CASE WHEN ts_ms = -1 THEN -1 ELSE ts_ms // ${QUARTER_HOUR_MS} END)::INTEGER AS bucket, unnest(json_extract_string(tools, '$[*].name')) AS tool
  FROM records WHERE flags & ${NOT_COUNTED} = 0 AND tools IS NOT NULL`;

const USAGE_KEYS = 'bucket, session_ix, agent_ix, model_ix, tier_ix';
const USAGE_NUMBERS = ['calls', 'input', 'output', 'cache_creation', 'cache_read', 'cache_creation_1h', 'web_searches'];

/** The tables of sums, each with the rows it should have. */
const RECOUNTED = {
  activity: {
    table: 'activity_deltas',
    rows: `SELECT session_ix, agent_ix, sum(records)::BIGINT AS records, sum(messages)::BIGINT AS messages, coalesce(sum(tool_calls), 0)::BIGINT AS tool_calls, sum(errors)::BIGINT AS errors, sum(bytes)::BIGINT AS bytes,
        coalesce(min(first_ms), -1) AS first_ms, coalesce(max(last_ms), -1) AS last_ms
      FROM (FROM (${LINES}) UNION ALL BY NAME SELECT session_ix, agent_ix, count(*) AS tool_calls FROM (${TOOL_CALLS}) GROUP BY session_ix, agent_ix) GROUP BY session_ix, agent_ix`,
  },
  usage: {
    table: 'usage_deltas',
    rows: `SELECT bucket::INTEGER AS bucket, session_ix, agent_ix, model_ix, tier_ix, ${USAGE_NUMBERS.map((name) => `sum(${name})::BIGINT AS ${name}`).join(', ')} FROM ${countedCallsSql()} GROUP BY ${USAGE_KEYS}`,
  },
  'tool calls': {
    table: 'tool_deltas',
    rows: `SELECT bucket, session_ix, agent_ix, string_ix AS tool_ix, count(*) AS calls FROM (${TOOL_CALLS}) JOIN strings ON value = tool GROUP BY bucket, session_ix, agent_ix, tool_ix`,
  },
} as const;

type SumName = keyof typeof RECOUNTED;

export interface WrongSum {
  session_ix: number;
  name: SumName;
}

const LINE_NUMBERS = ['records', 'messages', 'errors', 'bytes'];

const signed = (sign: '' | '-', names: readonly string[]): string => names.map((name) => `${sign}${name} AS ${name}`).join(', ');
const isLeft = (names: readonly string[]): string => names.map((name) => `coalesce(sum(${name}), 0) <> 0`).join(' OR ');
/** Of calls of tools: which quarter hours and tools they are of, as one number that adds up. */
const checksumSql = (tool: string): string => `hash(bucket, ${tool})::HUGEINT`;

/** Sessions whose sums of activity, or of tools, are wrong. */
const WRONG_LINES = `SELECT session_ix, bool_or(activity) AS activity, bool_or(tools) AS tools FROM (
    SELECT session_ix, ${isLeft([...LINE_NUMBERS, 'tool_calls'])} OR min(first_kept) IS DISTINCT FROM min(first_ms) OR max(last_kept) IS DISTINCT FROM max(last_ms) AS activity, ${isLeft(['calls', 'checksum'])} AS tools
    FROM (
      SELECT session_ix, agent_ix, ${signed('', [...LINE_NUMBERS, 'tool_calls'])}, CASE WHEN first_ms >= 0 THEN first_ms END AS first_kept, CASE WHEN last_ms >= 0 THEN last_ms END AS last_kept FROM activity_deltas
      UNION ALL BY NAME SELECT session_ix, agent_ix, ${signed('-', LINE_NUMBERS)}, first_ms, last_ms FROM (${LINES})
      UNION ALL BY NAME SELECT session_ix, agent_ix, sum(calls) AS calls, sum(${checksumSql('value')} * calls) AS checksum FROM tool_deltas JOIN strings ON string_ix = tool_ix GROUP BY session_ix, agent_ix
      UNION ALL BY NAME SELECT session_ix, agent_ix, -count(*) AS calls, -count(*) AS tool_calls, -sum(${checksumSql('tool')}) AS checksum FROM (${TOOL_CALLS}) GROUP BY session_ix, agent_ix
    ) GROUP BY session_ix, agent_ix
  ) WHERE activity OR tools GROUP BY session_ix ORDER BY session_ix`;

const WRONG_USAGE = `SELECT DISTINCT session_ix FROM (
    SELECT session_ix FROM (
      SELECT ${USAGE_KEYS}, ${signed('', USAGE_NUMBERS)} FROM usage_deltas UNION ALL BY NAME SELECT ${USAGE_KEYS}, ${signed('-', USAGE_NUMBERS)} FROM ${countedCallsSql()}
    ) GROUP BY ${USAGE_KEYS} HAVING ${isLeft(USAGE_NUMBERS)}
  ) ORDER BY session_ix`;

/** Newer versions of records count only what is new in them, which the rows do not say. */
const WITH_VERSIONS = `SELECT DISTINCT session_ix FROM records WHERE flags & ${FLAG.replaces} <> 0`;

/** Sessions whose sums are not those of their rows. Usage is counted from the calls, which are of all sessions. */
export async function wrongSums(connection: DuckDBConnection): Promise<WrongSum[]> {
  const unsure = new Set((await queryRows<{ session_ix: number }>(connection, WITH_VERSIONS)).map(({ session_ix }) => session_ix));
  const lines = await queryRows<{ session_ix: number; activity: boolean; tools: boolean }>(connection, WRONG_LINES);
  const usage = await queryRows<{ session_ix: number }>(connection, WRONG_USAGE);
  const named = (name: SumName, rows: readonly { session_ix: number }[]): WrongSum[] => rows.map(({ session_ix }) => ({ session_ix, name }));
  const wrong = [...named('activity', lines.filter(({ activity }) => activity)), ...named('usage', usage), ...named('tool calls', lines.filter(({ tools }) => tools))];
  return wrong.filter(({ session_ix }) => !unsure.has(session_ix));
}

/** Makes these sessions' sums anew from their rows, in one transaction; all that is committed must be in the tables. */
export async function recountSums(connection: DuckDBConnection, wrong: readonly WrongSum[]): Promise<void> {
  await connection.run('BEGIN');
  try {
    for (const [name, { table, rows }] of Object.entries(RECOUNTED)) {
      const sessions = wrong.filter((sum) => sum.name === name).map((sum) => sum.session_ix);
      if (sessions.length === 0) continue;
      const where = `session_ix IN (${sessions.join(',')})`;
      await connection.run(`CREATE OR REPLACE TEMP TABLE recounted_sums AS SELECT * FROM (${rows}) WHERE ${where}`);
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
