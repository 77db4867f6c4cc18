// Pages by keyset: one row more than asked for tells whether there are more, and the last row's sort key
// is where the next page begins. Never a COUNT.

import { encodeCursor } from '../../core/cursor.ts';
import type { Page } from '../../core/items.ts';

export function pageOf<Row, Item>(list: string, rows: readonly Row[], limit: number, item: (row: Row) => Item, key: (row: Row) => (string | number | null)[]): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { items: shown.map(item), has_more: more, next_cursor: more ? encodeCursor(list, key(last)) : null };
}
