// Sessions, from the sums kept at commit: no answer reads `records`.

import type { DuckDBValue } from '@duckdb/node-api';
import { decodeCursor } from '../../core/cursor.ts';
import { LakeError } from '../../core/errors.ts';
import type { Page, SessionItem, SessionStatus } from '../../core/items.ts';
import type { PageRequest, SessionFilter, SessionSort } from '../../core/questions.ts';
import { FLAG } from '../../core/scan-batch.ts';
import { isoOrNull } from '../../core/time.ts';
import type { Directories } from '../commit-rows.ts';
import type { SessionName } from '../directories.ts';
import { Conditions } from '../conditions.ts';
import type { LakeRates, RateTable } from '../rates.ts';
import type { Readers } from '../readers.ts';
import { ACTIVE_MS } from '../status-clock.ts';
import { listName, pageOf } from './page.ts';
import { costSumsSql, costUsd, longCallsSql, spendSql } from './spend.ts';
import { titlesSql } from './titles.ts';
import { usageOf, usageSumsSql } from './usage.ts';

export interface SessionParts {
  readers: Readers;
  names: Directories;
  rates: LakeRates;
  now: () => number;
  /** Quiet for this long, a session is completed. */
  idleMs: number;
}

interface SessionRow {
  session_ix: number;
  id: string;
  source: string;
  project: string;
  first_ms: number | null;
  last_ms: number | null;
  messages: number;
  tool_calls: number;
  errors: number;
  bytes: number;
  files: number;
  offset_bytes: number;
  archived_bytes: number;
  status: SessionStatus;
  title: string | null;
  cwd: string | null;
  subagents: number;
  models: { items: readonly number[] } | null;
  own_calls: number | null;
  own_input: number | null;
  own_output: number | null;
  own_cache_creation: number | null;
  own_cache_read: number | null;
  own_cost: bigint | null;
  own_unpriced: number | null;
  calls: number | null;
  input: number | null;
  output: number | null;
  cache_creation: number | null;
  cache_read: number | null;
  cost: bigint | null;
  unpriced: number | null;
}

/** Bytes of each file that are in the archive. */
export const ARCHIVED_SQL = 'SELECT file_ix, sum(to_byte - from_byte) AS archived FROM archive_segments GROUP BY file_ix';

/** All but their usage. `scope` restricts every part to the sessions in question. */
function sessionsSql(parts: SessionParts, scope: string): string {
  const now = parts.now();
  return `WITH activity AS (
    SELECT session_ix, sum(messages) FILTER (agent_ix = 0)::DOUBLE AS messages, sum(tool_calls) FILTER (agent_ix = 0)::DOUBLE AS tool_calls, sum(errors) FILTER (agent_ix = 0)::DOUBLE AS errors,
      sum(bytes)::DOUBLE AS bytes, (min(first_ms) FILTER (first_ms >= 0))::DOUBLE AS first_ms, (max(last_ms) FILTER (last_ms >= 0))::DOUBLE AS last_ms
    FROM activity_deltas WHERE ${scope} GROUP BY session_ix
  ), archived AS (${ARCHIVED_SQL}
  ), places AS (
    SELECT fs.session_ix, count(*) FILTER (f.state <> 'replaced')::DOUBLE AS files, max(f.modified_ms)::DOUBLE AS modified_ms, bool_and(f.state <> 'present') AS gone,
      sum(f.offset_bytes)::DOUBLE AS offset_bytes, coalesce(sum(a.archived), 0)::DOUBLE AS archived_bytes
    FROM file_sessions fs JOIN files_now f USING (file_ix) LEFT JOIN archived a USING (file_ix) WHERE fs.${scope} GROUP BY fs.session_ix
  ), titles_best AS (${titlesSql(scope)}
  ), cwds_first AS (SELECT session_ix, min_by(cwd, (at_ms, line, cwd)) AS cwd FROM cwds WHERE ${scope} GROUP BY session_ix
  ), agents_count AS (SELECT session_ix, count(DISTINCT agent_ix)::DOUBLE AS subagents FROM activity_deltas WHERE ${scope} AND agent_ix > 0 GROUP BY session_ix
  )
  SELECT s.session_ix, s.id, s.source, s.project, a.first_ms, a.last_ms, coalesce(a.messages, 0) AS messages, coalesce(a.tool_calls, 0) AS tool_calls, coalesce(a.errors, 0) AS errors,
    coalesce(a.bytes, 0) AS bytes, coalesce(p.files, 0) AS files, coalesce(p.offset_bytes, 0) AS offset_bytes, coalesce(p.archived_bytes, 0) AS archived_bytes,
    CASE WHEN p.archived_bytes > 0 AND p.archived_bytes >= p.offset_bytes THEN 'archived'
      WHEN p.gone OR p.modified_ms <= ${now - parts.idleMs} THEN 'completed'
      WHEN p.modified_ms <= ${now - ACTIVE_MS} THEN 'idle' ELSE 'active' END AS status,
    t.title, c.cwd, coalesce(g.subagents, 0) AS subagents
  FROM sessions s LEFT JOIN activity a USING (session_ix) LEFT JOIN places p USING (session_ix)
    LEFT JOIN titles_best t USING (session_ix) LEFT JOIN cwds_first c USING (session_ix) LEFT JOIN agents_count g USING (session_ix)
  WHERE s.${scope}`;
}

