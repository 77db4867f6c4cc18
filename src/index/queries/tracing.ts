// Sessions with their trees of subagents, a page at a time: one set of statements, however many sessions.

import type { Page } from '../../core/answers/page.ts';
import { DAY_MS } from '../../core/time/time.ts';
import type { SessionItem } from '../../core/answers/session-item.ts';
import type { TracingItem, TracingRequest } from '../../core/answers/session-views.ts';
import { agentTrees } from './agents.ts';
import { listSessions } from './session-list.ts';
import { sessionNumber } from './sessions.ts';
import type { SessionParts } from './sessions.ts';

/** Subagents on a page: some 8 MiB. */
const MAX_AGENTS = 10_000;

export async function tracingPage(parts: SessionParts, { days, ...page }: TracingRequest): Promise<Page<TracingItem>> {
  const since = { sinceMs: parts.now() - days * DAY_MS };
  const { items, ...rest } = await listSessions(parts, since, '-last_activity', page, `tracing:${days}`);
  const room = roomFor(items, parts);
  const trees = await agentTrees(parts, room);
  return {
    items: items.map((session) => {
      const number = sessionNumber(parts.names, session.id);
      return { session, children: trees.get(number) ?? [], children_truncated: (room.get(number) ?? 0) < session.subagent_count };
    }),
    ...rest,
  };
}

/** How many subagents of each session are shown, by its number: all, until the page is full. */
function roomFor(items: readonly SessionItem[], { names }: SessionParts): Map<number, number> {
  const room = new Map<number, number>();
  let left = MAX_AGENTS;
  for (const { id, subagent_count: count } of items) {
    const shown = Math.min(left, count);
    if (shown > 0) room.set(sessionNumber(names, id), shown);
    left -= shown;
  }
  return room;
}
