// Which lines of a run of bytes may have what is looked for: those in which one of its signs stands.

import type { LinePlaces } from '../lines/line-runs.ts';
import type { Finder } from './finder-module.ts';
import type { Sign } from './signs.ts';

/** Rows [first, end), in these bytes of their file from `start` on. */
export interface Run {
  first: number;
  end: number;
  start: number;
  bytes: Buffer;
}

/** The rows, in order. Of a line whose bytes are not all there nothing is said. */
export function eachCandidate(finder: Finder, signs: readonly Sign[], { byteOffset, byteLength }: LinePlaces, { first, end, start, bytes }: Run, use: (row: number) => void): void {
  const startOf = (row: number): number => (byteOffset[row] as number) - start;
  const endOf = (row: number): number => startOf(row) + (byteLength[row] as number);
  finder.use(signs);
  for (let row = first, at = finder.find(0, bytes.length); at < bytes.length; ) {
    while (row < end && endOf(row) <= at) row += 1;
    if (row === end) return;
    // Between two lines are others, which are not asked for.
    const isWithin = startOf(row) <= at;
    if (isWithin) use(row);
    at = finder.find(isWithin ? endOf(row) : startOf(row), bytes.length);
  }
}
