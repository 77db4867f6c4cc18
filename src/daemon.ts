// The composition root, read from top to bottom: settings in, parts built and joined by hand, started
// in order and stopped in reverse. Stopping: no new requests and no new reads, what was read is
// committed, streams are closed, the pools end, the database is closed last; within ten seconds.

import { homedir } from 'node:os';
import { Registry } from 'prom-client';
import type { IndexProgress, OnceOptions, ProgressSink, RunSummary, ServeOptions } from './daemon/port.ts';
import { writingInto } from './core/storage-failure.ts';
import { systemClock } from './core/time/clock.ts';
import type { JobRequest } from './core/answers/jobs.ts';
import type { Logger } from './core/logger.ts';
import type { Settings } from './core/settings/settings.ts';
import { isoFromMs } from './core/time/time.ts';
import { adapterOptions, valueNames } from './daemon/adapter-options.ts';
import { optimizeAsUsual, optimizeLate } from './daemon/compilation.ts';
import { ensureToken, prepareDataDir, removeDaemonFile, writeDaemonFile } from './daemon/data-dir.ts';
import type { DataPaths } from './daemon/data-dir.ts';
import { partsPerformance } from './daemon/diagnostics.ts';
import { Engine } from './daemon/engine.ts';
import type { EngineOptions } from './daemon/engine.ts';
import { EventLoopWatch } from './daemon/event-loop.ts';
import { exportStreams } from './daemon/exports.ts';
import { archiveSummary, jobHandlers } from './daemon/job-handlers.ts';
import { JobLog } from './daemon/job-log.ts';
import { indexedRoots } from './daemon/indexed-roots.ts';
import { Jobs, performWith } from './daemon/jobs.ts';
import type { LogRing } from './daemon/log-ring.ts';
import { daemonLog } from './daemon/logger.ts';
import { registerMetrics } from './daemon/metrics.ts';
import { chooseRoots, rootExists } from './daemon/roots.ts';
import type { ChosenRoots } from './daemon/roots.ts';
import { mayHoldSample } from './daemon/sample.ts';
import { growSparingly } from './daemon/spare-memory.ts';
import { untilStandstill } from './daemon/standstill.ts';
import { StopSignal } from './daemon/stop-signal.ts';
import { readHealth, readStatus } from './daemon/status.ts';
import { SystemWatch } from './daemon/system-stats.ts';
import { VERSION } from './daemon/version.ts';
import { warmUp } from './daemon/warm-up.ts';
import { explainQueries } from './index/store/query-profile.ts';
import { readStoredTotals } from './index/queries/stored-totals.ts';
import { tokenMatcher } from './server/plugins/auth.ts';
import { HttpServer } from './server/http-server.ts';
import { textOf } from './sources/content.ts';
import { scannerProblem } from './sources/selective/selective-scanner.ts';
import { Feed } from './stream/feed.ts';
import { Hub } from './stream/hub.ts';

export { openEmbedded } from './daemon/embedded.ts';
export { importFile } from './daemon/import-file.ts';

const PROGRESS_MS = 200;

type Opening = Pick<EngineOptions, 'watch' | 'publish' | 'isFollowed'>;

interface Opened {
  engine: Engine;
  chosen: ChosenRoots;
  paths: DataPaths;
  logger: Logger;
  ring: LogRing;
  stop: StopSignal;
}

/** There when it serves. */
interface Live {
  feed: Feed | null;
  hub: Hub | null;
}

/** Serves until a signal stops it. Throws LakeError where it cannot start. */
export async function runDaemon(settings: Settings, options: ServeOptions): Promise<void> {
  const live: Live = { feed: null, hub: null };
  const opening: Opening = { watch: true, publish: (event) => live.feed?.publish(event), isFollowed: () => live.hub?.isFollowed ?? false };
  await withEngine(settings, opening, options.progress, (opened) => serve(opened, live, settings, options));
}

