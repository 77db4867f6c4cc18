// Projects: sums over their sessions.

import { decodeCursor } from '../../core/cursor.ts';
import { LakeError } from '../../core/errors.ts';
import type { Page, ProjectItem } from '../../core/items.ts';
import type { PageRequest } from '../../core/questions.ts';
import { isoOrNull } from '../../core/time.ts';
import type { Readers } from '../readers.ts';
import { pageOf } from './page.ts';
import { usageOf, usageSumsSql } from './usage.ts';
import type { UsageSums } from './usage.ts';

interface ProjectRow extends UsageSums {
  project: string;
  source: string;
  sessions: number;
  cwd: string | null;
  first_ms: number | null;
  last_ms: number | null;
}

const PROJECTS_SQL = `WITH activity AS (
    SELECT s.project, count(DISTINCT s.session_ix)::DOUBLE AS sessions, min(s.source) AS source, (min(a.first_ms) FILTER (a.first_ms >= 0))::DOUBLE AS first_ms, (max(a.last_ms) FILTER (a.last_ms >= 0))::DOUBLE AS last_ms
    FROM sessions s LEFT JOIN activity_deltas a USING (session_ix) GROUP BY s.project
  ), usage AS (SELECT s.project, ${usageSumsSql()} FROM usage_deltas u JOIN sessions s USING (session_ix) GROUP BY s.project
  ), places AS (SELECT s.project, max_by(c.cwd, c.seq) AS cwd FROM cwds c JOIN sessions s USING (session_ix) GROUP BY s.project)
  SELECT a.*, u.* EXCLUDE (project), p.cwd FROM activity a LEFT JOIN usage u USING (project) LEFT JOIN places p USING (project)`;

export async function listProjects(readers: Readers, page: PageRequest): Promise<Page<ProjectItem>> {
  let after = 'true';
  const values: string[] = [];
  if (page.cursor !== undefined) {
    const [at, project] = decodeCursor('projects', page.cursor);
    after = `(coalesce(last_ms, -1) < ${Number(at)} OR (coalesce(last_ms, -1) = ${Number(at)} AND project > ?))`;
    values.push(String(project));
  }
  const rows = await readers.rows<ProjectRow>(`SELECT * FROM (${PROJECTS_SQL}) WHERE ${after} ORDER BY coalesce(last_ms, -1) DESC, project LIMIT ${page.limit + 1}`, values);
  return pageOf('projects', rows, page.limit, projectItem, (row) => [row.last_ms ?? -1, row.project]);
}

export async function oneProject(readers: Readers, id: string): Promise<ProjectItem> {
  const [row] = await readers.rows<ProjectRow>(`SELECT * FROM (${PROJECTS_SQL}) WHERE project = ?`, [id]);
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
    cost_usd: null,
    first_activity: isoOrNull(row.first_ms),
    last_activity: isoOrNull(row.last_ms),
  };
}
