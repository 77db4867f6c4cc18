// Lines of mirrored logs: a version of an item in an envelope.

import { msFromIso } from '../core/time/time.ts';
import type { JsonObject } from './adapter.ts';
import { objectOf, stringOf } from './json-value.ts';

export interface MirroredItem {
  key: string;
  /** When the document with this version was written; NaN where that is not told. */
  observedMs: number;
  item: JsonObject;
}

/** Null for a line that is no mirrored one. */
export function mirroredItem(value: JsonObject): MirroredItem | null {
  const key = stringOf(value['key']);
  const observedAt = stringOf(value['observed_at']);
  const item = objectOf(value['item']);
  return key === null || observedAt === null || item === null ? null : { key, observedMs: msFromIso(observedAt), item };
}
