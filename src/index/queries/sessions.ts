// Sessions, from the sums kept at commit: no answer reads `records`.

import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { decodeCursor } from '../../core/cursor.ts';
import { LakeError } from '../../core/errors.ts';
import { grouped } from '../../core/grouped.ts';
import type { Page, SessionItem, SessionStatus } from '../../core/items.ts';
import type { PageRequest, SessionFilter, SessionSort } from '../../core/questions.ts';
import { FLAG } from '../../core/scan-batch.ts';
import { isoOrNull } from '../../core/time.ts';
import type { Directories } from '../commit-rows.ts';
import type { SessionName } from '../directories.ts';
import { Conditions } from '../conditions.ts';
import { queryRows } from '../database.ts';
import type { LakeRates } from '../rates.ts';
import type { Readers } from '../readers.ts';
import type { SessionLinks } from '../session-links.ts';
import { ACTIVE_MS } from '../status-clock.ts';
import { listName, pageOf } from './page.ts';
import { Spending, spendingBy, total } from './spending.ts';
import { titlesSql } from './titles.ts';

export interface SessionParts {
  readers: Readers;
  names: Directories;
  rates: LakeRates;
  links: SessionLinks;
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
}

/** Bytes of each file that are in the archive. */
export const ARCHIVED_SQL = 'SELECT file_ix, sum(to_byte - from_byte) AS archived FROM archive_segments GROUP BY file_ix';

/** All but their usage. `scope` restricts every part to the sessions in question. */
function sessionsSql(parts: SessionParts, scope: string): string {
  const now = parts.now();
  return `WITH activity AS (
    SELECT session_ix, sum(messages) FILTER (agent_ix = 0)::DOUBLE AS messages, sum(tool_calls) FILTER (agent_ix = 0)::DOUBLE AS tool_calls, sum(errors) FILTER (agent_ix = 0)::DOUBLE AS errors,
      sum(bytes)::DOUBLE AS bytes, (min(first_ms) FILTER (first_ms >= 0))::DOUBLE AS first_ms, (max(last_ms) FILTER (last_ms >= 0))::DOUBLE AS last_ms,
      (count(DISTINCT agent_ix) FILTER (agent_ix > 0))::DOUBLE AS subagents
    FROM activity_deltas WHERE ${scope} GROUP BY session_ix
  ), archived AS (${ARCHIVED_SQL}
  ), files_last AS (
    SELECT file_ix, max_by(state, seq) AS state, max_by(modified_ms, seq) AS modified_ms, max_by(offset_bytes, seq) AS offset_bytes FROM file_marks GROUP BY file_ix
  ), places AS (
    SELECT session_ix, count(*) FILTER (state <> 'replaced')::DOUBLE AS files, max(modified_ms)::DOUBLE AS modified_ms, bool_and(state <> 'present') AS gone,
      sum(offset_bytes)::DOUBLE AS offset_bytes, coalesce(sum(archived), 0)::DOUBLE AS archived_bytes
    FROM file_sessions JOIN files_last USING (file_ix) LEFT JOIN archived USING (file_ix) WHERE ${scope} GROUP BY session_ix
  ), titles_best AS (${titlesSql(scope)}
  ), cwds_first AS (SELECT session_ix, min_by(cwd, (at_ms, line, cwd)) AS cwd FROM cwds WHERE ${scope} GROUP BY session_ix)
  SELECT s.session_ix, s.id, s.source, s.project, a.first_ms, a.last_ms, coalesce(a.messages, 0) AS messages, coalesce(a.tool_calls, 0) AS tool_calls, coalesce(a.errors, 0) AS errors,
    coalesce(a.bytes, 0) AS bytes, coalesce(p.files, 0) AS files, coalesce(p.offset_bytes, 0) AS offset_bytes, coalesce(p.archived_bytes, 0) AS archived_bytes,
    CASE WHEN p.archived_bytes > 0 AND p.archived_bytes >= p.offset_bytes THEN 'archived'
      WHEN p.gone OR p.modified_ms <= ${now - parts.idleMs} THEN 'completed'
      WHEN p.modified_ms <= ${now - ACTIVE_MS} THEN 'idle' ELSE 'active' END AS status,
    t.title, c.cwd, coalesce(a.subagents, 0) AS subagents
  FROM sessions s LEFT JOIN activity a USING (session_ix) LEFT JOIN places p USING (session_ix)
    LEFT JOIN titles_best t USING (session_ix) LEFT JOIN cwds_first c USING (session_ix)
  WHERE s.${scope}`;
}

