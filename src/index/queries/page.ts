// Pages by keyset: one row more than asked for tells whether there are more, and the last row's sort key
// is where the next page begins. Never a COUNT.

import { createHash } from 'node:crypto';
import { encodeCursor } from '../../core/answers/cursor.ts';
import type { Page } from '../../core/answers/page.ts';

/** What a cursor names: the list with its filters, so that it is not taken for one with others. */
export function listName(list: string, filter: object): string {
  const given = Object.entries(filter).filter(([, value]) => value !== undefined).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return given.length === 0 ? list : `${list}:${createHash('sha256').update(JSON.stringify(given)).digest('base64url').slice(0, 8)}`;
}

export function pageOf<Row, Item>(list: string, rows: readonly Row[], limit: number, item: (row: Row) => Item, key: (row: Row) => (string | number | null)[]): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { items: shown.map(item), has_more: more, next_cursor: more ? encodeCursor(list, key(last)) : null };
}
