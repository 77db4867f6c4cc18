// The tables that users' SQL sees, named for people, over the index's own. A name is looked up in a join
// with a table that is grouped by its key: the engine then knows that the join changes no row, and leaves it out
// where nobody asks for the name.

import { FLAG } from '../../core/scan-batch.ts';
import { allLinksSql } from '../links/links.ts';
import { countedCallsSql } from '../spending/spend.ts';
import { TITLE_ORDER } from '../rows/titles.ts';
import { paysSql } from '../spending/rates.ts';
import type { RateTable } from '../spending/rates.ts';
import type { SqlSource } from './sql-source.ts';

export interface ViewParts extends Pick<SqlSource, 'table'> {
  rates: RateTable;
  /** Records may be newer versions of others. */
  versions: boolean;
}

export const VIEW_NAMES = ['records', 'messages', 'tool_calls', 'sessions', 'agents', 'calls', 'files'] as const;
type ViewName = (typeof VIEW_NAMES)[number];

const NO_ID = "'00000000-0000-0000-0000-000000000000'";
const USAGE = ['input_tokens', 'output_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens'] as const;
const COUNTS = ['input', 'output', 'cache_creation', 'cache_read'] as const;
const USAGE_SUMS = USAGE.map((name) => `sum(${name})::BIGINT AS ${name}`).join(', ');

/** Statements that make the views, each in the order in which they build upon one another. */
export function viewsSql(parts: ViewParts): string[] {
  const bodies: Record<ViewName, string> = {
    records: records(parts),
    messages: 'SELECT * FROM records WHERE role IS NOT NULL AND agent_id IS NULL',
    tool_calls: toolCalls(),
    calls: calls(parts),
    sessions: sessions(parts),
    agents: agents(parts),
    files: files(parts),
  };
  return Object.entries(bodies).map(([name, body]) => `CREATE VIEW ${name} AS ${body}`);
}

function instant(column: string): string {
  return `CASE WHEN ${column} >= 0 THEN make_timestamptz(${column} * 1000) END`;
}

/** `LEFT JOIN`s that give a session's and an agent's names. */
function named(parts: ViewParts, row: string): string {
  return `LEFT JOIN (SELECT session_ix, any_value(id) AS id, any_value(source) AS source, any_value(project) AS project FROM ${parts.table('sessions')} GROUP BY session_ix) s ON s.session_ix = ${row}.session_ix
    LEFT JOIN (SELECT agent_ix, any_value(id) AS id FROM ${parts.table('agents')} GROUP BY agent_ix) g ON g.agent_ix = ${row}.agent_ix`;
}

function word(parts: ViewParts, alias: string, column: string): string {
  return `LEFT JOIN (SELECT string_ix, any_value(value) AS value FROM ${parts.table('strings')} GROUP BY string_ix) ${alias} ON ${alias}.string_ix = ${column}`;
}

function records(parts: ViewParts): string {
  const all = parts.table('records');
  const newest = parts.versions
    ? `AND NOT EXISTS (SELECT 1 FROM ${all} n WHERE n.session_ix = r.session_ix AND n.agent_ix = r.agent_ix AND n.uuid = r.uuid AND n.lake_offset > r.lake_offset AND n.flags & ${FLAG.replaces} <> 0)`
    : '';
  const usage = COUNTS.map((name, i) => `CASE WHEN r.flags & ${FLAG.hasUsage} <> 0 THEN r.${name} END AS ${USAGE[i] as string}`).join(', ');
  return `SELECT r.lake_offset AS "offset", s.id AS session_id, g.id AS agent_id, s.source, s.project, 'f' || r.file_ix AS file_id, r.line, r.byte_offset, r.byte_length,
      ${instant('r.ts_ms')} AS ts, y.value AS type, o.value AS role, coalesce(r.uuid_text, nullif(r.uuid::VARCHAR, ${NO_ID})) AS uuid, coalesce(r.parent_text, nullif(r.parent::VARCHAR, ${NO_ID})) AS parent_uuid,
      m.value AS model, ${usage}, from_json(r.tools, '[{"id":"VARCHAR","name":"VARCHAR"}]') AS tools, from_json(r.tool_results, '[{"id":"VARCHAR","is_error":"BOOLEAN"}]') AS tool_results,
      r.flags & ${FLAG.error} <> 0 AS is_error
    FROM ${all} r ${named(parts, 'r')} ${word(parts, 'y', 'r.type_ix')} ${word(parts, 'o', 'r.role_ix')} ${word(parts, 'm', 'r.model_ix')}
    WHERE r.flags & ${FLAG.duplicate} = 0 ${newest}`;
}

