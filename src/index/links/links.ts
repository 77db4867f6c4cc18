// The agents of a session, each with the tool call that started it, by the strongest of the rules that found one.

import { LINK_RULES } from '../../core/scan-batch.ts';
import { sidecarsNow } from '../rows/sidecar-rows.ts';

type LinkTable = 'agents' | 'agent_links' | 'agent_origins' | 'sessions' | 'sidecars' | 'tasks';

/**
 * The tables of a WITH clause over every session, the last of which is `links`: `session_ix, agent_ix, id, tool_use_id, rule,
 * parent_agent_ix, agent_type, description`. What is told in one session says nothing of another. `table`: where a table of the
 * index is.
 */
export function allLinksSql(table: (name: LinkTable) => string): string {
  const native = "CASE WHEN ends_with(id, '~' || source) THEN left(id, length(id) - length(source) - 1) ELSE id END";
  const strength = `CASE rule ${LINK_RULES.map((rule, i) => `WHEN '${rule}' THEN ${i}`).join(' ')} END`;
  // What is told of a call on several lines is each the first that was told.
  const first = (column: string): string => `arg_min(${column}, (at_ms, line, ${column})) AS ${column}`;
  return `own AS (SELECT session_ix, agent_ix, id FROM ${table('agents')}
  ), beside AS (
    SELECT o.agent_ix, o.session_ix, s.* EXCLUDE (session) FROM own o JOIN (SELECT session_ix, source, ${native} AS native FROM ${table('sessions')}) n USING (session_ix) JOIN ${sidecarsNow(table('sidecars'))} s ON s.agent = o.id AND s.source = n.source AND s.session = n.native
    QUALIFY row_number() OVER (PARTITION BY o.agent_ix ORDER BY modified_ms DESC, root, path) = 1
  ), told AS (
    SELECT session_ix, tool_use_id, ${first('agent_type')}, ${first('description')}, ${first('run')}, arg_min(agent_ix, (at_ms, line, agent_ix)) AS agent_ix, max(prompt) AS prompt
    FROM ${table('tasks')} GROUP BY session_ix, tool_use_id
  ), origins AS (SELECT session_ix, agent_ix, max(prompt) AS prompt, min(run) AS run FROM ${table('agent_origins')} JOIN own USING (agent_ix) GROUP BY session_ix, agent_ix
  ), heard AS (
    SELECT agent_ix, at_ms, line, tool_use_id, rule, parent_agent_ix FROM ${table('agent_links')} JOIN own USING (agent_ix)
    UNION ALL SELECT b.agent_ix, 0, 0, b.tool_use_id, 'meta', coalesce(t.agent_ix, 0) FROM beside b LEFT JOIN told t USING (session_ix, tool_use_id) WHERE b.tool_use_id IS NOT NULL
    UNION ALL SELECT o.agent_ix, 0, 0, t.tool_use_id, 'run', t.agent_ix FROM origins o JOIN told t USING (session_ix, run)
  ), linked AS (
    SELECT * FROM heard QUALIFY row_number() OVER (PARTITION BY agent_ix ORDER BY ${strength}, at_ms, line, tool_use_id, (SELECT id FROM own WHERE own.agent_ix = parent_agent_ix) NULLS FIRST) = 1
  ), alike AS (
    SELECT min(o.agent_ix) AS agent_ix, min(t.tool_use_id) AS tool_use_id, 'prompt' AS rule, min(t.agent_ix) AS parent_agent_ix
    FROM origins o JOIN told t USING (session_ix, prompt)
    WHERE prompt <> 0 AND o.agent_ix <> t.agent_ix AND o.agent_ix NOT IN (SELECT agent_ix FROM linked) AND (t.session_ix, t.tool_use_id) NOT IN (SELECT session_ix, tool_use_id FROM linked JOIN own USING (agent_ix))
    GROUP BY session_ix, prompt HAVING count(*) = 1
  ), links AS (
    SELECT o.session_ix, o.agent_ix, o.id, l.tool_use_id, l.rule, l.parent_agent_ix, coalesce(b.agent_type, t.agent_type) AS agent_type, coalesce(b.description, t.description) AS description
    FROM own o LEFT JOIN (SELECT agent_ix, tool_use_id, rule, parent_agent_ix FROM linked UNION ALL SELECT * FROM alike) l USING (agent_ix)
      LEFT JOIN told t ON t.session_ix = o.session_ix AND t.tool_use_id = l.tool_use_id LEFT JOIN beside b ON b.agent_ix = o.agent_ix
  )`;
}
