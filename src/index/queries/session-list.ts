// Sessions, from their facts.

import { decodeCursor } from '../../core/answers/cursor.ts';
import type { Page } from '../../core/answers/page.ts';
import type { PageRequest, SessionFilter, SessionSort } from '../../core/answers/questions.ts';
import type { SessionItem } from '../../core/answers/session-item.ts';
import { isoOrNull } from '../../core/time/time.ts';
import { firstOf } from '../book/best.ts';
import type { SessionFacts } from '../book/session-facts.ts';
import { sessionMatcher } from '../book/session-filter.ts';
import { statusOf } from '../book/session-status.ts';
import { modelNames } from '../names/model-names.ts';
import { listName, pageOf } from './page.ts';
import { noSession, sessionNumber } from './sessions.ts';
import type { SessionParts } from './sessions.ts';
import { listSnapshot } from './times-then.ts';

interface Listed {
  facts: SessionFacts;
  sortMs: number;
}

/** `list`: what cursors belong to. */
export async function listSessions(parts: SessionParts, filter: SessionFilter, sort: SessionSort, page: PageRequest, list = listName(`sessions:${sort}`, filter)): Promise<Page<SessionItem>> {
  const cursor = page.cursor === undefined ? null : decodeCursor(list, page.cursor);
  const book = await parts.book.current();
  const snapshot = await listSnapshot(parts, book, cursor);
  const direction = sort.startsWith('-') ? -1 : 1;
  const by = sort.endsWith('last_activity') ? 'lastMs' : 'firstMs';
  const before = (a: Listed, b: Listed): number => direction * (a.sortMs - b.sortMs || a.facts.ix - b.facts.ix);
  const after = cursor === null ? null : { ms: Number(cursor[2]), ix: Number(cursor[3]) };
  const isAfter = ({ facts, sortMs }: Listed): boolean => after === null || direction * (sortMs - after.ms || facts.ix - after.ix) > 0;
  const matches = sessionMatcher(filter, parts);
  const listed: Listed[] = [];
  for (const { facts, ms: sortMs } of book.inOrder(by, direction, after)) {
    if (listed.length > page.limit) break;
    if (facts.ix <= snapshot.sessions && !snapshot.moved.has(facts.ix) && matches(facts)) listed.push({ facts, sortMs });
  }
  for (const [ix, times] of snapshot.moved) {
    const facts = book.session(ix);
    if (facts === undefined || ix > snapshot.sessions || !matches(facts)) continue;
    const one = { facts, sortMs: times[by] ?? -1 };
    if (isAfter(one)) listed.push(one);
  }
  const rows = firstOf(listed, page.limit + 1, before);
  return pageOf(list, rows, page.limit, ({ facts }) => sessionItem(facts, parts), ({ facts, sortMs }) => [snapshot.upto, snapshot.sessions, sortMs, facts.ix]);
}

export async function oneSession(parts: SessionParts, id: string): Promise<SessionItem> {
  const ix = sessionNumber(parts.names, id);
  const facts = (await parts.book.current()).session(ix);
  if (facts === undefined) throw noSession(id);
  return sessionItem(facts, parts);
}

function sessionItem(facts: SessionFacts, { names, now, idleMs }: SessionParts): SessionItem {
  const { own, all } = facts;
  return {
    id: facts.id,
    source: facts.source,
    project: facts.project,
    cwd: facts.cwd,
    title: facts.title,
    status: statusOf(facts, now(), idleMs),
    started_at: isoOrNull(facts.firstMs),
    last_activity: isoOrNull(facts.lastMs),
    models: modelNames([...facts.models], names),
    message_count: facts.messages,
    tool_call_count: facts.toolCalls,
    error_count: facts.errors,
    subagent_count: facts.agents.length,
    usage: own.usage,
    usage_rollup: all.usage,
    cost_usd: own.costUsd,
    cost_rollup_usd: all.costUsd,
    unpriced_calls: all.unpriced,
    files: facts.files,
    bytes: facts.bytes,
    archived_bytes: facts.archivedBytes,
  };
}