/** A result comes in the thread that called: a copied history has the same ids in another one. */
function toolCalls(): string {
  return `SELECT c."offset", c.session_id, c.agent_id, c.source, c.project, c.ts, c.tool.id AS id, c.tool.name AS tool, r.is_error, r.ts AS finished_at, CASE WHEN r.ts < c.ts THEN 0 ELSE epoch_ms(r.ts) - epoch_ms(c.ts) END AS duration_ms
    FROM (SELECT "offset", session_id, agent_id, source, project, ts, unnest(tools) AS tool FROM records WHERE tools IS NOT NULL) c
    LEFT JOIN (SELECT session_id, agent_id, result.id AS id, min_by(result.is_error, "offset") AS is_error, min_by(ts, "offset") AS ts
      FROM (SELECT session_id, agent_id, "offset", ts, unnest(tool_results) AS result FROM records WHERE tool_results IS NOT NULL) GROUP BY session_id, agent_id, result.id) r
    ON r.session_id = c.session_id AND r.agent_id IS NOT DISTINCT FROM c.agent_id AND r.id = c.tool.id`;
}

/** Picodollars of a call at the rates of `r`. */
function cost(r: string): string {
  return `c.input * ${r}.r_input + c.output * ${r}.r_output + (c.cache_creation - c.cache_creation_1h) * ${r}.r_cache_write + c.cache_creation_1h * ${r}.r_cache_write_1h + c.cache_read * ${r}.r_cache_read + c.web_searches * ${r}.r_web_search`;
}

function calls(parts: ViewParts): string {
  const input = '(c.input + c.cache_creation + c.cache_read)';
  return `SELECT s.id AS session_id, g.id AS agent_id, s.source, s.project, m.value AS model, ${instant('c.at_ms')} AS ts, ${COUNTS.map((name, i) => `c.${name} AS ${USAGE[i] as string}`).join(', ')},
      (${cost('b')} + coalesce(${cost('x')}, 0))::DOUBLE / 1e12 AS cost_usd
    FROM ${countedCallsSql('true', parts.table('calls'))} c ${named(parts, 'c')} ${word(parts, 'm', 'c.model_ix')}
    LEFT JOIN ${parts.rates.base} b ON ${paysSql('c', 'b')} LEFT JOIN ${parts.rates.extra} x ON ${paysSql('c', 'x')} AND ${input} > x.above AND ${input} <= x.upto`;
}

