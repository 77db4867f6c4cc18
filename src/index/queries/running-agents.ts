// Which subagents had begun at a time, and which of them still ran. One runs while the tool call that started
// it has no result. Where that has one, or is not known, the agent may go on in the background: then it runs
// as long as it wrote lately, and later than the result came.

import type { DuckDBConnection } from '@duckdb/node-api';
import { FLAG } from '../../core/scan-batch.ts';
import { queryRows } from '../database.ts';
import type { SessionName } from '../directories.ts';
import { linksSql } from './links.ts';
import { resultRowsSql } from './tool-results.ts';

/** Quiet for longer, an agent in the background is taken to have ended. */
const QUIET_MS = 5 * 60_000;

interface BegunRow {
  id: string;
  tool_use_id: string | null;
  type: string | null;
  description: string | null;
  first_ms: number;
  wrote_ms: number | null;
  ended_ms: number | null;
}

export interface BegunAgents {
  count: number;
  /** In the order in which they began. */
  running: BegunRow[];
}

/** `open`: ids of the tool calls without a result then. */
export async function readBegun(connection: DuckDBConnection, session: SessionName, atMs: number, open: ReadonlySet<string>): Promise<BegunAgents> {
  const scope = `session_ix = ${session.ix}`;
  const lately = `${scope} AND ts_ms > ${atMs - QUIET_MS} AND ts_ms <= ${atMs}`;
  const begun = `SELECT agent_ix, min(first_ms) AS first_ms FROM activity_deltas WHERE ${scope} AND agent_ix > 0 AND first_ms >= 0 GROUP BY agent_ix HAVING min(first_ms) <= ${atMs}`;
  const [count] = await queryRows<{ n: number }>(connection, `SELECT count(*)::DOUBLE AS n FROM (${begun})`);
  if (count === undefined || count.n === 0) return { count: 0, running: [] };
  const rows = await queryRows<BegunRow>(
    connection,
    `WITH ${linksSql([session])}, begun AS (${begun}
    ), wrote AS (SELECT agent_ix, max(ts_ms) AS wrote_ms FROM records WHERE ${lately} AND agent_ix > 0 AND flags & ${FLAG.duplicate} = 0 GROUP BY agent_ix
    ), ended AS (SELECT id, min(ts_ms) AS ended_ms FROM (${resultRowsSql('ts_ms', lately)}) GROUP BY id)
    SELECT l.id, l.tool_use_id, l.agent_type AS type, l.description, b.first_ms::DOUBLE AS first_ms, w.wrote_ms::DOUBLE AS wrote_ms, e.ended_ms::DOUBLE AS ended_ms
    FROM begun b JOIN links l USING (agent_ix) LEFT JOIN wrote w USING (agent_ix) LEFT JOIN ended e ON e.id = l.tool_use_id
    WHERE w.agent_ix IS NOT NULL OR l.tool_use_id IN (SELECT unnest(json_extract_string(?, '$[*]')))
    ORDER BY b.first_ms, l.id`,
    [JSON.stringify([...open])],
  );
  return { count: count.n, running: rows.filter((row) => isRunning(row, open)) };
}

function isRunning({ tool_use_id: call, wrote_ms: wrote, ended_ms: ended }: BegunRow, open: ReadonlySet<string>): boolean {
  if (call !== null && open.has(call)) return true;
  return wrote !== null && (ended === null || wrote > ended);
}
