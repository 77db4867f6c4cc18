// Where logs usually have what the configuration does not name.

import type { JsonlFields } from '../adapter.ts';

/** Tried in this order where nothing is configured. */
export const USUAL: Record<keyof JsonlFields, readonly string[]> = {
  id: ['uuid', 'id', '_id', 'event_id'],
  time: ['timestamp', 'ts', 'time', '@timestamp', 'created_at', 'datetime', 'date'],
  type: ['type', 'event', 'kind', 'level'],
  session: [],
  text: ['text', 'message', 'msg', 'content', 'title'],
  parent: ['parent_uuid', 'parent_id', 'parentId', 'parent'],
};
