// What an answer depends on, as its route and parameters say, and the version that this has now.

import type { FastifyRequest } from 'fastify';
import type { Versions } from '../core/answers/versions.ts';

/**
 * Of a route: `lake`: everything, or one session or project where parameters ask for no other; `files`: the same without
 * projects, as that of a file need not be that of its sessions;
 * `session`, `project`: the one in the path; `session, at`: the one in the path and, where no parameter `at` says when, to a second the time; `ledger`: the calls of the session in the path; `lake, now`: the lake and, to a second, the time;
 * a number: nothing that has a version, good for so many milliseconds.
 */
export type CachedBy = 'lake' | 'files' | 'session' | 'session, at' | 'ledger' | 'project' | 'lake, now' | number;

export interface Scope {
  session?: string;
  /** Of the session, its calls. */
  ledger?: true;
  project?: string;
  /** Good for a span of time of so many milliseconds, beside the rest. */
  spanMs?: number;
  /** Neither session nor lake. */
  timeOnly?: true;
}

const NOW_MS = 1000;

export function scopeOf(request: FastifyRequest, by: CachedBy): Scope {
  if (typeof by === 'number') return { spanMs: by, timeOnly: true };
  const { id } = request.params as { id?: string };
  if (by === 'session' && id !== undefined) return { session: id };
  if (by === 'session, at' && id !== undefined) return { session: id, ...((request.query as { at?: string }).at === undefined ? { spanMs: NOW_MS } : {}) };
  if (by === 'ledger' && id !== undefined) return { session: id, ledger: true };
  if (by === 'project' && id !== undefined) return { project: id };
  const { session, project } = request.query as { session?: string; project?: string };
  const place = session !== undefined ? { session } : project !== undefined && by !== 'files' ? { project } : {};
  return by === 'lake, now' ? { ...place, spanMs: NOW_MS } : place;
}

export function versionOf(scope: Scope, versions: Versions, nowMs: number): string {
  const span = scope.spanMs === undefined ? '' : `@${Math.floor(nowMs / scope.spanMs)}`;
  if (scope.timeOnly === true) return span;
  if (scope.ledger === true && scope.session !== undefined) return versions.ledger(scope.session);
  if (scope.session !== undefined) return versions.session(scope.session) + span;
  if (scope.project !== undefined) return versions.project(scope.project) + span;
  return versions.lake() + span;
}
