// Projects, from the sums of their sessions.

import { decodeCursor } from '../../core/answers/cursor.ts';
import { LakeError } from '../../core/errors.ts';
import type { Page } from '../../core/answers/page.ts';
import type { ProjectItem } from '../../core/answers/project-item.ts';
import type { PageRequest } from '../../core/answers/questions.ts';
import { isoOrNull } from '../../core/time/time.ts';
import { firstOf } from '../book/best.ts';
import type { ProjectSums, ProjectTable } from '../book/project-table.ts';
import type { SessionBook } from '../book/session-book.ts';
import { pageOf } from './page.ts';
import type { SessionParts } from './sessions.ts';
import { listSnapshot } from './times-then.ts';
import type { ListSnapshot } from './times-then.ts';

interface Listed {
  project: string;
  sortMs: number;
}

export async function listProjects(parts: SessionParts, page: PageRequest): Promise<Page<ProjectItem>> {
  const cursor = page.cursor === undefined ? null : decodeCursor('projects', page.cursor);
  const book = await parts.book.current();
  const snapshot = await listSnapshot(parts, book, cursor);
  const { projects } = book;
  const moved = movedProjects(projects, snapshot, book.snapshot.sessions);
  const listed = [...projects.all()].filter(({ id }) => !moved.has(id)).map(({ id, lastMs }): Listed => ({ project: id, sortMs: lastMs ?? -1 }));
  listed.push(...timesThen(book, moved, snapshot));
  const before = (a: Listed, b: Listed): number => b.sortMs - a.sortMs || (a.project < b.project ? -1 : 1);
  const after = cursor === null ? listed : listed.filter((one) => before({ project: String(cursor[3]), sortMs: Number(cursor[2]) }, one) < 0 && one.project !== cursor[3]);
  const rows = firstOf(after, page.limit + 1, before);
  return pageOf('projects', rows, page.limit, ({ project }) => projectItem(projects.get(project) as ProjectSums), ({ project, sortMs }) => [snapshot.upto, snapshot.sessions, sortMs, project]);
}

/** Those with sessions that are new since then, or were written. */
function movedProjects(projects: ProjectTable, { moved, sessions }: ListSnapshot, newest: number): Set<string> {
  const ids = new Set<string>();
  const add = (session: number): void => {
    const id = projects.of(session);
    if (id !== undefined) ids.add(id);
  };
  for (const session of moved.keys()) add(session);
  for (let session = sessions + 1; session <= newest; session++) add(session);
  return ids;
}

/** Without those that were not there. */
function timesThen(book: SessionBook, ids: ReadonlySet<string>, { moved, sessions }: ListSnapshot): Listed[] {
  const latest = new Map<string, number>();
  for (const [session, project] of book.projects.sessionsOf(ids)) {
    if (session > sessions) continue;
    const { lastMs } = moved.get(session) ?? book.session(session) ?? { lastMs: null };
    latest.set(project, Math.max(latest.get(project) ?? -1, lastMs ?? -1));
  }
  return [...latest].map(([project, sortMs]) => ({ project, sortMs }));
}

export async function oneProject(parts: SessionParts, id: string): Promise<ProjectItem> {
  const sums = (await parts.book.current()).projects.get(id);
  if (sums === undefined) throw new LakeError('not_found', `There is no project "${id}".`, { hint: 'List what there is with GET /api/projects.' });
  return projectItem(sums);
}

function projectItem({ id, source, sessions, spent, firstMs, lastMs, lastCwd }: ProjectSums): ProjectItem {
  return {
    id,
    source,
    cwd: lastCwd?.cwd ?? null,
    session_count: sessions,
    usage: spent.usage,
    calls: spent.calls,
    cost_usd: spent.costUsd,
    unpriced_calls: spent.unpriced,
    first_activity: isoOrNull(firstMs),
    last_activity: isoOrNull(lastMs),
  };
}
