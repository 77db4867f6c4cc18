// Tables show the first signs of an id; so these must do where a session is named.

import { LakeError } from '../core/errors.ts';
import type { Page } from '../core/answers/page.ts';
import type { SessionItem } from '../core/answers/session-item.ts';
import type { ApiClient } from './api-client.ts';

const PREFIX_MIN = 4;
/** Pages of 500 sessions looked through for a prefix. */
const PAGES_MAX = 100;
const SHOWN_MAX = 5;

/** By id or by an unambiguous beginning of it. Throws `not_found`, or `usage` where several begin so. */
export async function findSession(client: ApiClient, given: string): Promise<SessionItem> {
  try {
    return await client.get<SessionItem>(sessionPath(given));
  } catch (error) {
    if (!(error instanceof LakeError) || error.code !== 'not_found') throw error;
  }
  const found = given.length < PREFIX_MIN ? [] : await beginningWith(client, given);
  const [only, ...others] = found;
  if (only === undefined) {
    const hint = given.length < PREFIX_MIN ? `Of a longer id give at least its first ${PREFIX_MIN} signs; "sessionlake sessions" lists them.` : 'List them with "sessionlake sessions".';
    throw new LakeError('not_found', `There is no session "${given}".`, { hint });
  }
  if (others.length > 0) {
    const shown = found.slice(0, SHOWN_MAX).map((session) => session.id).join(', ');
    throw new LakeError('usage', `Several sessions begin with "${given}": ${shown}${found.length > SHOWN_MAX ? ', …' : ''}.`, { hint: 'Give more of the id.' });
  }
  return only;
}

/**
 * Its whole id. What was given, where no session is known by it, after `onUnknown`: lines that were not indexed may be of one all
 * the same, and one may still come.
 */
export async function sessionIdOf(client: ApiClient, given: string, onUnknown?: () => void): Promise<string> {
  try {
    return (await findSession(client, given)).id;
  } catch (error) {
    if (error instanceof LakeError && error.code === 'not_found') {
      onUnknown?.();
      return given;
    }
    throw error;
  }
}

export function sessionPath(id: string, resource = ''): string {
  return `/api/sessions/${encodeURIComponent(id)}${resource}`;
}

async function beginningWith(client: ApiClient, prefix: string): Promise<SessionItem[]> {
  const found: SessionItem[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < PAGES_MAX && found.length <= SHOWN_MAX; page += 1) {
    const answer = await client.get<Page<SessionItem>>('/api/sessions', { limit: 500, cursor });
    found.push(...answer.items.filter((session) => session.id.startsWith(prefix)));
    if (answer.next_cursor === null) break;
    cursor = answer.next_cursor;
  }
  return found;
}
