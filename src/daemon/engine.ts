// The lake without its servers: database, writer, readers, ingest and archive, built and joined by
// hand. The daemon puts HTTP and WebSocket before it; `start --once` and `archive run` use it bare.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../core/time/clock.ts';
import type { CommitEvent } from '../core/feed-record.ts';
import type { Logger } from '../core/logger.ts';
import { Operations } from '../core/operations.ts';
import type { RootSetting } from '../core/settings/setting-root.ts';
import type { Settings } from '../core/settings/settings.ts';
import { Archiver } from '../archive/archiver.ts';
import { PART_LIMITS } from '../archive/part-planner.ts';
import { Database } from '../index/store/database.ts';
import { queryRows } from '../index/store/query.ts';
import { IndexWriter } from '../index/writer/index-writer.ts';
import { journalPath } from '../index/store/journal.ts';
import { Lake } from '../index/lake.ts';
import { LakeVersions } from '../index/writer/lake-versions.ts';
import { IndexManifest } from '../index/manifest.ts';
import { QueryLog } from '../index/store/query-log.ts';
import { ReaderPool } from '../index/store/reader-pool.ts';
import { Snapshot } from '../index/sql/snapshot.ts';
import { UserQueries } from '../index/sql/user-queries.ts';
import { Ingest } from '../ingest/ingest.ts';
import { Problems } from '../ingest/problems.ts';
import { Adopter } from './adoption/adopter.ts';
import { adapterOptions } from './adapter-options.ts';
import { tellLongLines, tellLostLog } from './archive-problems.ts';
import { budgetOf, type Budget } from './budget.ts';
import { openWhenFree } from './free-index.ts';
import { clearLeftovers, type DataPaths } from './data-dir.ts';
import { Lull } from './lull.ts';
import { readMachine } from './machine.ts';
import { MeasuredSink } from './measured-sink.ts';
import { pricesOf } from './prices.ts';
import { Mirrors } from './mirrors.ts';
import { Reconciler } from './reconcile/reconciler.ts';
import { Relief } from './relief.ts';
import { holdsOnlySample } from './sample.ts';
import { collectYoungAlone } from './young-generation.ts';

/** Quiet for this long after a commit, superseded rows are merged; where it is never quiet, after the longer time. */
const REST_AFTER_MS = 10_000;
const REST_AT_LATEST_MS = 600_000;
/** Quiet for this long, after the index's own rest, memory is given back. */
const LULL_MS = 15_000;
/** For a daemon to notice what changed a moment ago. */
const SETTLE_MS = 3000;
const NEVER = new Promise<void>(() => undefined);

export interface EngineOptions {
  settings: Settings;
  paths: DataPaths;
  roots: readonly RootSetting[];
  sample: boolean;
  watch: boolean;
  logger: Logger;
  publish: (event: CommitEvent) => void;
  /** Somebody is sent what is committed, as it comes. */
  isFollowed: () => boolean;
}

export class Engine {
  readonly database: Database;
  readonly writer: IndexWriter;
  readonly readers: ReaderPool;
  readonly operations = new Operations();
  readonly versions: LakeVersions;
  readonly sink: MeasuredSink;
  readonly lake: Lake;
  readonly sql: UserQueries;
  readonly manifest: IndexManifest;
  readonly ingest: Ingest;
  readonly archiver: Archiver;
  readonly problems: Problems;
  readonly reconciler: Reconciler;
  private readonly mirrors: Mirrors;
  private readonly lull: Lull;
  private readonly relief: Relief;
  private restTimer: NodeJS.Timeout | null = null;
  private restDueSince = 0;
  private readonly options: EngineOptions;
  private readonly logger: Logger;

  private constructor(options: EngineOptions, database: Database, budget: Budget) {
    const { settings, paths, logger } = options;
    this.options = options;
    const options_ = adapterOptions(settings);
    const now = (): number => systemClock.now();
    const idleMs = settings.archiveIdleMinutes * 60_000;
    this.database = database;
    this.logger = logger;
    this.lull = new Lull(LULL_MS, () => void this.relief.atRest());
    this.problems = new Problems(systemClock);
    this.mirrors = new Mirrors(paths, options.roots);
    // What the lake keeps is nobody's log, even where a root lies above it.
    const roots = options.sample ? options.roots : [...options.roots.map(({ source, path }) => ({ source, path, except: paths.dir })), ...this.mirrors.roots];
    this.readers = new ReaderPool(database, { settle: () => this.writer.settle(), revive: () => this.writer.revive(), operations: this.operations, log: new QueryLog(logger), onUse: () => this.stir(), onDamage: ({ message, hint }) => this.problems.raise('index_damaged', message, { path: paths.index, ...(hint === undefined ? {} : { hint }) }) });
    this.versions = new LakeVersions({ epoch: database.epoch, sessions: () => this.writer.sessions, now, idleMs });
    this.writer = new IndexWriter(database, (event) => {
      this.stir();
      this.relief.committed();
      this.published(event, options.publish);
    }, logger, { versions: this.versions });
    this.sink = new MeasuredSink(this.writer);
    this.relief = new Relief({ writer: this.writer, database, bulkMemoryBytes: budget.databaseBulkBytes, bytes: () => this.sink.bytes, caughtUp: () => (options.watch ? this.ingest.caughtUp() : NEVER), logger });
    this.ingest = new Ingest(
      { roots, documents: this.mirrors, dataDir: paths.dir, lineMaxBytes: settings.lineMaxBytes, sweepMs: settings.sweepSeconds * 1000, threads: budget.scanWorkers, chunkBytes: budget.chunkBytes, queueBytes: budget.queueBytes, minFreeBytes: settings.minFreeBytes, watch: options.watch, adapterOptions: options_, isFollowed: options.isFollowed },
      { sink: this.sink, problems: this.problems, logger, clock: systemClock },
    );
    this.lake = new Lake({
      epoch: database.epoch, top: () => this.writer.top(), readers: this.readers, names: this.writer, sources: this.ingest.open,
      archiveDir: paths.archive, adapterOptions: options_, prices: pricesOf(settings), versions: this.versions, now, idleMs, changes: this.versions.changes, pending: () => this.writer.pending(),
    });
    const snapshot = new Snapshot({ connect: () => database.connect(), settle: () => this.writer.settle(), revision: () => this.versions.lake(), dir: paths.sql });
    this.sql = new UserQueries({ source: () => snapshot.current().catch((error: unknown) => this.copyFailed(error)), views: (source) => this.lake.sqlViews(source), clear: () => snapshot.clear().catch((error: unknown) => logger.warn({ err: error }, 'the copy for SQL could not be removed; the next one takes its place')) });
    this.manifest = new IndexManifest(this.readers, this.writer, now);
    this.reconciler = new Reconciler({
      epoch: database.epoch, readers: this.readers, parts: () => this.manifest.parts(), segments: () => this.manifest.segments('all'), archiveDir: paths.archive, tempDir: paths.temp,
      roots: async () => roots, settle: (found) => this.settle(found), sessionId: (ix) => this.writer.sessions.at(ix)?.id ?? null, clock: systemClock,
    });
    this.archiver = new Archiver({
      manifest: this.manifest, sources: this.ingest.open, dir: paths.archive, idleMs, options: options_, lineMaxBytes: settings.lineMaxBytes,
      workerThreads: 1, limits: { ...PART_LIMITS, sourceBytes: budget.partBytes }, minFreeBytes: settings.minFreeBytes, clock: systemClock, logger, onLoss: (segment) => tellLostLog(this.problems, segment), onLongLines: (files) => tellLongLines(this.problems, files), onPart: () => this.stir(),
    });
  }

