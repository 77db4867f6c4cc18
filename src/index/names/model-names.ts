// Names of models.

import type { Directories } from './directories.ts';

export function modelNames(numbers: readonly number[], names: Directories): string[] {
  return numbers.map((ix) => names.strings.valueOf(ix)).filter((name) => name !== null).toSorted();
}

/** An order of names; what has none is last. */
export function byName(a: string | null, b: string | null): number {
  if (a === b) return 0;
  return a !== null && (b === null || a < b) ? -1 : 1;
}
