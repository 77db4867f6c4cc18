// Where V8 puts what was made just now, and how it is collected there: by default in pauses of 5 ms and more,
// which whoever follows the lake live waits for, and in up to 48 MiB.

import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** Of both halves together. Four times as much spares a first index some 3 % of its CPU. */
const ENOUGH_BYTES = 8 * 1024 * 1024;
/** With fewer cores those that would help have other work: the pause lasts until they had their turn. */
const CORES_TO_SHARE = 3;

/** For all threads. */
export function collectYoungAlone(cores: number): void {
  if (cores < CORES_TO_SHARE) setFlagsFromString('--no-parallel-scavenge');
}

/** Lets it grow no further than enough. To be called all the time, as V8 forgets it whenever a thread begins; 5 µs. */
export function boundYoungGeneration(): void {
  setFlagsFromString(`--semi-space-growth-factor=${youngBytes() < ENOUGH_BYTES ? 2 : 1}`);
}

/** Of this thread, whether anything was ever put there or not. */
export function youngBytes(): number {
  return getHeapSpaceStatistics().find((space) => space.space_name === 'new_space')?.space_size ?? 0;
}
