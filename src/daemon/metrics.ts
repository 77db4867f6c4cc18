// What the parts do, as Prometheus metrics. Names follow its conventions: base units, `_total` on counters,
// and no label whose values grow with the lake.

import type { Registry } from 'prom-client';
import { MetricTeller } from '../server/metric-teller.ts';
import type { Hub } from '../stream/hub.ts';
import type { Engine } from './engine.ts';
import type { EventLoopWatch } from './event-loop.ts';
import { VERSION } from './version.ts';

const BUCKETS_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30];

export function registerMetrics(registry: Registry, engine: Engine, hub: Hub, loop: EventLoopWatch): void {
  const tell = new MetricTeller(registry);
  ingestMetrics(tell, engine);
  databaseMetrics(tell, engine);
  archiveMetrics(tell, engine);
  liveMetrics(tell, hub);
  processMetrics(tell, loop);
}

function ingestMetrics(tell: MetricTeller, { ingest, sink, lake, problems }: Engine): void {
  tell.counter('sessionlake_ingest_bytes_total', 'Bytes of source committed', () => sink.bytes);
  tell.counter('sessionlake_ingest_lines_total', 'Lines committed', () => sink.lines);
  tell.counter('sessionlake_ingest_rejects_total', 'Lines rejected', () => sink.rejects);
  tell.gauge('sessionlake_ingest_lag_seconds', 'Since the oldest change that is not committed yet', () => ingest.lagMs() / 1000);
  tell.gauge('sessionlake_ingest_backlog_bytes', 'Bytes in source files that are not indexed yet', () => {
    const { bytesTotal, bytesRead } = ingest.totals();
    return Math.max(0, bytesTotal - bytesRead);
  });
  tell.gauge('sessionlake_ingest_caught_up', '1 when everything there is is indexed', () => Number(ingest.isCaughtUp));
  tell.gauge('sessionlake_source_files', 'Source files that are there', () => ingest.totals().files);
  tell.gauge('sessionlake_lake_top_offset', 'The highest committed lake offset', () => lake.top());
  tell.gauge('sessionlake_problems', 'Problems that /api/status lists', () => problems.list().length);
  const commits = tell.histogram('sessionlake_commit_duration_seconds', 'From handing a commit over until it is durable and published', BUCKETS_SECONDS);
  sink.observer = (seconds) => commits.observe(seconds);
}

function databaseMetrics(tell: MetricTeller, { readers }: Engine): void {
  const queries = tell.histogram('sessionlake_query_duration_seconds', 'Time of a statement, by the question it is asked for', BUCKETS_SECONDS, ['operation']);
  const waits = tell.histogram('sessionlake_database_pool_wait_seconds', 'Time from a question until it has a connection', BUCKETS_SECONDS);
  readers.log.observer = { statement: (operation, seconds) => queries.observe({ operation }, seconds), wait: (seconds) => waits.observe(seconds) };
  tell.gauge('sessionlake_database_pool_connections', 'Connections for questions, at most', () => readers.state.connections);
  tell.gauge('sessionlake_database_pool_busy', 'Connections in use', () => readers.state.busy);
  tell.gauge('sessionlake_database_pool_waiting', 'Questions that wait for a connection', () => readers.state.waiting);
}

function archiveMetrics(tell: MetricTeller, { archiver }: Engine): void {
  const { queue } = archiver;
  tell.gauge('sessionlake_archive_queue_bytes', 'Bytes of source that the last look found due and that are not archived yet', () => queue.bytes);
  tell.gauge('sessionlake_archive_queue_segments', 'Pieces of files among these', () => queue.segments);
  tell.gauge('sessionlake_archive_lost_bytes', 'Bytes of indexed lines whose file was deleted before they were archived', () => archiver.lostBytes);
  tell.gauge('sessionlake_archive_failing', '1 while something that is due cannot be archived', () => Number(archiver.lastError !== null));
}

/** Subscribers are told apart by what they get: whole history, or what happens now. */
function liveMetrics(tell: MetricTeller, hub: Hub): void {
  tell.gauge('sessionlake_websocket_connections', 'WebSocket clients', () => hub.stats().connections);
  tell.gauge('sessionlake_websocket_subscriptions', 'Subscriptions of these', () => hub.stats().subscriptions);
  tell.gauge('sessionlake_websocket_history_reads', 'Subscriptions that are being brought up to date', () => hub.stats().historyReads);
  tell.labelled('sessionlake_subscriber_backlog_bytes', 'Bytes that wait for slow clients', 'class', () => hub.backlogs());
}

function processMetrics(tell: MetricTeller, loop: EventLoopWatch): void {
  tell.counter('process_cpu_seconds_total', 'User and system time of all threads', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  tell.gauge('process_resident_memory_bytes', 'Resident memory', () => process.memoryUsage.rss());
  tell.gauge('process_start_time_seconds', 'When the process was started, in Unix time', () => Math.round(Date.now() / 1000 - process.uptime()));
  tell.gauge('nodejs_heap_size_used_bytes', 'Used of the heap', () => process.memoryUsage().heapUsed);
  tell.gauge('nodejs_heap_size_total_bytes', 'The heap', () => process.memoryUsage().heapTotal);
  tell.gauge('nodejs_external_memory_bytes', 'Beside the heap', () => process.memoryUsage().external);
  tell.gauge('nodejs_eventloop_delay_p50_seconds', 'How late a timer comes while something is asked: half of them', () => loop.state.delay_p50_ms / 1000);
  tell.gauge('nodejs_eventloop_delay_p99_seconds', '99 of 100 of them', () => loop.state.delay_p99_ms / 1000);
  tell.gauge('nodejs_eventloop_utilization_ratio', 'Share of the time in which the event loop was busy', () => loop.state.utilization);
  tell.labelled('sessionlake_build_info', 'The version, as a label', 'version', () => new Map([[VERSION, 1]]));
}
