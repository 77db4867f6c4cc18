// How the parts of a running daemon do, for /health/performance; and those of an index without one.

import type { PartsPerformance } from '../core/answers/diagnostics.ts';
import { Durations } from '../core/time/durations.ts';
import type { ReaderPool } from '../index/store/reader-pool.ts';
import type { Engine } from './engine.ts';
import type { EventLoopWatch } from './event-loop.ts';

export function partsPerformance({ readers, ingest, sink }: Engine, loop: EventLoopWatch): PartsPerformance {
  return {
    ...common(readers, loop),
    ingest: { lag_ms: ingest.lagMs(), caught_up: ingest.isCaughtUp, bytes: sink.bytes, lines: sink.lines, commits: sink.commits.percentiles() },
  };
}

/** Nothing is read in. */
export function embeddedPerformance(readers: ReaderPool, loop: EventLoopWatch): PartsPerformance {
  return { ...common(readers, loop), ingest: { lag_ms: 0, caught_up: true, bytes: 0, lines: 0, commits: new Durations().percentiles() } };
}

function common(readers: ReaderPool, loop: EventLoopWatch): Omit<PartsPerformance, 'ingest'> {
  const { rss, heapUsed, heapTotal, external, arrayBuffers } = process.memoryUsage();
  return {
    database: { ...readers.state, wait: readers.log.waits.percentiles(), statements: readers.log.statements.percentiles() },
    memory: { rss_bytes: rss, heap_used_bytes: heapUsed, heap_total_bytes: heapTotal, external_bytes: external, array_buffers_bytes: arrayBuffers },
    event_loop: loop.state,
  };
}