/** The sessions of `page`, with their usage. */
function pageWithUsage(rates: RateTable, page: string, scope = 'session_ix IN (SELECT session_ix FROM page)'): string {
  const spend = spendSql({ rates, keys: ['session_ix', 'agent_ix', 'model_ix'], usage: 'usage_deltas', calls: longCallsSql(rates, scope), where: scope });
  return `page AS MATERIALIZED (${page}
  ), usage AS (
    SELECT session_ix, ${usageSumsSql('own_', 'agent_ix = 0')}, ${costSumsSql('own_', 'agent_ix = 0')}, ${usageSumsSql()}, ${costSumsSql()},
      list(DISTINCT model_ix) FILTER (model_ix > 0 AND calls > 0) AS models
    FROM ${spend} GROUP BY session_ix
  ) SELECT * FROM page LEFT JOIN usage USING (session_ix)`;
}

const EVERY = 'session_ix >= 0';

/**
 * Where a list that is sorted by time stood when its first page was made: the lake's top, and how many
 * sessions there were. What a cursor says, else what the statement itself sees, as columns of its rows.
 */
export function snapshotColumns(cursor: readonly (string | number | null)[] | null): string {
  const upto = cursor === null ? '(SELECT coalesce(max(lake_offset), 0) FROM records)' : String(Number(cursor[0]));
  const sessions = cursor === null ? '(SELECT coalesce(max(session_ix), 0) FROM sessions)' : String(Number(cursor[1]));
  return `${upto}::DOUBLE AS upto, ${sessions}::DOUBLE AS sessions_then`;
}

/**
 * The times of the sessions that were written since, as they stood at the snapshot. A list that goes on
 * while data arrives is sorted by these: what becomes active meanwhile neither leaves the pages to come
 * nor comes a second time.
 */
export function timesThen(cursor: readonly (string | number | null)[] | null): string {
  if (cursor === null) return 'SELECT 0 AS session_ix, 0::DOUBLE AS first_ms, 0::DOUBLE AS last_ms WHERE false';
  const upto = Number(cursor[0]);
  const then = `lake_offset <= ${upto} AND ts_ms >= 0 AND flags & ${FLAG.duplicate} = 0`;
  return `SELECT session_ix, (min(ts_ms) FILTER (${then}))::DOUBLE AS first_ms, (max(ts_ms) FILTER (${then}))::DOUBLE AS last_ms
    FROM records WHERE session_ix IN (SELECT session_ix FROM records WHERE lake_offset > ${upto}) GROUP BY session_ix`;
}

export interface ListedRow {
  sort_ms: number;
  upto: number;
  sessions_then: number;
}

export async function listSessions(parts: SessionParts, filter: SessionFilter, sort: SessionSort, page: PageRequest): Promise<Page<SessionItem>> {
  const list = listName(`sessions:${sort}`, filter);
  const cursor = page.cursor === undefined ? null : decodeCursor(list, page.cursor);
  const column = sort.endsWith('last_activity') ? 'last_ms' : 'first_ms';
  const [compare, direction] = sort.startsWith('-') ? ['<', 'DESC'] : ['>', 'ASC'];
  const order = `ORDER BY sort_ms ${direction}, session_ix ${direction}`;
  const where = sessionConditions(filter, parts.names);
  const rates = await parts.rates.current();
  if (cursor !== null) where.add(`session_ix <= sessions_then AND (sort_ms, session_ix) ${compare} (?, ?)`, Number(cursor[2]), Number(cursor[3]));
  const rows = await parts.readers.rows<SessionRow & ListedRow>(
    `WITH moved AS (${timesThen(cursor)}), ${pageWithUsage(rates, `SELECT * FROM (
      SELECT now.*, coalesce(CASE WHEN moved.session_ix IS NULL THEN now.${column} ELSE moved.${column} END, -1) AS sort_ms, ${snapshotColumns(cursor)}
      FROM (${sessionsSql(parts, EVERY)}) now LEFT JOIN moved USING (session_ix)
    ) WHERE ${where.sql} ${order} LIMIT ${page.limit + 1}`)} ${order}`,
    where.values,
  );
  return pageOf(list, rows, page.limit, (row) => sessionItem(row, parts.names), (row) => [row.upto, row.sessions_then, row.sort_ms, row.session_ix]);
}

