// Merging what later rows superseded or added to, so that the small tables stay small. Each table is
// replaced by its own merge in one transaction; readers see the same answers before and after.

import type { DuckDBConnection } from '@duckdb/node-api';
import { TITLE_ORDER } from '../rows/titles.ts';

const SUMS = ['calls', 'input', 'output', 'cache_creation', 'cache_read', 'cache_creation_1h'];

const MERGES: Record<string, string> = {
  file_marks: `SELECT * FROM file_marks QUALIFY row_number() OVER (PARTITION BY file_ix ORDER BY seq DESC) = 1`,
  calls: `SELECT * FROM calls QUALIFY row_number() OVER (PARTITION BY message, request ORDER BY seq DESC) = 1`,
  activity_deltas: `SELECT session_ix, agent_ix, sum(records), sum(messages), sum(tool_calls), sum(errors), sum(bytes),
    coalesce(min(first_ms) FILTER (first_ms >= 0), -1), max(last_ms) FROM activity_deltas GROUP BY session_ix, agent_ix ORDER BY session_ix, agent_ix`,
  usage_deltas: `SELECT bucket, session_ix, agent_ix, model_ix, ${SUMS.map((name) => `sum(${name})`).join(', ')}, tier_ix, sum(web_searches)
    FROM usage_deltas GROUP BY bucket, session_ix, agent_ix, model_ix, tier_ix HAVING ${[...SUMS, 'web_searches'].map((name) => `sum(${name}) <> 0`).join(' OR ')}
    ORDER BY bucket, session_ix, agent_ix, model_ix, tier_ix`,
  tool_deltas: `SELECT bucket, session_ix, agent_ix, tool_ix, sum(calls) FROM tool_deltas GROUP BY bucket, session_ix, agent_ix, tool_ix ORDER BY bucket, session_ix`,
  titles: `SELECT * FROM titles QUALIFY row_number() OVER (PARTITION BY session_ix, rank ORDER BY ${TITLE_ORDER}) = 1`,
  cwds: `SELECT * FROM cwds QUALIFY row_number() OVER (PARTITION BY session_ix ORDER BY at_ms, line, cwd) = 1 OR row_number() OVER (PARTITION BY session_ix ORDER BY at_ms DESC, line DESC, cwd DESC) = 1`,
  tasks: 'SELECT DISTINCT * FROM tasks',
  agent_origins: 'SELECT DISTINCT * FROM agent_origins',
  agent_links: `SELECT * FROM agent_links QUALIFY rank() OVER (PARTITION BY agent_ix, rule ORDER BY at_ms, line, tool_use_id) = 1`,
  sidecars: `SELECT * FROM sidecars QUALIFY row_number() OVER (PARTITION BY root, path ORDER BY seq DESC) = 1`,
};

export async function compact(connection: DuckDBConnection): Promise<void> {
  for (const [table, merge] of Object.entries(MERGES)) {
    await connection.run('BEGIN');
    try {
      await connection.run(`CREATE TEMP TABLE merged_${table} AS ${merge}`);
      await connection.run(`DELETE FROM ${table}`);
      await connection.run(`INSERT INTO ${table} SELECT * FROM merged_${table}`);
      await connection.run(`DROP TABLE merged_${table}`);
      await connection.run('COMMIT');
    } catch (error) {
      await connection.run('ROLLBACK');
      throw error;
    }
  }
  await connection.run('CHECKPOINT');
}
