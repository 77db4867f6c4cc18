// The ingest service: finds files, notices what changed, reads it pack by pack and hands it to the
// commit queue. What is appended while it watches goes first; what it finds at the start follows,
// newest files first. Everything it remembers can be thrown away and read from the index again.

import { lstat } from 'node:fs/promises';
import type { CommitSink } from '../core/commit-op.ts';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Service } from '../core/service.ts';
import type { AdapterOptions } from '../sources/adapter.ts';
import { Arrivals } from './arrivals.ts';
import { CommitQueue } from './commit-queue.ts';
import { classify, discover, emptyDiscovery, resolveRoot } from './discover.ts';
import type { Discovery, Root } from './discover.ts';
import { FileTable, pathOf } from './file-table.ts';
import type { TrackedFile } from './file-table.ts';
import { readPack } from './pack.ts';
import type { PackParts } from './pack.ts';
import { PackSchedule } from './pack-schedule.ts';
import type { Problems } from './problems.ts';
import { Scanner } from './scanner.ts';
import { OpenFiles } from './source-files.ts';
import { Sweeper } from './sweeper.ts';
import { Watcher } from './watcher.ts';

/** Bytes read from one file at a time. */
const CHUNK_BYTES = 4 * 1024 * 1024;

export interface IngestSettings {
  roots: readonly Root[];
  dataDir: string;
  lineMaxBytes: number;
  sweepMs: number;
  threads: number;
  minFreeBytes: number;
  /** False: index once and do not watch. */
  watch: boolean;
  adapterOptions: AdapterOptions;
}

export interface IngestParts {
  sink: CommitSink;
  problems: Problems;
  logger: Logger;
  clock: Clock;
}

export class Ingest implements Service {
  readonly open: OpenFiles;
  private readonly settings: IngestSettings;
  private readonly parts: IngestParts;
  private readonly table = new FileTable();
  private readonly arrivals: Arrivals;
  private readonly queue: CommitQueue;
  private readonly scanner: Scanner;
  private readonly schedule: PackSchedule;
  private readonly watcher: Watcher;
  private readonly sweeper: Sweeper;
  private roots: Root[] = [];
  private walked = false;
  private closing = false;
  /** Grows when what was read is thrown away: packs begun before do not count any more. */
  private era = 0;
  private onIdle: (() => void)[] = [];

  constructor(settings: IngestSettings, parts: IngestParts) {
    this.settings = settings;
    this.parts = parts;
    this.arrivals = new Arrivals(this.table, parts.clock.now(), (file) => this.storeState(file));
    this.open = new OpenFiles((fileIx) => this.table.at(fileIx)?.entry);
    this.scanner = new Scanner(settings.threads);
    this.schedule = new PackSchedule({ maxActive: settings.threads + 1, run: (files) => this.runPack(files), onEmpty: () => this.settle() });
    const { dataDir, minFreeBytes } = settings;
    this.queue = new CommitQueue({ sink: parts.sink, dataDir, minFreeBytes, problems: parts.problems, logger: parts.logger, onFailure: () => this.reload() });
    this.watcher = new Watcher({ name: (dir, name, renamed) => this.hint(dir, name, renamed), root: (path) => this.rootHint(path), exhausted: (message) => this.exhausted(message) });
    this.sweeper = new Sweeper({ table: this.table, clock: parts.clock, intervalMs: settings.sweepMs, full: () => this.sweep(), dirty: (file) => this.touch(file), retry: () => this.retryFailed() });
  }

  /** Resolves when every file is known and reading has begun. */
  async start(): Promise<void> {
    this.table.load(await this.parts.sink.files());
    this.roots = await Promise.all(this.settings.roots.map(resolveRoot));
    if (this.settings.watch) this.watcher.watchRoots(this.roots.map((root) => root.path));
    await this.sweep();
    this.walked = true;
    this.settle();
    if (this.settings.watch) this.sweeper.start();
  }

  /** Resolves when all there is has been indexed and committed, or on close. */
  async caughtUp(): Promise<void> {
    while (!this.isCaughtUp && !this.closing) await new Promise<void>((resolve) => this.onIdle.push(resolve));
  }

  get isCaughtUp(): boolean {
    return this.walked && this.schedule.empty && this.queue.idle;
  }

  /** The first look at every root is done. */
  get hasStarted(): boolean {
    return this.walked;
  }

  get watchMode(): 'watch' | 'sweep' | 'none' {
    return this.settings.watch ? this.watcher.mode : 'none';
  }

  /** Milliseconds since the oldest change that is not committed yet; 0 when caught up. */
  lagMs(): number {
    const oldest = this.schedule.oldestDirty();
    return oldest === null ? 0 : Math.max(0, this.parts.clock.now() - oldest);
  }

  /** Sizes as last seen, which may be ahead of the index. */
  totals(): { files: number; bytesTotal: number; bytesRead: number } {
    const files = this.table.present();
    return {
      files: files.length,
      bytesTotal: files.reduce((sum, file) => sum + Math.max(file.seenSize, file.entry.size), 0),
      bytesRead: files.reduce((sum, file) => sum + file.entry.offset, 0),
    };
  }

  /** Files that are read to their end. */
  filesRead(): number {
    return this.table.present().filter((file) => file.dirtySince === null).length;
  }

  /** Stops reading, commits what was read, lets everything go. */
  async close(): Promise<void> {
    if (this.closing) return;
    this.closing = true;
    this.sweeper.stop();
    await this.watcher.close();
    await this.schedule.stop();
    await this.queue.close();
    await this.scanner.close();
    this.open.close();
    for (const resolve of this.onIdle.splice(0)) resolve();
  }

