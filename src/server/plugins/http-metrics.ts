// How the server itself does: time per route, use of the cache, open exports, requests under way.

import type { Registry } from 'prom-client';
import type { App } from '../app.ts';
import { MetricTeller } from '../metric-teller.ts';
import type { OwnRequests } from '../own-requests.ts';
import type { ResponseCache } from '../response-cache.ts';
import type { RouteClock } from '../route-times.ts';
import type { StreamResponder } from '../stream-responder.ts';
import { whenClosed } from '../when-closed.ts';

const BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60];

export interface MeasuredParts {
  cache: ResponseCache;
  streams: StreamResponder;
  clock: RouteClock;
  own: OwnRequests;
}

export function installHttpMetrics(app: App, registry: Registry, { cache, streams, clock, own }: MeasuredParts): void {
  const tell = new MetricTeller(registry);
  const duration = tell.histogram('sessionlake_http_request_duration_seconds', 'Time from a request to the end of its answer', BUCKETS_SECONDS, ['route', 'method', 'status']);
  let active = 0;
  tell.gauge('sessionlake_http_requests_active', 'Requests under way', () => active);
  tell.counter('sessionlake_http_cache_hits_total', 'Answers from the response cache', () => cache.state.hits);
  tell.counter('sessionlake_http_cache_misses_total', 'Answers that could have been in the response cache and were not', () => cache.state.misses);
  tell.counter('sessionlake_http_cache_evictions_total', 'Answers dropped for lack of room', () => cache.state.evictions);
  tell.gauge('sessionlake_http_cache_size_bytes', 'Bytes in the response cache', () => cache.state.bytes);
  tell.gauge('sessionlake_http_cache_entries', 'Answers in the response cache', () => cache.state.entries);
  tell.gauge('sessionlake_http_streams_active', 'Exports under way', () => streams.open);

  const over = (): void => {
    active -= 1;
  };
  app.addHook('onRequest', ({ headers }, reply, done) => {
    if (!own.isOwn(headers)) {
      active += 1;
      // An answer that its client did not wait for, or that broke off, has no `onResponse`.
      whenClosed(reply, over);
    }
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    done();
    if (own.isOwn(request.headers)) return;
    const route = request.routeOptions.url ?? 'none';
    duration.observe({ route, method: request.method, status: reply.statusCode }, reply.elapsedTime / 1000);
    clock.add(route, request.method, reply.statusCode, reply.elapsedTime);
  });
}