/** Indexes what there is, or until a signal stops it. Throws LakeError where it cannot start. */
export async function runOnce(settings: Settings, options: OnceOptions): Promise<RunSummary> {
  return withEngine(settings, { watch: false, publish: () => undefined, isFollowed: () => false }, options.progress, (opened) => writingInto(settings.dataDir, () => indexAll(opened, settings, options)));
}

async function withEngine<T>(settings: Settings, opening: Opening, sink: ProgressSink | null, work: (opened: Opened) => Promise<T>): Promise<T> {
  const paths = prepareDataDir(settings.dataDir);
  const { logger, ring } = daemonLog(settings);
  const problem = scannerProblem();
  if (problem !== null) logger.warn({ reason: problem }, 'the scanner cannot be loaded: lines are parsed whole, with the same result and more work');
  const chosen = await chooseRoots(settings.roots, process.env, homedir(), () => mayHoldSample(paths));
  const stop = new StopSignal();
  const engine = await writingInto(settings.dataDir, () => Engine.open({ settings, paths, ...chosen, logger, ...opening }));
  const progress = followProgress(engine, sink);
  try {
    return await work({ engine, chosen, paths, logger, ring, stop });
  } finally {
    progress.end();
    stop.dispose();
    await writingInto(settings.dataDir, () => engine.close());
    removeDaemonFile(settings.dataDir, process.pid);
  }
}

/** Without a daemon: does a job here, and gives its result. */
export async function performJob(settings: Settings, request: JobRequest): Promise<unknown> {
  const paths = prepareDataDir(settings.dataDir);
  // Only a repair looks for files; it is of what the index has, unless other roots are named.
  const roots = request.type !== 'repair' ? [] : settings.roots.length > 0 ? [...settings.roots] : await indexedRoots(paths);
  const engine = await Engine.open({ settings, paths, roots, sample: true, watch: false, logger: daemonLog({ logLevel: 'warn' }).logger, publish: () => undefined, isFollowed: () => false });
  const stop = new StopSignal();
  try {
    await load(engine, stop);
    await engine.ingest.start();
    return await performWith(jobHandlers(engine, paths), request, stop.signal);
  } finally {
    stop.dispose();
    await engine.close();
  }
}

/** Whoever asks is answered with all lines there are, and with their text. */
async function load(engine: Engine, stop: StopSignal): Promise<void> {
  await engine.load();
  if (engine.lake.top() === 0) {
    optimizeLate();
    void engine.ingest.caughtUp().then(optimizeAsUsual);
  }
  await engine.adopt(stop.signal);
}

