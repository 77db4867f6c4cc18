// Memory that work left behind. V8 lets its heap grow with the work: by default to several times what is
// in use before it collects, of a first index some fifty MiB more than it needs. And once idle it has no
// occasion to give its young generation back: of an index at rest it would hold on to some thirty MiB.

import { setFlagsFromString } from 'node:v8';
import { youngBytes } from './young-generation.ts';

/** Of what a collection leaves, so much is added before the next one, */
const HEAP_GROWTH_PERCENT = 100;
/** but no more than about this: a large lake's sums are most of the heap, and no reason for more garbage. */
const HEAP_GROWTH_BYTES = 20 * 1024 * 1024;
const HEAP_GROWTH_MIN_PERCENT = 20;
/** Less than this is not worth a collection. */
const YOUNG_SPARE_BYTES = 4 * 1024 * 1024;

/** For all threads, from their next collection on. `percent`: of what a collection leaves, how much is added before the next one. */
export function growSparingly(percent = growthPercent(process.memoryUsage().heapUsed)): void {
  setFlagsFromString(`--heap-growing-percent=${percent}`);
}

/** For a heap in which so much is used. */
export function growthPercent(usedBytes: number): number {
  return Math.round(Math.max(HEAP_GROWTH_MIN_PERCENT, Math.min(HEAP_GROWTH_PERCENT, (HEAP_GROWTH_BYTES / usedBytes) * 100)));
}

/** One whole collection, some 20 ms of this thread, where it gives something back; done when it resolves. */
export async function releaseSpareMemory(): Promise<void> {
  if (youngBytes() < YOUNG_SPARE_BYTES) return;
  // It brings half of Node's debugger with it, which no start has to wait for.
  const { Session } = await import('node:inspector');
  const session = new Session();
  session.connect();
  // The collection is a task of its own; disconnecting from within it never returns.
  await new Promise<void>((resolve) => session.post('HeapProfiler.collectGarbage', () => void setImmediate(resolve)));
  session.disconnect();
  // What objects held outside of the heap is freed in turns of its own.
  await new Promise(setImmediate);
}
