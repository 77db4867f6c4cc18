// What a line's fields hold that they should not. A field that is not what it should be reads as absent, and
// the line is a record all the same; here it is noted, so that somebody can see it. One line is read at a time, so one
// set of notes is enough: the scan begins it before a line and takes it after.

import type { Oddity } from '../core/scan-batch.ts';

const noted = new Set<Oddity>();

export function noteOddity(oddity: Oddity): void {
  noted.add(oddity);
}

export function forgetOddities(): void {
  if (noted.size > 0) noted.clear();
}

/** Null where there is none. */
export function takeOddities(): Oddity[] | null {
  if (noted.size === 0) return null;
  const taken = [...noted].toSorted();
  noted.clear();
  return taken;
}
