// OpenCode's own storage: a SQLite database of sessions, messages and their parts, whose rows are updated in
// place; before that a tree of small JSON files (`stored-tree.ts`). A message with its parts is one item. Observed on
// schemas of 1.x; columns beside these may come and go.

import type { JsonObject } from '../adapter.ts';
import type { DocumentItem, DocumentReader, DocumentSource } from '../document.ts';
import { objectOf, stringOf } from '../json-value.ts';
import { logOf } from './log.ts';
import { isStored, storedItems } from './stored-tree.ts';

export const opencodeDocuments: DocumentSource = {
  id: 'opencode',
  besides: ['-wal'],
  accepts: (path) => isDatabase(path) || isStored(path),
  items: (path, document) => (isDatabase(path) ? databaseItems(document) : storedItems(path, document)),
};

function isDatabase(path: string): boolean {
  return /(^|\/)opencode(-[\w.-]+)?\.db$/.test(path);
}

/** The mark is the newest change seen. Rows of that very millisecond are read again: others may have come within it. */
async function* databaseItems(document: DocumentReader): AsyncGenerator<DocumentItem, string | null> {
  const since = Number(document.mark ?? 0);
  let newest = since;
  const roots = new Roots(document);
  for (const row of document.rows('SELECT * FROM session WHERE time_updated >= ? ORDER BY time_updated', since)) {
    newest = Math.max(newest, Number(row['time_updated']));
    const id = String(row['id']);
    yield { log: logOf(id, roots.of(id)), key: `session:${id}`, value: { session: withoutNulls(row) } };
  }
  // As they were begun: a prompt is written again when it is answered.
  const changed = `SELECT c.id, c.session_id, c.changed FROM (
      SELECT id, session_id, max(changed) AS changed FROM (
        SELECT id, session_id, time_updated AS changed FROM message WHERE time_updated >= ?
        UNION ALL SELECT message_id, session_id, time_updated FROM part WHERE time_updated >= ?
      ) GROUP BY id, session_id
    ) c LEFT JOIN message m ON m.id = c.id ORDER BY m.time_created, c.id`;
  for (const row of [...document.rows(changed, since, since)]) {
    newest = Math.max(newest, Number(row['changed']));
    const item = messageItem(document, String(row['id']), String(row['session_id']), roots);
    if (item !== null) yield item;
  }
  return String(newest);
}

function messageItem(document: DocumentReader, id: string, session: string, roots: Roots): DocumentItem | null {
  const [message] = [...document.rows('SELECT * FROM message WHERE id = ?', id)];
  if (message === undefined) return null;
  const parts = [...document.rows('SELECT * FROM part WHERE message_id = ? ORDER BY id', id)].map(dataOf);
  return { log: logOf(session, roots.of(session)), key: `message:${id}`, value: { info: { ...dataOf(message), sessionID: session }, parts } };
}

/** Which session each one goes back to. */
class Roots {
  /** Of every session there is; null where nothing started it. */
  private readonly parents = new Map<string, string | null>();

  constructor(document: DocumentReader) {
    const columns = [...document.rows("SELECT name FROM pragma_table_info('session')")].map((column) => column['name']);
    const parent = columns.includes('parent_id') ? 'parent_id' : 'NULL AS parent_id';
    for (const row of document.rows(`SELECT id, ${parent} FROM session`)) this.parents.set(String(row['id']), stringOf(row['parent_id']));
  }

  /** Itself where parents lead in a circle; one that is not there any more is none. */
  of(session: string): string {
    const met = new Set<string>();
    let at = session;
    while (!met.has(at)) {
      met.add(at);
      const parent = this.parents.get(at) ?? null;
      if (parent === null || !this.parents.has(parent)) return at;
      at = parent;
    }
    return session;
  }
}

/** What the row's JSON says, with the columns that it leaves out. */
function dataOf(row: Record<string, unknown>): JsonObject {
  const data = typeof row['data'] === 'string' ? objectOf(JSON.parse(row['data'])) : null;
  return { id: row['id'], time: { created: row['time_created'] }, ...data };
}

function withoutNulls(row: Record<string, unknown>): JsonObject {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
}
