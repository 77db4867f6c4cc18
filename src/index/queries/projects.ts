// Projects: sums over their sessions.

import { decodeCursor } from '../../core/cursor.ts';
import { LakeError } from '../../core/errors.ts';
import type { Page, ProjectItem } from '../../core/items.ts';
import type { PageRequest } from '../../core/questions.ts';
import { isoOrNull } from '../../core/time.ts';
import { Conditions } from '../conditions.ts';
import type { LakeRates, RateTable } from '../rates.ts';
import type { Readers } from '../readers.ts';
import { pageOf } from './page.ts';
import { snapshotColumns, timesThen } from './sessions.ts';
import type { ListedRow } from './sessions.ts';
import { costSumsSql, costUsd, longCallsSql, spendSql } from './spend.ts';
import type { CostSums } from './spend.ts';
import { usageOf, usageSumsSql } from './usage.ts';
import type { UsageSums } from './usage.ts';

interface ProjectRow extends UsageSums, CostSums {
  project: string;
  source: string;
  sessions: number;
  cwd: string | null;
  first_ms: number | null;
  last_ms: number | null;
}

export interface ProjectParts {
  readers: Readers;
  rates: LakeRates;
}

function projectsSql(rates: RateTable): string {
  const placed = (rows: string): string => `(SELECT r.*, s.project FROM ${rows} r JOIN sessions s USING (session_ix))`;
  const spend = spendSql({ rates, keys: ['project'], usage: placed('usage_deltas'), calls: placed(longCallsSql(rates, 'true')), where: 'true' });
  return `WITH activity AS (
    SELECT s.project, count(DISTINCT s.session_ix)::DOUBLE AS sessions, min(s.source) AS source, (min(a.first_ms) FILTER (a.first_ms >= 0))::DOUBLE AS first_ms, (max(a.last_ms) FILTER (a.last_ms >= 0))::DOUBLE AS last_ms
    FROM sessions s LEFT JOIN activity_deltas a USING (session_ix) GROUP BY s.project
  ), usage AS (SELECT project, ${usageSumsSql()}, ${costSumsSql()} FROM ${spend} GROUP BY project
  ), places AS (SELECT s.project, max_by(c.cwd, (c.at_ms, c.line, c.cwd)) AS cwd FROM cwds c JOIN sessions s USING (session_ix) GROUP BY s.project)
  SELECT a.*, u.* EXCLUDE (project), p.cwd FROM activity a LEFT JOIN usage u USING (project) LEFT JOIN places p USING (project)`;
}

/** The last activity of each project as it stood when the list's first page was made; -1 for none. */
function sortKeysSql(cursor: readonly (string | number | null)[] | null): string {
  return `WITH moved AS (${timesThen(cursor)}
    ), now AS (SELECT session_ix, max(last_ms)::DOUBLE AS last_ms FROM activity_deltas GROUP BY session_ix)
    SELECT project, coalesce(max(last_ms), -1) AS sort_ms, any_value(upto) AS upto, any_value(sessions_then) AS sessions_then FROM (
      SELECT s.project, s.session_ix, CASE WHEN m.session_ix IS NULL THEN n.last_ms ELSE m.last_ms END AS last_ms, ${snapshotColumns(cursor)}
      FROM sessions s LEFT JOIN moved m USING (session_ix) LEFT JOIN now n USING (session_ix)
    ) WHERE session_ix <= sessions_then GROUP BY project`;
}

export async function listProjects({ readers, rates }: ProjectParts, page: PageRequest): Promise<Page<ProjectItem>> {
  const cursor = page.cursor === undefined ? null : decodeCursor('projects', page.cursor);
  const after = new Conditions();
  if (cursor !== null) after.add('(sort_ms < ? OR (sort_ms = ? AND project > ?))', Number(cursor[2]), Number(cursor[2]), String(cursor[3]));
  const rows = await readers.rows<ProjectRow & ListedRow>(
    `SELECT * FROM (${sortKeysSql(cursor)}) JOIN (${projectsSql(await rates.current())}) USING (project) WHERE ${after.sql} ORDER BY sort_ms DESC, project LIMIT ${page.limit + 1}`,
    after.values,
  );
  return pageOf('projects', rows, page.limit, projectItem, (row) => [row.upto, row.sessions_then, row.sort_ms, row.project]);
}

export async function oneProject({ readers, rates }: ProjectParts, id: string): Promise<ProjectItem> {
  const [row] = await readers.rows<ProjectRow>(`SELECT * FROM (${projectsSql(await rates.current())}) WHERE project = ?`, [id]);
  if (row === undefined) throw new LakeError('not_found', `There is no project "${id}".`, { hint: 'List what there is with GET /api/projects.' });
  return projectItem(row);
}

function projectItem(row: ProjectRow): ProjectItem {
  return {
    id: row.project,
    source: row.source,
    cwd: row.cwd,
    session_count: row.sessions,
    usage: usageOf(row),
    calls: row.calls ?? 0,
    cost_usd: costUsd(row),
    unpriced_calls: row.unpriced ?? 0,
    first_activity: isoOrNull(row.first_ms),
    last_activity: isoOrNull(row.last_ms),
  };
}
