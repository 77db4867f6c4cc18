// What changed since an earlier profile, by the names of what was measured.

import { readFileSync } from 'node:fs';
import { LakeError, messageOf } from '../../core/errors.ts';

/** The earlier value of each name. Throws `usage` for a file that is no such profile. */
export function earlierValues(path: string, kind: string, key: string): Map<string, number> {
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new LakeError('usage', `${path} cannot be read as a profile: ${messageOf(error)}`, { hint: `Make one with "sessionlake profile ${kind} --json > FILE".` });
  }
  const { profile, items } = document as { profile?: unknown; items?: unknown };
  if (profile !== kind || !Array.isArray(items)) {
    throw new LakeError('usage', `${path} holds no profile of ${kind}.`, { hint: `Make one with "sessionlake profile ${kind} --json > FILE".` });
  }
  return new Map((items as Record<string, unknown>[]).map((item) => [String(item['name']), Number(item[key])]));
}

/** Now to then: 2 is twice as much. Null where there is nothing to compare with. */
export function changeOf(earlier: ReadonlyMap<string, number> | null, name: string, now: number): number | null {
  const before = earlier?.get(name);
  return before === undefined || !(before > 0) ? null : Math.round((now / before) * 1000) / 1000;
}

export function changeText(change: number | null): string {
  return change === null ? '-' : `×${change.toFixed(2)}`;
}
