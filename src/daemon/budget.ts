// What each part may use, derived from the machine and from one setting: `memory-limit`. A bound that is
// not here (a line, a client's backlog) is the same on every machine.

import type { Machine } from './machine.ts';

const MIB = 1024 * 1024;
/** Of what the control group has. */
const MEMORY_SHARE = 0.25;
const MEMORY_MAX_BYTES = 1024 * MIB;
/** By itself no less is chosen: Node and DuckDB alone take some 100 MiB. */
const MEMORY_MIN_BYTES = 128 * MIB;
/** A worker with the pack it reads. */
const WORKER_BYTES = 96 * MIB;
/** A thread of DuckDB with the vectors it works on. */
const THREAD_BYTES = 128 * MIB;
const THREADS_MAX = 4;
/** A sixteenth of the memory is DuckDB's, and up to this half of it: what it caches, a large index would only fill, and the kernel has it as well. */
const DATABASE_ENOUGH_BYTES = 64 * MIB;
/** Twice that while very much is read in: with less it writes rows aside that it has to read again. */
const BULK_TIMES = 2;

export interface Budget {
  memoryBytes: number;
  /** DuckDB's buffers, */
  databaseBytes: number;
  /** and while a large bulk is read in. */
  databaseBulkBytes: number;
  databaseThreads: number;
  /** Threads that scan beside the main one. */
  scanWorkers: number;
  /** Read of one file at a time. */
  chunkBytes: number;
  /** Memory of what waits to be committed; half of it in one commit. */
  queueBytes: number;
  /** Source bytes in one part of the archive, which needs four times as much while it is made. */
  partBytes: number;
}

/** Each wish is 0 for what the machine allows. */
export function budgetOf(machine: Machine, wish: { memoryLimit: number; workers: number }): Budget {
  const memoryBytes = wish.memoryLimit > 0 ? wish.memoryLimit : within(machine.memoryBytes * MEMORY_SHARE, MEMORY_MIN_BYTES, MEMORY_MAX_BYTES);
  const databaseBytes = within(memoryBytes / 16, Math.min(memoryBytes / 2, DATABASE_ENOUGH_BYTES), memoryBytes);
  return {
    memoryBytes,
    databaseBytes,
    databaseBulkBytes: within(databaseBytes * BULK_TIMES, databaseBytes, memoryBytes / 2),
    // One core is the main thread's, which commits and answers meanwhile. And where DuckDB has several threads, who asked
    // spins as long as another of them has the work.
    databaseThreads: within(Math.floor(memoryBytes / THREAD_BYTES), 1, Math.min(THREADS_MAX, machine.cores - 1)),
    // The main thread commits meanwhile.
    scanWorkers: wish.workers > 0 ? wish.workers : within(Math.floor(memoryBytes / WORKER_BYTES), 1, Math.max(1, machine.cores - 1)),
    chunkBytes: within(Math.floor(memoryBytes / 128), MIB, 4 * MIB),
    queueBytes: within(Math.floor(memoryBytes / 128), MIB, 8 * MIB),
    partBytes: within(Math.floor(memoryBytes / 16), 8 * MIB, 64 * MIB),
  };
}

function within(value: number, min: number, max: number): number {
  return Math.max(min, Math.min(max, value));
}