export async function oneSession(parts: SessionParts, id: string): Promise<SessionItem> {
  const scope = `session_ix = ${sessionNumber(parts.names, id)}`;
  const rows = await parts.readers.rows<SessionRow>(`WITH ${pageWithUsage(await parts.rates.current(), sessionsSql(parts, scope), scope)}`);
  const [row] = rows;
  if (row === undefined) throw noSession(id);
  return sessionItem(row, parts.names);
}

/** Throws `not_found`. */
export function sessionNumber(names: Directories, id: string): number {
  const ix = names.sessions.ixOfId(id);
  if (ix === undefined) throw noSession(id);
  return ix;
}

/** Throws `not_found`. */
export function sessionAt(names: Directories, ix: number): SessionName {
  const session = names.sessions.at(ix);
  if (session === undefined) throw noSession(String(ix));
  return session;
}

/** A condition on `session_ix` for what a session filter asks of its rows beyond the model. */
export function sessionScope(parts: SessionParts, filter: SessionFilter): Conditions {
  const where = new Conditions();
  const { model: _model, sinceMs: _since, untilMs: _until, ...rest } = filter;
  if (Object.values(rest).every((value) => value === undefined)) return where;
  const inner = sessionConditions(rest, parts.names);
  const needsAll = rest.status !== undefined || rest.q !== undefined;
  const from = needsAll ? `(${sessionsSql(parts, EVERY)})` : 'sessions';
  return where.add(`session_ix IN (SELECT session_ix FROM ${from} WHERE ${inner.sql})`, ...inner.values);
}

function sessionConditions(filter: SessionFilter, names: Directories): Conditions {
  const where = new Conditions();
  const bind = (sql: string, value: DuckDBValue | undefined): unknown => (value === undefined ? where : where.add(sql, value));
  bind('id = ?', filter.session);
  bind('project = ?', filter.project);
  bind('source = ?', filter.source);
  bind('status = ?', filter.status);
  bind('contains(lower(title), lower(?))', filter.q);
  if (filter.model !== undefined) where.add(`session_ix IN (SELECT session_ix FROM usage_deltas WHERE model_ix = ${names.strings.find(filter.model) ?? -1} GROUP BY session_ix, agent_ix HAVING sum(calls) > 0)`);
  if (filter.sinceMs !== undefined) where.add(`last_ms >= ${filter.sinceMs}`);
  if (filter.untilMs !== undefined) where.add(`first_ms < ${filter.untilMs}`);
  return where;
}

function noSession(id: string): LakeError {
  return new LakeError('not_found', `There is no session "${id}".`, { hint: 'List what there is with "sessionlake sessions" or GET /api/sessions.' });
}

function sessionItem(row: SessionRow, names: Directories): SessionItem {
  return {
    id: row.id,
    source: row.source,
    project: row.project,
    cwd: row.cwd,
    title: row.title,
    status: row.status,
    started_at: isoOrNull(row.first_ms),
    last_activity: isoOrNull(row.last_ms),
    models: modelNames(row.models?.items ?? [], names),
    message_count: row.messages,
    tool_call_count: row.tool_calls,
    error_count: row.errors,
    subagent_count: row.subagents,
    usage: usageOf({ input: row.own_input, output: row.own_output, cache_creation: row.own_cache_creation, cache_read: row.own_cache_read }),
    usage_rollup: usageOf(row),
    cost_usd: costUsd({ calls: row.own_calls, cost: row.own_cost, unpriced: row.own_unpriced }),
    cost_rollup_usd: costUsd(row),
    unpriced_calls: row.unpriced ?? 0,
    files: row.files,
    bytes: row.bytes,
    archived_bytes: row.archived_bytes,
  };
}

export function modelNames(numbers: readonly number[], names: Directories): string[] {
  return numbers.map((ix) => names.strings.valueOf(ix)).filter((name) => name !== null).toSorted();
}