function sessions(parts: ViewParts): string {
  const { table } = parts;
  return `SELECT s.id, s.source, s.project, w.cwd, t.title, ${instant('a.first_ms')} AS started_at, ${instant('a.last_ms')} AS last_activity, coalesce(a.messages, 0) AS message_count, coalesce(a.tool_calls, 0) AS tool_call_count,
      coalesce(a.errors, 0) AS error_count, coalesce(a.subagents, 0) AS subagent_count, coalesce(a.bytes, 0) AS bytes, coalesce(u.calls, 0) AS calls, ${USAGE.map((name) => `coalesce(u.${name}, 0) AS ${name}`).join(', ')}, u.cost_usd, u.models
    FROM ${table('sessions')} s
    LEFT JOIN (SELECT session_ix, (sum(messages) FILTER (agent_ix = 0))::BIGINT AS messages, (sum(tool_calls) FILTER (agent_ix = 0))::BIGINT AS tool_calls, (sum(errors) FILTER (agent_ix = 0))::BIGINT AS errors,
      count(DISTINCT agent_ix) FILTER (agent_ix > 0) AS subagents, sum(bytes)::BIGINT AS bytes, coalesce(min(first_ms) FILTER (first_ms >= 0), -1) AS first_ms, max(last_ms) AS last_ms FROM ${table('activity_deltas')} GROUP BY session_ix) a USING (session_ix)
    LEFT JOIN (SELECT session_ix, min_by(title, (-(rank::INTEGER), ${TITLE_ORDER})) AS title FROM ${table('titles')} GROUP BY session_ix) t USING (session_ix)
    LEFT JOIN (SELECT session_ix, min_by(cwd, (at_ms, line, cwd)) AS cwd FROM ${table('cwds')} GROUP BY session_ix) w USING (session_ix)
    LEFT JOIN (SELECT session_id, count(*) AS calls, ${USAGE_SUMS}, sum(cost_usd) AS cost_usd, list(DISTINCT model ORDER BY model) AS models FROM calls GROUP BY session_id) u ON u.session_id = s.id`;
}

function agents(parts: ViewParts): string {
  const { table } = parts;
  return `SELECT g.id, s.id AS session_id, s.source, s.project, p.id AS parent_agent_id, l.tool_use_id, l.rule AS link, l.agent_type AS type, l.description, ${instant('a.first_ms')} AS started_at, ${instant('a.last_ms')} AS last_activity,
      a.messages AS message_count, a.tool_calls AS tool_call_count, a.errors AS error_count, coalesce(u.calls, 0) AS calls, ${USAGE.map((name) => `coalesce(u.${name}, 0) AS ${name}`).join(', ')}, u.cost_usd
    FROM ${table('agents')} g JOIN ${table('sessions')} s USING (session_ix)
    JOIN (SELECT agent_ix, sum(messages)::BIGINT AS messages, sum(tool_calls)::BIGINT AS tool_calls, sum(errors)::BIGINT AS errors,
      coalesce(min(first_ms) FILTER (first_ms >= 0), -1) AS first_ms, max(last_ms) AS last_ms FROM ${table('activity_deltas')} WHERE agent_ix > 0 GROUP BY agent_ix) a USING (agent_ix)
    LEFT JOIN (WITH ${allLinksSql(table)} SELECT * EXCLUDE (session_ix, id) FROM links) l USING (agent_ix)
    LEFT JOIN (SELECT agent_ix, any_value(id) AS id FROM ${table('agents')} GROUP BY agent_ix) p ON p.agent_ix = l.parent_agent_ix
    LEFT JOIN (SELECT session_id, agent_id, count(*) AS calls, ${USAGE_SUMS}, sum(cost_usd) AS cost_usd FROM calls GROUP BY session_id, agent_id) u ON u.session_id = s.id AND u.agent_id = g.id`;
}

function files({ table }: ViewParts): string {
  return `SELECT 'f' || f.file_ix AS id, f.source, f.project, f.root || '/' || m.path AS path, f.generation, m.state, m.offset_bytes, m.size_bytes, m.lines, m.rejects,
      ${instant('m.modified_ms')} AS modified_at, coalesce(a.bytes, 0) AS archived_bytes
    FROM ${table('files')} f JOIN (SELECT file_ix, unnest(max_by(struct_pack(path := path, offset_bytes := offset_bytes, size_bytes := size_bytes, lines := lines, rejects := rejects, modified_ms := modified_ms, state := state), seq))
      FROM ${table('file_marks')} GROUP BY file_ix) m USING (file_ix)
    LEFT JOIN (SELECT file_ix, sum(to_byte - from_byte)::BIGINT AS bytes FROM ${table('archive_segments')} GROUP BY file_ix) a USING (file_ix)`;
}
