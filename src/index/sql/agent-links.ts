// Every agent of the lake with the tool call that started it: the rules of queries/links.ts, which asks for a
// session, over all sessions at once. What is told in one session says nothing of another.

import { LINK_RULES } from '../../core/scan-batch.ts';
import type { SqlSource } from './sql-source.ts';

/** A SELECT of `agent_ix, tool_use_id, rule, parent_agent_ix, agent_type, description`. */
export function allLinksSql(table: SqlSource['table']): string {
  const strength = `CASE rule ${LINK_RULES.map((rule, i) => `WHEN '${rule}' THEN ${i}`).join(' ')} END`;
  const first = (column: string): string => `arg_min(${column}, (at_ms, line, ${column})) AS ${column}`;
  return `WITH own AS (
      SELECT a.agent_ix, a.session_ix, a.id, n.source, CASE WHEN ends_with(n.id, '~' || n.source) THEN left(n.id, length(n.id) - length(n.source) - 1) ELSE n.id END AS native
      FROM ${table('agents')} a JOIN ${table('sessions')} n USING (session_ix)
    ), beside AS (
      SELECT o.agent_ix, o.session_ix, s.tool_use_id, s.agent_type, s.description FROM own o JOIN (SELECT * FROM ${table('sidecars')} QUALIFY row_number() OVER (PARTITION BY root, path ORDER BY seq DESC) = 1) s
        ON s.agent = o.id AND s.source = o.source AND s.session = o.native
      QUALIFY row_number() OVER (PARTITION BY o.agent_ix ORDER BY s.modified_ms DESC, s.root, s.path) = 1
    ), told AS (
      SELECT session_ix, tool_use_id, ${first('agent_type')}, ${first('description')}, ${first('run')}, arg_min(agent_ix, (at_ms, line, agent_ix)) AS agent_ix, max(prompt) AS prompt
      FROM ${table('tasks')} GROUP BY session_ix, tool_use_id
    ), origins AS (SELECT o.session_ix, o.agent_ix, max(g.prompt) AS prompt, min(g.run) AS run FROM ${table('agent_origins')} g JOIN own o USING (agent_ix) GROUP BY ALL
    ), heard AS (
      SELECT agent_ix, at_ms, line, tool_use_id, rule, parent_agent_ix FROM ${table('agent_links')}
      UNION ALL SELECT b.agent_ix, 0, 0, b.tool_use_id, 'meta', coalesce(t.agent_ix, 0) FROM beside b LEFT JOIN told t USING (session_ix, tool_use_id) WHERE b.tool_use_id IS NOT NULL
      UNION ALL SELECT o.agent_ix, 0, 0, t.tool_use_id, 'run', t.agent_ix FROM origins o JOIN told t USING (session_ix, run)
    ), linked AS (
      SELECT h.*, o.session_ix FROM heard h JOIN own o USING (agent_ix) LEFT JOIN (SELECT agent_ix, id FROM own) p ON p.agent_ix = h.parent_agent_ix
      QUALIFY row_number() OVER (PARTITION BY h.agent_ix ORDER BY ${strength}, at_ms, line, tool_use_id, p.id NULLS FIRST) = 1
    ), alike AS (
      SELECT min(o.agent_ix) AS agent_ix, min(t.tool_use_id) AS tool_use_id, 'prompt' AS rule, min(t.agent_ix) AS parent_agent_ix
      FROM origins o JOIN told t USING (session_ix, prompt)
      WHERE prompt <> 0 AND o.agent_ix <> t.agent_ix AND NOT EXISTS (SELECT 1 FROM linked l WHERE l.agent_ix = o.agent_ix) AND NOT EXISTS (SELECT 1 FROM linked l WHERE l.session_ix = t.session_ix AND l.tool_use_id = t.tool_use_id)
      GROUP BY session_ix, prompt HAVING count(*) = 1
    )
    SELECT o.agent_ix, l.tool_use_id, l.rule, l.parent_agent_ix, coalesce(b.agent_type, t.agent_type) AS agent_type, coalesce(b.description, t.description) AS description
    FROM own o LEFT JOIN (SELECT agent_ix, tool_use_id, rule, parent_agent_ix FROM linked UNION ALL SELECT * FROM alike) l USING (agent_ix)
      LEFT JOIN told t ON t.session_ix = o.session_ix AND t.tool_use_id = l.tool_use_id LEFT JOIN beside b ON b.agent_ix = o.agent_ix`;
}
