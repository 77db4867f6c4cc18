// Projects: sums over the facts of their sessions.

import { decodeCursor } from '../../core/cursor.ts';
import { LakeError } from '../../core/errors.ts';
import { grouped } from '../../core/grouped.ts';
import type { Page } from '../../core/page.ts';
import type { ProjectItem } from '../../core/project-item.ts';
import type { PageRequest } from '../../core/questions.ts';
import { isoOrNull } from '../../core/time.ts';
import { firstOf } from '../book/best.ts';
import type { SessionFacts, Told } from '../book/session-facts.ts';
import { pageOf } from './page.ts';
import type { SessionParts } from './sessions.ts';
import { Spending } from './spending.ts';
import { listSnapshot } from './times-then.ts';

interface Listed {
  project: string;
  sortMs: number;
}

export async function listProjects(parts: SessionParts, page: PageRequest): Promise<Page<ProjectItem>> {
  const cursor = page.cursor === undefined ? null : decodeCursor('projects', page.cursor);
  const book = await parts.book.current();
  const snapshot = await listSnapshot(parts.readers, book, cursor);
  const projects = grouped(book.sessions, ({ project }) => project);
  const listed = [...projects].flatMap(([project, sessions]): Listed[] => {
    const times = sessions.map((facts) => snapshot.timesOf(facts)).filter((then) => then !== null);
    return times.length === 0 ? [] : [{ project, sortMs: latest(times.map(({ lastMs }) => lastMs)) ?? -1 }];
  });
  const before = (a: Listed, b: Listed): number => b.sortMs - a.sortMs || (a.project < b.project ? -1 : 1);
  const after = cursor === null ? listed : listed.filter((one) => before({ project: String(cursor[3]), sortMs: Number(cursor[2]) }, one) < 0 && one.project !== cursor[3]);
  const rows = firstOf(after, page.limit + 1, before);
  return pageOf('projects', rows, page.limit, ({ project }) => projectItem(project, projects.get(project) ?? []), ({ project, sortMs }) => [snapshot.upto, snapshot.sessions, sortMs, project]);
}

export async function oneProject(parts: SessionParts, id: string): Promise<ProjectItem> {
  const sessions = [...(await parts.book.current()).sessions].filter(({ project }) => project === id);
  if (sessions.length === 0) throw new LakeError('not_found', `There is no project "${id}".`, { hint: 'List what there is with GET /api/projects.' });
  return projectItem(id, sessions);
}

function projectItem(id: string, sessions: readonly SessionFacts[]): ProjectItem {
  const { usage, calls, costUsd, unpriced } = sessions.reduce((sum, { all }) => sum.add(all), new Spending());
  const newest = sessions.reduce<SessionFacts['lastCwd']>((best, { lastCwd }) => (lastCwd === null || (best !== null && isNewer(best, lastCwd)) ? best : lastCwd), null);
  return {
    id,
    source: sessions.map(({ source }) => source).reduce((a, b) => (a < b ? a : b)),
    cwd: newest?.cwd ?? null,
    session_count: sessions.length,
    usage,
    calls,
    cost_usd: costUsd,
    unpriced_calls: unpriced,
    first_activity: isoOrNull(earliest(sessions.map(({ firstMs }) => firstMs))),
    last_activity: isoOrNull(latest(sessions.map(({ lastMs }) => lastMs))),
  };
}

function isNewer(a: Told, b: Told): boolean {
  if (a.atMs !== b.atMs) return a.atMs > b.atMs;
  return a.line === b.line ? a.cwd > b.cwd : a.line > b.line;
}

function latest(times: readonly (number | null)[]): number | null {
  return times.reduce((a, b) => (b === null || (a !== null && a > b) ? a : b), null);
}

function earliest(times: readonly (number | null)[]): number | null {
  return times.reduce((a, b) => (b === null || (a !== null && a < b) ? a : b), null);
}
