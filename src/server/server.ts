// The HTTP side, put together: plugins in the order in which they judge a request, then the routes.

import Fastify from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { LakeError } from '../core/errors.ts';
import type { App } from './app.ts';
import type { ServerDeps } from './deps.ts';
import { installAuth } from './plugins/auth.ts';
import { installCompress } from './plugins/compress.ts';
import { installCursors } from './plugins/cursors.ts';
import { installEtag } from './plugins/etag.ts';
import { installHttpMetrics } from './plugins/http-metrics.ts';
import { BODY_MAX_BYTES, CONNECTIONS_MAX, HEADERS_TIMEOUT_MS, PARAMETER_MAX_LENGTH, REQUEST_TIMEOUT_MS, installLimits } from './plugins/limits.ts';
import { installNotFound } from './plugins/not-found.ts';
import { installListFormats } from './plugins/list-formats.ts';
import { installOperations } from './plugins/operations.ts';
import { installOpenapi } from './plugins/openapi.ts';
import { installOrigin } from './plugins/origin.ts';
import { installProblems, refuseConnection, refuseFramework } from './plugins/problems.ts';
import { installSecurityHeaders } from './plugins/security-headers.ts';
import { OwnRequests } from './own-requests.ts';
import { strictCompiler } from './query.ts';
import { ResponseCache } from './response-cache.ts';
import { aggregateRoute } from './routes/aggregate.ts';
import { archiveRoute } from './routes/archive.ts';
import { docsRoute } from './routes/docs.ts';
import { eventRoute } from './routes/events.ts';
import { exportRoute } from './routes/export.ts';
import { fileContentRoute } from './routes/file-content.ts';
import { fileRoutes } from './routes/files.ts';
import { healthRoute } from './routes/health.ts';
import { jobRoutes } from './routes/jobs.ts';
import { liveRoute } from './routes/live.ts';
import { loginRoutes } from './routes/login.ts';
import { messageRoutes } from './routes/messages.ts';
import { metricsRoute } from './routes/metrics.ts';
import { openapiRoute } from './routes/openapi.ts';
import { performanceRoutes } from './routes/performance.ts';
import { projectRoutes } from './routes/projects.ts';
import { searchRoute } from './routes/search.ts';
import { seriesRoute } from './routes/series.ts';
import { reconcileRoute } from './routes/reconcile.ts';
import { sessionRoutes } from './routes/sessions.ts';
import { sqlRoute } from './routes/sql.ts';
import { sessionViewRoutes } from './routes/session-views.ts';
import { statusRoute } from './routes/status.ts';
import { ledgerRoutes } from './routes/ledger.ts';
import { subagentRoutes } from './routes/subagents.ts';
import { usageRoutes } from './routes/usage.ts';
import { systemRoutes } from './routes/system.ts';
import { RouteClock } from './route-times.ts';
import { StreamResponder } from './stream-responder.ts';
import { installUpgrade } from './upgrade.ts';

export interface BuiltServer {
  app: App;
  /** Bulk answers under way, to be drained before the server is closed. */
  streams: StreamResponder;
}

/** Ready to listen. Hooks that wait for nothing make no promise: there are many, and each request goes through all. `closing`: whether new requests are to be refused. */
export async function buildServer(deps: ServerDeps, own = new OwnRequests(), closing: () => boolean = () => false): Promise<BuiltServer> {
  const app = newApp();
  const cache = new ResponseCache(deps.versions);
  const streams = new StreamResponder(deps.logger);
  const clock = new RouteClock();

  installProblems(app, deps.logger);
  installHttpMetrics(app, deps.registry, { cache, streams, clock, own });
  installSecurityHeaders(app);
  app.addHook('onRequest', ({ headers }, _reply, done) => {
    if (!own.isOwn(headers)) deps.stirred?.();
    if (closing()) throw new LakeError('unavailable', 'The daemon is shutting down.');
    done();
  });
  installOrigin(app, deps.hosts);
  installLimits(app, deps.rateLimitPerMinute, own);
  installAuth(app, deps.token);
  installEtag(app, cache, own);
  installCursors(app, () => deps.questions.epoch);
  installOperations(app, deps.operations);
  installListFormats(app);
  installNotFound(app);
  installCompress(app, cache);
  await installOpenapi(app, deps.version);

  installRoutes(app, deps, streams);
  performanceRoutes(app, deps, { cache, clock });
  installUpgrade(app.server, deps);
  await app.ready();
  return { app, streams };
}

function newApp(): App {
  const app = Fastify({
    logger: false,
    bodyLimit: BODY_MAX_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Node's own answer to a missing Host has no body.
    http: { headersTimeout: HEADERS_TIMEOUT_MS, requireHostHeader: false },
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: PARAMETER_MAX_LENGTH },
    frameworkErrors: refuseFramework,
    clientErrorHandler: refuseConnection,
    // Else Fastify loads its own, which nothing here uses.
    schemaController: { compilersFactory: { buildValidator: noCompiler, buildSerializer: noCompiler } },
  }).withTypeProvider<TypeBoxTypeProvider>();
  app.server.maxConnections = CONNECTIONS_MAX;
  app.removeContentTypeParser('text/plain');
  acceptEmptyBodies(app);
  app.setValidatorCompiler(strictCompiler);
  // Schemas describe; they do not filter. What a question answers goes out whole.
  app.setSerializerCompiler(() => JSON.stringify);
  return app;
}

/** Clients name the type of a body that they do not send: where none is needed, none is missed. */
function acceptEmptyBodies(app: App): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else parse(request, body as string, done);
  });
}

function noCompiler(): never {
  throw new Error('The app has compilers of its own.');
}

function installRoutes(app: App, deps: ServerDeps, streams: StreamResponder): void {
  healthRoute(app, deps);
  metricsRoute(app, deps);
  statusRoute(app, deps);
  projectRoutes(app, deps);
  sessionRoutes(app, deps);
  messageRoutes(app, deps, streams);
  eventRoute(app, deps);
  subagentRoutes(app, deps);
  ledgerRoutes(app, deps);
  sessionViewRoutes(app, deps);
  aggregateRoute(app, deps);
  searchRoute(app, deps);
  seriesRoute(app, deps);
  usageRoutes(app, deps);
  fileRoutes(app, deps);
  fileContentRoute(app, deps, streams);
  archiveRoute(app, deps);
  exportRoute(app, deps, streams);
  sqlRoute(app, deps);
  jobRoutes(app, deps);
  systemRoutes(app, deps);
  loginRoutes(app, deps);
  reconcileRoute(app, deps);
  openapiRoute(app);
  docsRoute(app);
  liveRoute(app);
}