async function serve({ engine, chosen, paths, logger, ring, stop }: Opened, live: Live, settings: Settings, options: ServeOptions): Promise<void> {
  const token = ensureToken(settings);
  const jobs = new Jobs(jobHandlers(engine, paths), { clock: systemClock, logger, store: new JobLog(paths.jobs), waits: true });
  const registry = new Registry();
  const loop = new EventLoopWatch();
  const system = new SystemWatch(paths.dir);
  let askedAt = Number.NEGATIVE_INFINITY;
  const stirred = (): void => {
    askedAt = performance.now();
    loop.stir();
  };
  const server = new HttpServer(
    {
      questions: engine.lake, values: valueNames(settings), versions: engine.versions, operations: engine.operations, stirred,
      performance: async () => partsPerformance(engine, loop), explainQueries: () => explainQueries(engine.readers), systemStats: () => system.stats(), logs: (tail, after) => ring.page(tail, after),
      status: () => readStatus(engine, chosen.roots, chosen.sample), health: () => readHealth(engine), token, version: VERSION, logger,
      registry, live: { upgrade: (...upgrade) => live.hub?.upgrade(...upgrade), close: async () => live.hub?.close() }, export: exportStreams(engine.lake, paths.temp, logger), sql: engine.sql, jobs, reconcile: () => engine.reconciler.recent(), hosts: () => [], rateLimitPerMinute: settings.rateLimit,
    },
    { host: settings.host, port: settings.port },
  );
  try {
    // While DuckDB reads, this thread has time.
    await Promise.all([load(engine, stop).then(() => engine.ingest.load()), server.prepare()]);
    if (stop.isAsked) return;
    live.feed = new Feed(engine.lake.top(), logger);
    live.hub = new Hub(
      { feed: live.feed, questions: engine.lake, version: VERSION, verifyToken: tokenMatcher(token), textOf: (source, bytes) => textOf(source, bytes, adapterOptions(settings)), logger, jobs },
      { backlogMaxBytes: settings.wsBacklogBytes, heartbeatMs: settings.wsHeartbeatSeconds * 1000, pongMs: settings.wsPongSeconds * 1000 },
    );
    registerMetrics(registry, engine, live.hub, loop);
    await live.hub.start();
    await jobs.start();
    await server.start();
    const startedAt = isoFromMs(Date.now());
    writeDaemonFile(settings.dataDir, { pid: process.pid, url: server.url, version: VERSION, started_at: startedAt, epoch: engine.lake.epoch });
    logger.info({ url: server.url, version: VERSION, data_dir: settings.dataDir, epoch: engine.lake.epoch, sample: chosen.sample }, 'serving');
    options.onServing({ url: server.url, pid: process.pid, dataDir: settings.dataDir, sample: chosen.sample, roots: chosen.roots.map((root) => ({ ...root, exists: rootExists(root) })) });
    growSparingly();
    await engine.ingest.start();
    jobs.begin();
    void warmUp({ readers: engine.readers, lake: engine.lake, ingest: engine.ingest, ask: (path) => server.rehearse(path), askedAt: () => askedAt, logger }, stop.signal).then(() => server.endRehearsal());
    if (settings.archive) {
      await engine.archiver.start();
      // What is due already is archived now, so that the daemon comes to rest soon.
      void engine.ingest.caughtUp().then(() => (stop.isAsked ? undefined : engine.archiver.poke()));
    }
    await stop.asked;
    logger.info({}, 'stopping');
  } finally {
    await server.close();
    await jobs.close();
    loop.close();
  }
}

async function indexAll({ engine, stop }: Opened, { dataDir }: Settings, options: OnceOptions): Promise<RunSummary> {
  const startedAt = Date.now();
  growSparingly();
  await load(engine, stop);
  await engine.ingest.start();
  await untilStandstill(engine.problems, dataDir, Promise.race([engine.ingest.caughtUp(), stop.asked]));
  const archive = options.archive && !stop.isAsked ? archiveSummary(await engine.archiver.run({ all: false })) : null;
  const { readers, ingest, problems } = engine;
  const [totals, seen] = [await readStoredTotals(readers), ingest.totals()];
  return {
    files: Math.max(totals.files, seen.files), sessions: totals.sessions, lines: totals.lines, rejects: totals.rejects, bytes_total: Math.max(totals.bytesTotal, seen.bytesTotal), bytes_indexed: totals.bytesIndexed,
    caught_up: ingest.isCaughtUp, duration_ms: Date.now() - startedAt, archive, problems: problems.list(),
  };
}

/** Bytes and files as they are read, until the first index has caught up. */
function followProgress(engine: Engine, progress: ProgressSink | null): { end(): void } {
  if (progress === null) return { end: () => undefined };
  const told = (): IndexProgress => {
    const { files, bytesTotal, bytesRead } = engine.ingest.totals();
    return { bytesDone: bytesRead, bytesTotal, filesDone: engine.ingest.filesRead(), filesTotal: files, ...engine.ingest.since };
  };
  let ended = false;
  const timer = setInterval(() => {
    if (engine.ingest.isCaughtUp) end();
    else if (engine.ingest.hasStarted) progress.update(told());
  }, PROGRESS_MS);
  const end = (): void => {
    if (ended) return;
    ended = true;
    clearInterval(timer);
    if (engine.ingest.hasStarted) progress.update(told());
    progress.finish();
  };
  return { end };
}