  static async open(options: EngineOptions): Promise<Engine> {
    const { settings, paths, logger } = options;
    const machine = readMachine();
    const budget = budgetOf(machine, settings);
    collectYoungAlone(machine.cores);
    const open = (): Promise<Database> =>
      Database.open({ path: paths.index, readOnly: false, memoryLimitBytes: budget.databaseBytes, threads: budget.databaseThreads, tempDir: paths.temp, logger });
    let database = await openWhenFree(open, paths.dir);
    if (!options.sample && (await holdsOnlySample(database, options.roots))) {
      const parts = await listedParts(database);
      database.close();
      logger.info({}, 'the index held only the sample; it is made anew for the logs found now');
      for (const path of [paths.index, `${paths.index}.wal`, journalPath(paths.index)]) rmSync(path, { force: true });
      for (const path of parts) rmSync(join(paths.archive, path), { force: true });
      database = await open();
    }
    clearLeftovers(paths);
    return new Engine(options, database, budget);
  }

  /** Reads back what is known; before anything is asked. */
  load(): Promise<void> {
    return this.writer.start();
  }

  /** Takes parts of an index that was lost into this one; before ingest is started. Ends early when the signal aborts. */
  async adopt(signal: AbortSignal): Promise<void> {
    const { settings, paths, logger } = this.options;
    const adopter = new Adopter({
      dir: paths.archive, tempDir: paths.temp, manifest: this.manifest, sink: this.writer, options: adapterOptions(settings), lineMaxBytes: settings.lineMaxBytes, logger,
      rootsOf: (source) => [...this.options.roots, ...this.mirrors.roots].filter((root) => root.source === source).map((root) => root.path),
      renumber: (part) => this.archiver.renumber(part),
    });
    try {
      await this.archiver.prepare();
      await adopter.run(signal);
    } catch (error) {
      logger.error({ err: error }, 'parts of the archive that the index does not know could not be taken into it');
    }
  }

  /** Reading stops, what was read is committed, the archive ends its part, the database is closed last. */
  async close(): Promise<void> {
    if (this.restTimer !== null) clearTimeout(this.restTimer);
    this.lull.close();
    this.relief.close();
    await this.ingest.close();
    await this.mirrors.close();
    await this.archiver.close();
    await this.reconciler.close();
    await this.sql.close();
    await this.readers.close();
    await this.writer.close();
    this.database.close();
  }

  /** Work leaves something behind. */
  private stir(): void {
    this.lull.stir();
    this.relief.stirred();
  }

  /** A copy on a full disk can be the end of the index's own instance. */
  private async copyFailed(error: unknown): Promise<never> {
    await this.writer.revive();
    throw error;
  }

  /** What a look at these finds is indexed, or a little time has passed. */
  private async settle(found: readonly string[]): Promise<void> {
    const timeout = new AbortController();
    await Promise.race([this.ingest.lookAt(found).then(() => this.ingest.caughtUp()), sleep(SETTLE_MS, undefined, { signal: timeout.signal }).catch(() => undefined)]);
    timeout.abort();
  }

  private published(event: CommitEvent, publish: (event: CommitEvent) => void): void {
    publish(event);
    if (this.restTimer === null) this.restDueSince = performance.now();
    else if (performance.now() - this.restDueSince > REST_AT_LATEST_MS) return;
    else this.restTimer.refresh();
    this.restTimer ??= setTimeout(() => this.rest(), REST_AFTER_MS);
  }

  private rest(): void {
    this.restTimer = null;
    void this.writer.rest().catch((error: unknown) => this.logger.warn({ err: error }, 'the index could not be merged'));
  }
}

async function listedParts(database: Database): Promise<string[]> {
  const connection = await database.connect();
  const parts = await queryRows<{ path: string }>(connection, 'SELECT path FROM archive_parts');
  connection.closeSync();
  return parts.map(({ path }) => path);
}
