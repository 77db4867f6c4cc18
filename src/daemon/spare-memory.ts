// Memory that work left behind. V8 lets its young generation grow with the work and, once idle, has no
// occasion to give it back: of an index that has come to rest it would hold on to some thirty MiB.

import { Session } from 'node:inspector';
import { getHeapSpaceStatistics } from 'node:v8';

/** Less than this is not worth a collection. */
const YOUNG_SPARE_BYTES = 8 * 1024 * 1024;

/** One whole collection, some 20 ms of this thread, where it gives something back. */
export function releaseSpareMemory(): void {
  const young = getHeapSpaceStatistics().find((space) => space.space_name === 'new_space');
  if (young === undefined || young.physical_space_size < YOUNG_SPARE_BYTES) return;
  const session = new Session();
  session.connect();
  // The collection is a task of its own; disconnecting from within it never returns.
  session.post('HeapProfiler.collectGarbage', () => void setImmediate(() => session.disconnect()));
}
