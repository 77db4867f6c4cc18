// The API over an index that no daemon serves, opened read-only inside the command that asks.

import { existsSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { Registry } from 'prom-client';
import { verifyArchive } from '../archive/verify.ts';
import { systemClock } from '../core/time/clock.ts';
import { LakeError } from '../core/errors.ts';
import type { FileEntry } from '../core/file-entry.ts';
import type { LakeStatus } from '../core/answers/lake-status.ts';
import type { Logger } from '../core/logger.ts';
import { Operations } from '../core/operations.ts';
import type { RootSetting } from '../core/settings/setting-root.ts';
import type { Settings } from '../core/settings/settings.ts';
import { CommitChanges } from '../index/follow/commit-changes.ts';
import { Database } from '../index/store/database.ts';
import { queryRows } from '../index/store/query.ts';
import { AgentDirectory, SessionDirectory, StringDirectory } from '../index/names/directories.ts';
import { readFiles } from '../index/rows/file-rows.ts';
import { Lake } from '../index/lake.ts';
import { listedSegments } from '../index/manifest.ts';
import { explainQueries } from '../index/store/query-profile.ts';
import { ReaderPool } from '../index/store/reader-pool.ts';
import { UserQueries } from '../index/sql/user-queries.ts';
import { OpenFiles } from '../ingest/source-files.ts';
import { buildServer } from '../server/server.ts';
import { adapterOptions, valueNames } from './adapter-options.ts';
import { budgetOf } from './budget.ts';
import { dataPaths } from './data-dir.ts';
import { embeddedPerformance } from './diagnostics.ts';
import { EventLoopWatch } from './event-loop.ts';
import { exportIntoFile } from './export-job.ts';
import { exportStreams } from './exports.ts';
import { Jobs } from './jobs.ts';
import { readMachine } from './machine.ts';
import { pricesOf } from './prices.ts';
import { Reconciler } from './reconcile/reconciler.ts';
import type { Embedded } from './port.ts';
import { INDEXED_ROOTS_SQL } from './indexed-roots.ts';
import { areLinesLeft } from './lines-left.ts';
import { areSample, rootExists } from './roots.ts';
import { sqlIntoFile } from './sql-job.ts';
import { SystemWatch } from './system-stats.ts';
import { finishCommits } from './unfinished.ts';
import { VERSION } from './version.ts';

const silent: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

export async function openEmbedded(settings: Settings): Promise<Embedded> {
  const paths = dataPaths(settings.dataDir);
  if (!existsSync(paths.index)) {
    throw new LakeError('unreachable', `No daemon runs for ${settings.dataDir}, and there is no index in it yet.`, { hint: 'Start one with "sessionlake start", or name its data directory with --data-dir.' });
  }
  const { databaseBytes, databaseThreads } = budgetOf(readMachine(), settings);
  const options = { path: paths.index, memoryLimitBytes: databaseBytes, threads: databaseThreads, tempDir: paths.temp, logger: silent };
  await finishCommits(options, silent);
  const database = await Database.open({ ...options, readOnly: true });
  const names = { strings: new StringDirectory(), sessions: new SessionDirectory(), agents: new AgentDirectory() };
  const connection = await database.connect();
  await names.strings.load(connection);
  await names.sessions.load(connection);
  await names.agents.load(connection);
  const files = new Map<number, FileEntry>();
  await readFiles(connection, (file) => void files.set(file.fileIx, file));
  const [top] = await queryRows<{ top: number }>(connection, 'SELECT greatest((SELECT coalesce(max(lake_offset), 0) FROM records), (SELECT coalesce(max(lake_offset), 0) FROM rejects))::DOUBLE AS top');
  connection.closeSync();
  const operations = new Operations();
  const readers = new ReaderPool(database, { operations });
  const loop = new EventLoopWatch();
  const system = new SystemWatch(paths.dir);
  const still = `${database.epoch}/still`;
  const sources = new OpenFiles((fileIx) => files.get(fileIx));
  const lake = new Lake({
    epoch: database.epoch, top: () => top?.top ?? 0, readers, names, sources, archiveDir: paths.archive,
    adapterOptions: adapterOptions(settings), prices: pricesOf(settings), now: () => systemClock.now(), idleMs: settings.archiveIdleMinutes * 60_000, changes: new CommitChanges(),
  });
  // Nobody writes it now, so it can be opened a second time.
  const sql = new UserQueries({ source: async () => ({ files: { lake: paths.index }, table: (name) => `lake.${name}` }), views: (source) => lake.sqlViews(source), clear: async () => undefined });
  const roots = async (): Promise<readonly RootSetting[]> => (settings.roots.length > 0 ? settings.roots : readers.rows<RootSetting>(INDEXED_ROOTS_SQL));
  const reconciler = new Reconciler({
    epoch: database.epoch, readers, archiveDir: paths.archive, tempDir: paths.temp, sessionId: (ix) => names.sessions.at(ix)?.id ?? null, clock: systemClock,
    parts: async () => (await lake.archiveParts({}, { limit: 1_000_000 })).items, segments: () => listedSegments(readers, 'all'),
    roots,
  });
  const jobs = new Jobs({
    reconcile: async (_request, signal) => (await reconciler.check(true, signal)).answer,
    export: (request, signal, onProgress) => exportIntoFile({ questions: lake, dir: paths.exports, tempDir: paths.temp }, request, signal, onProgress),
    sql: (request, signal, onProgress) => sqlIntoFile({ sql, dir: paths.exports, tempDir: paths.temp }, request, signal, onProgress),
    archive_verify: (_request, signal) => verifyArchive(paths.archive, { parts: async () => (await lake.archiveParts({}, { limit: 1_000_000 })).items }, { signal }),
  });
  const { app } = await buildServer({
    questions: lake, values: valueNames(settings), operations, versions: { lake: () => still, session: () => still, ledger: () => still, links: () => still, project: () => still },
    performance: async () => embeddedPerformance(readers, loop), explainQueries: () => explainQueries(readers), systemStats: () => system.stats(), logs: () => ({ items: [], has_more: false, next_cursor: null }),
    status: async () => embeddedStatus(lake, await roots(), !(await areLinesLeft(files.values(), sources))), health: async () => ({ status: 'ok', checks: { daemon: { running: false } } }), token: null, version: VERSION, logger: silent,
    registry: new Registry(), live: { upgrade: (_request, socket) => socket.destroy(), close: async () => undefined }, export: exportStreams(lake, paths.temp, silent), sql, jobs, reconcile: () => reconciler.recent(), hosts: () => ['localhost:80'], rateLimitPerMinute: 0,
  });
  return {
    app: app as unknown as FastifyInstance,
    close: async () => {
      await jobs.close();
      await reconciler.close();
      await sql.close();
      await app.close();
      await readers.close();
      sources.close();
      database.close();
    },
  };
}

/** `roots`: those asked for, else those that the index was made from: which a daemon would read now is its own matter. */
async function embeddedStatus(lake: Lake, roots: readonly RootSetting[], caughtUp: boolean): Promise<LakeStatus> {
  const [totals, archive] = await Promise.all([lake.totals(), lake.archiveStatus()]);
  return {
    epoch: lake.epoch, top: String(lake.top()), files: totals.files, bytes_total: totals.bytesTotal, bytes_indexed: totals.bytesIndexed, lines: totals.lines, rejects: totals.rejects, sessions: totals.sessions,
    archive, caught_up: caughtUp, watch_mode: 'none', lag_ms: 0, problems: [], version: VERSION, sample: areSample(roots), roots: roots.map((root) => ({ ...root, exists: rootExists(root) })),
  };
}
