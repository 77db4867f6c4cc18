// How the daemon itself does: times, memory, its log.

import type { Percentiles } from '../time/durations.ts';

/** What `/health/performance` tells beside the server's own times. */
export interface PartsPerformance {
  /** The pool of connections, and what its statements took. */
  database: { connections: number; busy: number; idle: number; waiting: number; wait: Percentiles; statements: Percentiles };
  ingest: { lag_ms: number; caught_up: boolean; bytes: number; lines: number; commits: Percentiles };
  memory: { rss_bytes: number; heap_used_bytes: number; heap_total_bytes: number; external_bytes: number; array_buffers_bytes: number };
  event_loop: { delay_p50_ms: number; delay_p99_ms: number; delay_max_ms: number; utilization: number };
}

/** One statement of a question, run again with EXPLAIN ANALYZE. */
export interface ExplainedQuery {
  /** The operation it belongs to, as the OpenAPI document names it. */
  operation: string;
  /** When it was last asked. */
  last_ms: number;
  /** Now, of the whole statement. */
  ms: number;
  rows_scanned: number;
  rows_returned: number;
  /** What takes most, the costliest first. */
  operators: { name: string; ms: number; rows: number }[];
  advice: string[];
  sql: string;
}

export interface SystemStats {
  computed_at: string;
  process: {
    pid: number;
    version: string;
    node_version: string;
    uptime_seconds: number;
    /** Since the last time this was computed, of one core. */
    cpu_percent: number;
    cpu_seconds: number;
    rss_bytes: number;
    heap_used_bytes: number;
    open_files: number | null;
    event_loop_utilization: number;
  };
  machine: {
    platform: string;
    arch: string;
    cores: number;
    load_average: number[];
    memory_bytes: number;
    memory_free_bytes: number;
    uptime_seconds: number;
    /** Of the file system that holds the data directory. */
    disk_bytes: number | null;
    disk_free_bytes: number | null;
  };
}

export interface LogLine {
  /** Counts from 1 with the start of the daemon. */
  number: number;
  time: string;
  level: string;
  message: string;
  /** Whatever else was said. */
  fields: Record<string, unknown>;
}

export interface LogPage {
  items: LogLine[];
  /** The last line is always there; with a larger `tail` there may be earlier ones. */
  has_more: false;
  next_cursor: null;
}
