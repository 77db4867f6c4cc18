// How long to wait before trying again: 1 s, half as long again each time, at most 30 s, and jittered,
// so that clients cut off together do not come back together.

const FIRST_MS = 1000;
const FACTOR = 1.5;
const MAX_MS = 30_000;

/** `attempt` counts from 0; `random` is in [0, 1). Between half of the full delay and all of it. */
export function backoffMs(attempt: number, random: number): number {
  const full = Math.min(MAX_MS, FIRST_MS * FACTOR ** attempt);
  return Math.round(full * (0.5 + random / 2));
}