/** What the calls of a session cost: its main thread's, all of them, and their models. */
interface SessionSpending {
  own: Spending;
  all: Spending;
  models: number[];
}

/** By session; one without calls is absent. */
async function spendingOfSessions(connection: DuckDBConnection, rates: LakeRates, sessions: readonly number[]): Promise<Map<number, SessionSpending>> {
  if (sessions.length === 0) return new Map();
  const rows = await spendingBy<{ session_ix: number; on_main: boolean }>(connection, await rates.models(), ['session_ix', 'agent_ix = 0 AS on_main'], `session_ix IN (${sessions.join(',')})`);
  const found = [...grouped(rows, (row) => row.session_ix)];
  return new Map(found.map(([session, own]) => [session, { own: total(own.filter((row) => row.on_main)), all: total(own), models: [...new Set(own.map((row) => row.model_ix))] }]));
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

/** `list`: what cursors belong to. */
export async function listSessions(parts: SessionParts, filter: SessionFilter, sort: SessionSort, page: PageRequest, list = listName(`sessions:${sort}`, filter)): Promise<Page<SessionItem>> {
  const cursor = page.cursor === undefined ? null : decodeCursor(list, page.cursor);
  const column = sort.endsWith('last_activity') ? 'last_ms' : 'first_ms';
  const [compare, direction] = sort.startsWith('-') ? ['<', 'DESC'] : ['>', 'ASC'];
  const order = `ORDER BY sort_ms ${direction}, session_ix ${direction}`;
  const where = sessionConditions(filter, parts.names);
  if (cursor !== null) where.add(`session_ix <= sessions_then AND (sort_ms, session_ix) ${compare} (?, ?)`, Number(cursor[2]), Number(cursor[3]));
  return parts.readers.use(async (connection) => {
    const rows = await queryRows<SessionRow & ListedRow>(
      connection,
      `WITH moved AS (${timesThen(cursor)}) SELECT * FROM (
        SELECT now.*, coalesce(CASE WHEN moved.session_ix IS NULL THEN now.${column} ELSE moved.${column} END, -1) AS sort_ms, ${snapshotColumns(cursor)}
        FROM (${sessionsSql(parts, EVERY)}) now LEFT JOIN moved USING (session_ix)
      ) WHERE ${where.sql} ${order} LIMIT ${page.limit + 1}`,
      where.values,
    );
    const spent = await spendingOfSessions(connection, parts.rates, rows.map((row) => row.session_ix));
    return pageOf(list, rows, page.limit, (row) => sessionItem(row, spent.get(row.session_ix), parts.names), (row) => [row.upto, row.sessions_then, row.sort_ms, row.session_ix]);
  });
}

export async function oneSession(parts: SessionParts, id: string): Promise<SessionItem> {
  const session = sessionNumber(parts.names, id);
  return parts.readers.use(async (connection) => {
    const [row] = await queryRows<SessionRow>(connection, sessionsSql(parts, `session_ix = ${session}`));
    if (row === undefined) throw noSession(id);
    return sessionItem(row, (await spendingOfSessions(connection, parts.rates, [session])).get(session), parts.names);
  });
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

function sessionItem(row: SessionRow, spent: SessionSpending | undefined, names: Directories): SessionItem {
  const { own, all, models } = spent ?? { own: new Spending(), all: new Spending(), models: [] };
  return {
    id: row.id,
    source: row.source,
    project: row.project,
    cwd: row.cwd,
    title: row.title,
    status: row.status,
    started_at: isoOrNull(row.first_ms),
    last_activity: isoOrNull(row.last_ms),
    models: modelNames(models, names),
    message_count: row.messages,
    tool_call_count: row.tool_calls,
    error_count: row.errors,
    subagent_count: row.subagents,
    usage: own.usage,
    usage_rollup: all.usage,
    cost_usd: own.costUsd,
    cost_rollup_usd: all.costUsd,
    unpriced_calls: all.unpriced,
    files: row.files,
    bytes: row.bytes,
    archived_bytes: row.archived_bytes,
  };
}

export function modelNames(numbers: readonly number[], names: Directories): string[] {
  return numbers.map((ix) => names.strings.valueOf(ix)).filter((name) => name !== null).toSorted();
}
