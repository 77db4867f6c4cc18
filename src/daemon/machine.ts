// What this process may use of the machine: cores and memory, with the limits of its control group.

import { availableParallelism, totalmem } from 'node:os';
import { readFileSync } from 'node:fs';

const MIB = 1024 * 1024;
const MEMORY_SHARE = 0.25;
const MEMORY_MAX_BYTES = 1024 * MIB;
const MEMORY_MIN_BYTES = 256 * MIB;

/** Whole cores, at least one. */
export function coreCount(): number {
  const quota = /^(\d+) (\d+)$/.exec(readLine('/sys/fs/cgroup/cpu.max') ?? '');
  const limit = quota === null ? Number.POSITIVE_INFINITY : Math.ceil(Number(quota[1]) / Number(quota[2]));
  return Math.max(1, Math.min(availableParallelism(), limit));
}

/** A quarter of what there is, at most 1 GiB; `wanted` of 0 means by itself. */
export function memoryBytes(wanted: number): number {
  if (wanted > 0) return wanted;
  const group = Number(readLine('/sys/fs/cgroup/memory.max') ?? 'NaN');
  const total = Number.isFinite(group) ? Math.min(group, totalmem()) : totalmem();
  return Math.max(MEMORY_MIN_BYTES, Math.min(MEMORY_MAX_BYTES, total * MEMORY_SHARE));
}

function readLine(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}