  private packParts(): PackParts {
    const { adapterOptions: options, lineMaxBytes } = this.settings;
    return {
      scanner: this.scanner, open: this.open, arrivals: this.arrivals, problems: this.parts.problems, options,
      limits: { chunkBytes: CHUNK_BYTES, lineMaxBytes }, now: () => this.parts.clock.now(),
    };
  }

  private async runPack(files: readonly TrackedFile[]): Promise<void> {
    const { era } = this;
    const result = await readPack(files, this.packParts());
    if (era !== this.era || this.closing) return;
    for (const file of result.again) this.schedule.add(file, this.isLive(file), this.parts.clock.now());
    if (result.ops.length > 0) await this.queue.push(result.ops);
  }

  private settle(): void {
    if (!this.schedule.empty || this.onIdle.length === 0) return;
    void this.queue.settled().then(() => {
      if (this.isCaughtUp) for (const resolve of this.onIdle.splice(0)) resolve();
    });
  }

  private touch(file: TrackedFile): void {
    if (this.closing || file.retryAt > this.parts.clock.now()) return;
    if (this.walked) this.sweeper.heat(file);
    this.schedule.add(file, this.isLive(file), this.parts.clock.now());
  }

  /** Appended now, as opposed to found by an index that catches up. */
  private isLive(file: TrackedFile): boolean {
    return this.walked && file.entry.offset >= Math.min(file.liveFrom, file.entry.size);
  }

  private storeState(file: TrackedFile): void {
    this.open.forget(file.entry.fileIx);
    void this.queue.push([{ kind: 'file', file: file.entry }]);
  }

  private hint(dir: string, name: string, renamed: boolean): void {
    const absolute = `${dir}/${name}`;
    const known = this.table.atPath(absolute);
    if (known !== undefined && known.entry.state === 'present') {
      this.touch(known);
      if (!renamed) return;
    }
    void this.look(absolute).catch((error: unknown) => this.parts.logger.warn({ path: absolute, err: error }, 'a change could not be looked at'));
  }

  /** What a name stands for now. */
  private async look(absolute: string): Promise<void> {
    const known = this.table.atPath(absolute);
    const stats = await lstat(absolute).catch(() => null);
    if (stats === null) {
      this.watcher.unwatchDir(absolute);
      if (known !== undefined) this.vanish(known);
      return;
    }
    if (known !== undefined && known.entry.fingerprint.ino === String(stats.ino)) return;
    const root = this.rootOf(absolute);
    if (root === undefined) return;
    if (stats.isDirectory()) await this.walk(root, absolute);
    else if (stats.isFile()) {
      const found = emptyDiscovery();
      classify(root, absolute, stats, found);
      this.take(found);
    }
  }

  private rootHint(path: string): void {
    if (this.closing) return;
    void this.sweep().catch((error: unknown) => this.parts.logger.warn({ path, err: error }, 'a root could not be looked at'));
  }

  private exhausted(message: string): void {
    this.parts.problems.raise('watch_limit', `Files cannot be watched: ${message}`, { hint: 'Raise fs.inotify.max_user_watches or the open-file limit; until then changes are found by sweeping.' });
    this.sweeper.hurry();
  }

  private rootOf(absolute: string): Root | undefined {
    return this.roots.find((root) => absolute.startsWith(`${root.path}/`));
  }

  /** The truth: every folder and file of every root, and what is no longer there. */
  private async sweep(): Promise<void> {
    const seen = new Set<string>();
    for (const [i, configured] of this.settings.roots.entries()) {
      const root = await resolveRoot(configured);
      this.roots[i] = root;
      if (this.closing) return;
      for (const absolute of await this.walk(root, root.path)) seen.add(absolute);
    }
    for (const file of this.table.present()) {
      if (!seen.has(pathOf(file.entry)) && this.isUnderRoot(file)) this.look(pathOf(file.entry)).catch(() => undefined);
    }
  }

  private isUnderRoot(file: TrackedFile): boolean {
    return this.roots.some((root) => root.path === file.entry.root);
  }

  private async walk(root: Root, start: string): Promise<string[]> {
    const found = await discover(root, start);
    if (found === null || this.closing) return [];
    if (this.settings.watch) for (const dir of found.dirs) this.watcher.watchDir(dir);
    this.take(found);
    return found.files.map((file) => file.absolute);
  }

  private take(found: Discovery): void {
    for (const path of found.compressed) {
      this.parts.problems.raise('compressed_file', `${path} is compressed and is not read.`, { path, hint: 'Unpack it, or leave it: what was indexed before it was packed is kept.' });
    }
    for (const failure of found.failures) {
      this.parts.problems.raise('unreadable_folder', `${failure.path} cannot be read: ${messageOf(failure.error)}`, { path: failure.path, hint: 'Check who may read it; it is tried again by itself.' });
    }
    for (const file of found.files) {
      const arrival = this.arrivals.arrive(file);
      if (arrival?.changed === true) this.touch(arrival.file);
    }
  }

  private vanish(file: TrackedFile): void {
    if (file.entry.state !== 'present' || file.vanished) return;
    file.vanished = true;
    this.touch(file);
  }

  private retryFailed(): void {
    const now = this.parts.clock.now();
    for (const file of this.table.present()) if (file.failures > 0 && file.retryAt <= now) this.touch(file);
  }

  /** After a commit that failed: all is read again from the offsets that are stored. */
  private async reload(): Promise<void> {
    this.era += 1;
    this.schedule.clear();
    const live = new Map(this.table.present().map((file) => [file.entry.fileIx, file.liveFrom]));
    this.table.load(await this.parts.sink.files());
    for (const file of this.table.present()) {
      file.liveFrom = live.get(file.entry.fileIx) ?? file.liveFrom;
      file.seenSize = -1;
    }
    await this.sweep();
  }
}
