// Schemas of what the daemon tells of itself: times, cache, pool, process, machine, log.

import { Type } from 'typebox';
import { count, nullable, time } from './usage.ts';

const ms = (description: string) => Type.Number({ minimum: 0, description: `${description}, in milliseconds` });
const bytes = (description: string) => count(`${description}, in bytes`);
const share = (description: string) => Type.Number({ minimum: 0, description });

const percentiles = {
  count: count('How many there were'),
  p50_ms: ms('Half of the last 1,024 took no longer'),
  p95_ms: ms('95 of 100'),
  p99_ms: ms('99 of 100'),
  max_ms: ms('The longest of them'),
};
const Percentiles = Type.Object(percentiles);

const memory = { rss_bytes: bytes('Resident'), heap_used_bytes: bytes('Used of the heap') };

export const Performance = Type.Object({
  routes: Type.Array(Type.Object({ route: Type.String(), method: Type.String(), failed: count('Answers of 500 and above'), ...percentiles })),
  cache: Type.Object({
    entries: count('Answers held, compressed forms included'),
    bytes: bytes('What they take'),
    max_bytes: bytes('What they may take'),
    hits: count('Answers it gave'),
    misses: count('Answers it did not have'),
    evictions: count('Dropped for lack of room'),
    hit_rate: Type.Number({ minimum: 0, maximum: 1 }),
  }),
  database: Type.Object({
    connections: count('Connections for questions, at most'),
    busy: count('In use'),
    idle: count('Open and not in use'),
    waiting: count('Questions that wait for one'),
    wait: Percentiles,
    statements: Percentiles,
  }),
  ingest: Type.Object({
    lag_ms: ms('Since the oldest change that is not committed yet'),
    caught_up: Type.Boolean(),
    bytes: bytes('Committed since the start'),
    lines: count('Committed since the start'),
    commits: Percentiles,
  }),
  memory: Type.Object({ ...memory, heap_total_bytes: bytes('Of the heap'), external_bytes: bytes('Beside the heap'), array_buffers_bytes: bytes('Of it, buffers') }),
  event_loop: Type.Object({ delay_p50_ms: ms('How late a timer comes'), delay_p99_ms: ms('99 of 100'), delay_max_ms: ms('The latest'), utilization: share('0 to 1') }),
}, { $id: 'Performance' });

export const CacheDropped = Type.Object({ entries: count('Answers dropped'), bytes: bytes('What they took') }, { $id: 'CacheDropped' });

export const QueryProfile = Type.Object({
  items: Type.Array(Type.Object({
    operation: Type.String({ description: 'The operationId it belongs to' }),
    last_ms: ms('When it was last asked'),
    ms: ms('Now'),
    rows_scanned: count('Rows read from tables'),
    rows_returned: count('Rows of the answer'),
    operators: Type.Array(Type.Object({ name: Type.String(), ms: ms('Of all threads'), rows: count('Rows it made') })),
    advice: Type.Array(Type.String()),
    sql: Type.String(),
  })),
}, { $id: 'QueryProfile' });

export const SystemStats = Type.Object({
  computed_at: time('At most two seconds ago'),
  process: Type.Object({
    pid: count('Process id'),
    version: Type.String(),
    node_version: Type.String(),
    uptime_seconds: share('Since its start'),
    cpu_percent: share('Of one core, since this was last computed'),
    cpu_seconds: share('User and system time of all threads'),
    ...memory,
    open_files: nullable(count('Descriptors'), 'Null where the system does not tell'),
    event_loop_utilization: share('0 to 1, since this was last computed'),
  }),
  machine: Type.Object({
    platform: Type.String(),
    arch: Type.String(),
    cores: count('That this process may use'),
    load_average: Type.Array(Type.Number({ minimum: 0 }), { description: 'Of 1, 5 and 15 minutes' }),
    memory_bytes: bytes('All'),
    memory_free_bytes: bytes('Free'),
    uptime_seconds: share('Since it was started'),
    disk_bytes: nullable(bytes('Of the file system with the data directory')),
    disk_free_bytes: nullable(bytes('Of these, free')),
  }),
}, { $id: 'SystemStats' });

const LogLine = Type.Object({
  number: Type.Integer({ minimum: 1, description: "Counts from the daemon's start" }),
  time: time('When it was written'),
  level: Type.String(),
  message: Type.String(),
  fields: Type.Record(Type.String(), Type.Unknown(), { description: 'Whatever else was said' }),
});

export const LogPage = Type.Object({
  items: Type.Array(LogLine),
  has_more: Type.Boolean({ description: 'False: the last line is always there' }),
  next_cursor: Type.Null(),
}, { $id: 'LogPage' });
