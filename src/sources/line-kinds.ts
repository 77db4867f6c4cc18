// What a line is beside its type and role, as the agents say it.

import type { JsonObject } from './adapter.ts';
import { objectOf, objectsOf } from './json-value.ts';

const COMPACTIONS = new Set<unknown>(['compacted', 'compaction', 'session.compaction_complete']);
const BOUNDARIES = new Set<unknown>(['compact_boundary', 'microcompact_boundary']);
const THOUGHTS = new Set<unknown>(['thinking', 'redacted_thinking', 'reasoning']);

/** The context was summed up. */
export function isCompaction(value: JsonObject): boolean {
  return COMPACTIONS.has(value['type']) || (value['type'] === 'system' && BOUNDARIES.has(value['subtype']));
}

/** The model thinks, and says nothing. */
export function isThought(value: JsonObject): boolean {
  if (THOUGHTS.has(objectOf(value['payload'])?.['type'])) return true;
  const blocks = objectsOf(objectOf(value['message'])?.['content']);
  return blocks.length > 0 && blocks.every((block) => THOUGHTS.has(block['type']));
}
