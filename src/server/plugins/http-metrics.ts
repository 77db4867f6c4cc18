// How the server itself does, for /metrics: time per route, use of the cache, open exports.

import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { App } from '../app.ts';
import type { ResponseCache } from '../response-cache.ts';
import type { StreamResponder } from '../stream-responder.ts';

const BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60];

export function installHttpMetrics(app: App, registry: Registry, cache: ResponseCache, streams: StreamResponder): void {
  const registers = [registry];
  const duration = new Histogram({
    name: 'sessionlake_http_request_duration_seconds',
    help: 'Time from a request to the end of its answer',
    labelNames: ['route', 'method', 'status'],
    buckets: BUCKETS_SECONDS,
    registers,
  });
  const cacheUse = new Counter({
    name: 'sessionlake_http_cache_total',
    help: 'Answers from the response cache (hit) and computed (miss)',
    labelNames: ['result'],
    registers,
  });
  registry.registerMetric(gauge('sessionlake_http_cache_bytes', 'Bytes in the response cache', () => cache.bytes));
  registry.registerMetric(gauge('sessionlake_http_streams_open', 'Exports under way', () => streams.open));
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    duration.observe({ route, method: request.method, status: reply.statusCode }, reply.elapsedTime / 1000);
    const result = reply.getHeader('x-cache');
    if (request.routeOptions.config.cached === true && typeof result === 'string') cacheUse.inc({ result: result.toLowerCase() });
  });
}

function gauge(name: string, help: string, value: () => number): Gauge {
  return new Gauge({ name, help, registers: [], collect() { this.set(value()); } });
}
