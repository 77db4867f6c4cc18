// Names of models.

import type { Directories } from './directories.ts';

export function modelNames(numbers: readonly number[], names: Directories): string[] {
  return numbers.map((ix) => names.strings.valueOf(ix)).filter((name) => name !== null).toSorted();
}
