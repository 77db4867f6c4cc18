// The ingest service: finds files, notices what changed, reads it pack by pack and hands it to the
// commit queue. What is appended while it watches goes first; what it finds at the start follows,
// newest files first. Everything it remembers can be thrown away and read from the index again.

import type { Stats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import type { CommitOp, CommitSink } from '../core/commit-op.ts';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Service } from '../core/service.ts';
import type { AdapterOptions } from '../sources/adapter.ts';
import { Arrivals } from './arrivals.ts';
import { CommitQueue } from './commit-queue.ts';
import { classify, discover, emptyDiscovery, isAbsence, resolveRoot } from './discover.ts';
import type { Discovery, Root } from './discover.ts';
import { FileTable, inodeOf, pathOf } from './file-table.ts';
import type { TrackedFile } from './file-table.ts';
import { inodeKey } from './identity.ts';
import { readPack, RETRY_MAX_MS } from './pack.ts';
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
  /** Between a commit that failed and the next try; 2 s where not given. */
  commitRetryMs?: number;
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
  /** A commit failed and the saved offsets were not read back yet: nothing is read or looked at. */
  private adrift = false;
  private sweeping: Promise<void> | null = null;
  private sweepAgain = false;
  private closed: Promise<void> | null = null;
  private onIdle: (() => void)[] = [];

  constructor(settings: IngestSettings, parts: IngestParts) {
    this.settings = settings;
    this.parts = parts;
    this.arrivals = new Arrivals(this.table, parts.clock.now(), (file, intact) => this.replaced(file, intact));
    this.open = new OpenFiles((fileIx) => this.table.at(fileIx)?.entry);
    this.scanner = new Scanner(settings.threads);
    this.schedule = new PackSchedule({ maxActive: settings.threads + 1, run: (files) => this.runPack(files), onEmpty: () => this.settle() });
    const { dataDir, minFreeBytes } = settings;
    this.queue = new CommitQueue({
      sink: parts.sink, dataDir, minFreeBytes, problems: parts.problems, logger: parts.logger, onFailure: () => this.forgetRead(), onReload: () => this.reload(),
      ...(settings.commitRetryMs === undefined ? {} : { retryMs: settings.commitRetryMs }),
    });
    this.watcher = new Watcher({ name: (dir, name, renamed) => this.hint(dir, name, renamed), lost: (dir) => this.lookAgain(dir), root: () => this.sweepSoon(), exhausted: (message) => this.exhausted(message) });
    this.sweeper = new Sweeper({ clock: parts.clock, intervalMs: settings.sweepMs, full: () => this.sweep(), dirty: (file) => this.touch(file), retry: () => this.retryFailed() });
  }

  /** Resolves when every file is known and reading has begun. */
  async start(): Promise<void> {
    this.table.load(await this.parts.sink.files());
    this.roots = await Promise.all(this.settings.roots.map(resolveRoot));
    if (this.settings.watch) this.watcher.watchRoots(this.roots.map((root) => root.path));
    await this.sweep();
    this.walked = true;
    this.settle();
    if (this.settings.watch && !this.closing) this.sweeper.start();
  }

  /** Resolves when all there is has been indexed and committed, or on close. */
  async caughtUp(): Promise<void> {
    while (!this.isCaughtUp && !this.closing) {
      if (this.walked && this.schedule.empty) await this.queue.settled();
      else await new Promise<void>((resolve) => this.onIdle.push(resolve));
    }
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
  close(): Promise<void> {
    this.closed ??= this.shutDown();
    return this.closed;
  }

  private async shutDown(): Promise<void> {
    this.closing = true;
    this.sweeper.stop();
    // Readers that wait for room in a queue that cannot commit would never end.
    this.queue.hurry();
    await this.watcher.close();
    await this.schedule.stop();
    await this.queue.close();
    await this.scanner.close();
    this.open.close();
    for (const resolve of this.onIdle.splice(0)) resolve();
  }

  private packParts(deliver: PackParts['deliver']): PackParts {
    const { adapterOptions: options, lineMaxBytes } = this.settings;
    return {
      scanner: this.scanner, open: this.open, arrivals: this.arrivals, problems: this.parts.problems, options,
      limits: { chunkBytes: CHUNK_BYTES, lineMaxBytes }, now: () => this.parts.clock.now(), postponed: (file) => this.sweeper.retryAt(file.retryAt), deliver,
    };
  }

  private async runPack(files: readonly TrackedFile[]): Promise<void> {
    const { era } = this;
    let stored: Promise<void> = Promise.resolve();
    await readPack(files, this.packParts(({ ops, again }) => {
      if (era !== this.era || this.adrift) return;
      for (const file of again) this.schedule.add(file, this.isLive(file), this.parts.clock.now());
      if (ops.length > 0) stored = this.queue.push(ops.map((op) => this.asOfNow(op)));
    }));
    await stored;
  }

  /** While the others of its pack were scanned a file may have moved, or lost its place. */
  private asOfNow<Op extends CommitOp>(op: Op): Op {
    return { ...op, file: this.table.at(op.file.fileIx)?.entry ?? op.file };
  }

  private settle(): void {
    if (this.walked && this.schedule.empty) for (const resolve of this.onIdle.splice(0)) resolve();
  }

  private touch(file: TrackedFile): void {
    const now = this.parts.clock.now();
    // One that is not in the table any more was read from offsets that do not hold.
    if (this.closing || this.adrift || isPostponed(file, now) || this.table.at(file.entry.fileIx) !== file) return;
    if (this.walked) this.sweeper.heat(file);
    this.schedule.add(file, this.isLive(file), now);
  }

  /** Appended now, as opposed to found by an index that catches up. */
  private isLive(file: TrackedFile): boolean {
    return this.walked && file.entry.offset >= Math.min(file.liveFrom, file.entry.size);
  }

  /** Its path stands for another file now. What is still open is read to its end all the same. */
  private replaced(file: TrackedFile, intact: boolean): void {
    const { fileIx } = file.entry;
    if (!intact || !this.open.isOpen(fileIx)) this.open.forget(fileIx);
    void this.queue.push([{ kind: 'file', file: file.entry }]);
    if (this.open.isOpen(fileIx)) this.touch(file);
  }

  private hint(dir: string, name: string, renamed: boolean): void {
    const absolute = `${dir}/${name}`;
    const known = this.table.atPath(absolute);
    if (known !== undefined && known.entry.state === 'present') {
      this.touch(known);
      if (!renamed) return;
    }
    this.lookAgain(absolute);
  }

  private lookAgain(absolute: string): void {
    void this.look(absolute).catch((error: unknown) => this.parts.logger.warn({ path: absolute, err: error }, 'a change could not be looked at'));
  }

  /** What a name stands for now. */
  private async look(absolute: string): Promise<void> {
    let stats: Stats | null = null;
    try {
      stats = await lstat(absolute);
    } catch (error) {
      // What cannot be seen now is not gone.
      if (!isAbsence(error)) return;
    }
    if (this.closing || this.adrift) return;
    const known = this.table.atPath(absolute);
    if (stats === null) this.watcher.unwatchDir(absolute);
    if (known !== undefined && stats?.isFile() !== true) this.vanish(known);
    if (stats === null || (known !== undefined && isAsKnown(known, stats))) return;
    const root = this.rootOf(absolute);
    if (root === undefined) return;
    if (stats.isDirectory()) await this.walk(root, absolute);
    else if (stats.isFile()) {
      const found = emptyDiscovery();
      classify(root, absolute, stats, found);
      this.take(found);
    }
  }

  private exhausted(message: string): void {
    this.parts.problems.raise('watch_limit', `Files cannot be watched: ${message}`, { hint: 'Raise fs.inotify.max_user_watches or the open-file limit; until then changes are found by sweeping.' });
    this.sweeper.hurry();
  }

  private rootOf(absolute: string): Root | undefined {
    return this.roots.find((root) => absolute === root.path || absolute.startsWith(`${root.path}/`));
  }

  private sweepSoon(): void {
    if (this.closing) return;
    void this.sweep().catch((error: unknown) => this.parts.logger.warn({ err: error }, 'the roots could not be looked at'));
  }

  /** The truth: every folder and file of every root, and what is no longer there. One at a time; asked for meanwhile, one more follows. */
  sweep(): Promise<void> {
    if (this.sweeping !== null) {
      this.sweepAgain = true;
      return this.sweeping;
    }
    this.sweeping = this.sweepOver().finally(() => (this.sweeping = null));
    return this.sweeping;
  }

  private async sweepOver(): Promise<void> {
    do {
      this.sweepAgain = false;
      await this.sweepOnce();
    } while (this.sweepAgain && !this.closing);
  }

  private async sweepOnce(): Promise<void> {
    const seen: Discovery[] = [];
    if (this.settings.watch) this.watcher.checkRoots();
    for (const [i, configured] of this.settings.roots.entries()) {
      const root = await resolveRoot(configured);
      this.roots[i] = root;
      if (this.closing) return;
      seen.push(await this.walk(root, root.path));
    }
    if (this.closing || this.adrift) return;
    this.parts.problems.keepOnly('compressed_file', seen.flatMap((found) => found.compressed));
    this.parts.problems.keepOnly('unreadable_folder', seen.flatMap((found) => found.failures.map((failure) => failure.path)));
    // Those that moved were found elsewhere by now.
    for (const file of this.table.displaced()) if (this.isUnderRoot(file)) this.arrivals.retire(file, false);
    const paths = new Set<string>();
    for (const found of seen) for (const file of found.files) paths.add(file.absolute);
    for (const file of this.table.present()) {
      if (!paths.has(pathOf(file.entry)) && this.isUnderRoot(file)) this.lookAgain(pathOf(file.entry));
    }
  }

  private isUnderRoot(file: TrackedFile): boolean {
    return this.roots.some((root) => root.path === file.entry.root);
  }

  private async walk(root: Root, start: string): Promise<Discovery> {
    const found = await discover(root, start, (dir, stats) => {
      if (this.settings.watch && !this.closing) this.watcher.watchDir(dir, inodeKey(stats));
    });
    if (!this.closing && !this.adrift) this.take(found);
    return found;
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
      if (arrival === null) continue;
      if (arrival.movedFrom !== undefined) for (const code of ['unfinished_file', 'lost_log']) this.parts.problems.clear(code, arrival.movedFrom);
      if (arrival.changed) this.touch(arrival.file);
    }
  }

  private vanish(file: TrackedFile): void {
    if (file.entry.state !== 'present' || file.vanished) return;
    file.vanished = true;
    this.touch(file);
  }

  private retryFailed(): void {
    const now = this.parts.clock.now();
    for (const file of this.table.present()) {
      if (file.failures === 0) continue;
      if (isPostponed(file, now)) this.sweeper.retryAt(file.retryAt);
      else this.touch(file);
    }
  }

  /** A commit failed: whatever was read after it began at offsets that do not hold. */
  private forgetRead(): void {
    this.adrift = true;
    this.schedule.clear();
    this.sweeper.forget();
  }

  /** All is read again from the offsets that are stored. */
  private async reload(): Promise<void> {
    const live = new Map(this.table.present().map((file) => [file.entry.fileIx, file.liveFrom]));
    this.table.load(await this.parts.sink.files());
    this.era += 1;
    this.adrift = false;
    for (const file of this.table.present()) {
      file.liveFrom = live.get(file.entry.fileIx) ?? file.liveFrom;
      file.seenSize = -1;
    }
    await this.sweep();
  }
}

function isAsKnown(file: TrackedFile, stats: Stats): boolean {
  return file.entry.state === 'present' && !file.vanished && inodeOf(file.entry) === inodeKey(stats);
}

/** A time further off than any pause comes from a clock that was set back. */
function isPostponed(file: TrackedFile, now: number): boolean {
  return file.retryAt > now && file.retryAt <= now + RETRY_MAX_MS;
}
