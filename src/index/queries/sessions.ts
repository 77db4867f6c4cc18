// What questions about sessions share: their parts, numbers for ids, and conditions for what a filter asks.

import type { DuckDBValue } from '@duckdb/node-api';
import { LakeError } from '../../core/errors.ts';
import type { SessionFilter } from '../../core/answers/questions.ts';
import type { SessionBook } from '../book/session-book.ts';
import { sessionMatcher } from '../book/session-filter.ts';
import type { Directories } from '../names/directories.ts';
import { Conditions } from '../rows/conditions.ts';
import type { SessionName } from '../names/session-name.ts';
import type { Pending } from '../writer/pending-rows.ts';
import type { LakeRates } from '../spending/rates.ts';
import type { Readers } from '../store/readers.ts';
import type { SessionLinks } from '../links/session-links.ts';

export interface SessionParts {
  readers: Readers;
  names: Directories;
  rates: LakeRates;
  links: SessionLinks;
  /** What is known of each session, without asking the database. */
  book: SessionBook;
  /** What is committed and may not be in the tables; absent where everything is once they are asked. */
  pending?: () => Pending;
  now: () => number;
  /** Quiet for this long, a session is completed. */
  idleMs: number;
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
export async function sessionScope(parts: SessionParts, filter: SessionFilter): Promise<Conditions> {
  const where = new Conditions();
  const { model: _model, sinceMs: _since, untilMs: _until, ...rest } = filter;
  if (rest.status === undefined && rest.q === undefined) return placed(where, rest);
  const matches = sessionMatcher(rest, parts);
  const chosen = [...(await parts.book.current()).sessions].filter(matches);
  return where.in('session_ix', chosen.map(({ ix }) => ix));
}

function placed(where: Conditions, { session, project, source }: SessionFilter): Conditions {
  const inner = new Conditions();
  const bind = (sql: string, value: DuckDBValue | undefined): unknown => (value === undefined ? inner : inner.add(sql, value));
  bind('id = ?', session);
  bind('project = ?', project);
  bind('source = ?', source);
  return inner.values.length === 0 ? where : where.add(`session_ix IN (SELECT session_ix FROM sessions WHERE ${inner.sql})`, ...inner.values);
}

export function noSession(id: string): LakeError {
  return new LakeError('not_found', `There is no session "${id}".`, { hint: 'List what there is with "sessionlake sessions" or GET /api/sessions.' });
}
