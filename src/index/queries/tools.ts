// The tools of a session: calls with their results, matched by the calls' ids within their thread.

import type { Page } from '../../core/answers/page.ts';
import { FLAG } from '../../core/scan-batch.ts';
import type { ToolItem } from '../../core/answers/session-views.ts';
import { isoOrNull } from '../../core/time/time.ts';
import { heldTools } from '../held/session-tools.ts';
import type { ToolRow } from '../held/session-tools.ts';
import { hasVersions, NEWEST_VERSION } from '../rows/newest-version.ts';
import { sessionNumber } from './sessions.ts';
import { resultRowsSql } from './tool-results.ts';
import type { ViewParts } from './view-parts.ts';

export async function sessionTools(parts: ViewParts, sessionId: string): Promise<Page<ToolItem>> {
  const session = sessionNumber(parts.names, sessionId);
  const held = await parts.held.of(session);
  const rows = held === null ? await parts.readers.rows<ToolRow>(toolsSql(session, hasVersions(parts.names, session) ? NEWEST_VERSION : 'true')) : heldTools(held);
  return { items: rows.map(toolItem), has_more: false, next_cursor: null };
}

function toolsSql(session: number, newest: string): string {
  const both = (name: string, condition: string): string => `(count(*) FILTER (${condition}))::DOUBLE AS ${name}, (count(*) FILTER (${condition} AND agent_ix = 0))::DOUBLE AS own_${name}`;
  const scope = `session_ix = ${session} AND ${newest}`;
  return `WITH called AS (
      SELECT agent_ix, ts_ms, unnest(json_extract_string(tools, '$[*].id')) AS id, unnest(json_extract_string(tools, '$[*].name')) AS name FROM records WHERE tools IS NOT NULL AND flags & ${FLAG.duplicate} = 0 AND ${scope}
    ), results AS (SELECT agent_ix, id, arg_min(ts_ms, lake_offset) AS ended_ms, arg_min(is_error, lake_offset) AS is_error FROM (${resultRowsSql('agent_ix, lake_offset, ts_ms', scope)}) WHERE id IS NOT NULL GROUP BY agent_ix, id
    ), used AS (
      SELECT c.*, r.id AS result, r.is_error, CASE WHEN ts_ms >= 0 AND ended_ms >= 0 THEN greatest(0, ended_ms - ts_ms) END AS took FROM called c LEFT JOIN results r USING (agent_ix, id)
    ) SELECT name, ${both('calls', 'true')}, ${both('errors', 'is_error')}, ${both('open', 'result IS NULL')}, quantile_disc(took, 0.5)::DOUBLE AS p50, max(took)::DOUBLE AS longest, sum(took)::DOUBLE AS whole,
      (min(ts_ms) FILTER (ts_ms >= 0))::DOUBLE AS first_ms, (max(ts_ms) FILTER (ts_ms >= 0))::DOUBLE AS last_ms
    FROM used GROUP BY name ORDER BY calls DESC, name`;
}

function toolItem(row: ToolRow): ToolItem {
  return {
    name: row.name,
    calls: row.own_calls,
    calls_rollup: row.calls,
    errors: row.own_errors,
    errors_rollup: row.errors,
    open: row.own_open,
    open_rollup: row.open,
    p50_ms: row.p50,
    max_ms: row.longest,
    total_ms: row.whole,
    first_used_at: isoOrNull(row.first_ms),
    last_used_at: isoOrNull(row.last_ms),
  };
}
