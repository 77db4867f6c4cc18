// Service tiers are among the lake's strings, under names that nothing else there has.

import { wellFormed } from '../../core/bytes/well-formed.ts';

const PREFIX = 'service tier: ';

export function tierName(tier: string): string {
  return PREFIX + wellFormed(tier);
}

/** Null for a string that is no tier's. */
export function tierOf(name: string | null): string | null {
  return name?.startsWith(PREFIX) === true ? name.slice(PREFIX.length) : null;
}
