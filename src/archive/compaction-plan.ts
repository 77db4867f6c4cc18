// Which parts are worth making one of: the small ones of a source and month, oldest first. A part that is
// half full stays as it is, so that no line is written more often than about once a doubling.

import type { ArchivePartItem } from '../core/answers/archive-part-item.ts';
import type { PartLimits } from './part-planner.ts';

const SMALL_SHARE = 1 / 2;
/** So many small parts of a source and month are merged without being asked for it. */
export const COMPACT_AT_PARTS = 32;

/** Groups of at least so many parts, each within the limit of one part. */
export function groupSmallParts(parts: readonly ArchivePartItem[], limits: Pick<PartLimits, 'sourceBytes'>, atLeast = 2): ArchivePartItem[][] {
  const groups: ArchivePartItem[][] = [];
  const open = new Map<string, { group: ArchivePartItem[]; bytes: number }>();
  for (const part of parts) {
    if (part.source_bytes > limits.sourceBytes * SMALL_SHARE) continue;
    const key = `${part.source}/${part.month}`;
    let last = open.get(key);
    if (last === undefined || last.bytes + part.source_bytes > limits.sourceBytes) {
      last = { group: [], bytes: 0 };
      open.set(key, last);
      groups.push(last.group);
    }
    last.group.push(part);
    last.bytes += part.source_bytes;
  }
  return groups.filter((group) => group.length >= atLeast);
}
