// The way of a known file's bytes into the index: what is to be read, the packs under way and the commit
// queue behind them. After a commit that failed nothing that was read counts: everything is read again
// from the offsets that are stored, and until those were read back nothing is read at all.

import type { Clock } from '../core/time/clock.ts';
import type { CommitOp, CommitSink, SidecarOp } from '../core/commit-op.ts';
import type { Logger } from '../core/logger.ts';
import type { AdapterOptions } from '../sources/adapter.ts';
import { Arrivals } from './arrivals.ts';
import { CommitQueue } from './commit-queue.ts';
import { FileTable } from './file-table.ts';
import { packsOf, readPack, RETRY_MAX_MS } from './pack.ts';
import type { PackParts } from './pack.ts';
import { PackSchedule } from './pack-schedule.ts';
import type { Problems } from './problems.ts';
import { INLINE_MAX_BYTES, Scanner } from './scanner.ts';
import { Sidecars } from './sidecars.ts';
import { SessionNames } from './session-names.ts';
import { OpenFiles } from './source-files.ts';
import type { TrackedFile } from './tracked-file.ts';

/** Bytes read from one file at a time. */
const CHUNK_BYTES = 4 * 1024 * 1024;
/** Packs that wait for a worker, so that none waits for this thread, which has commits to make. */
const PREFETCHED_PACKS = 2;
/** Lines of so many milliseconds are read together under load, where somebody follows them, and where nobody does. */
const GATHER_MS = { followed: 3, alone: 20 };

export interface IntakeSettings {
  dataDir: string;
  lineMaxBytes: number;
  threads: number;
  /** 4 MiB where not given. */
  chunkBytes?: number;
  /** Source bytes that may wait to be committed; 24 MiB where not given. */
  queueBytes?: number;
  minFreeBytes: number;
  /** Between a commit that failed and the next try; 2 s where not given. */
  commitRetryMs?: number;
  adapterOptions: AdapterOptions;
  /** Somebody is sent what is appended; always, where not given. */
  isFollowed?: () => boolean;
}

export interface IntakeParts {
  sink: CommitSink;
  problems: Problems;
  logger: Logger;
  clock: Clock;
}

export interface IntakeEvents {
  /** A file is going to be read. */
  touched(file: TrackedFile): void;
  /** A file failed and is to be touched again from its `retryAt` on. */
  postponed(file: TrackedFile): void;
  /** Nothing is left to be read; commits may still be under way. */
  empty(): void;
  /** What was read is thrown away; the files known so far will be others. */
  adrift(): void;
  /** The files are those of the index again and are to be looked at. */
  reloaded(): Promise<void>;
}

export class Intake {
  readonly arrivals: Arrivals;
  readonly open: OpenFiles;
  readonly sidecars: Sidecars;
  private readonly settings: IntakeSettings;
  private readonly parts: IntakeParts;
  private readonly table: FileTable;
  private readonly events: IntakeEvents;
  private readonly queue: CommitQueue;
  private readonly scanner: Scanner;
  private readonly schedule: PackSchedule;
  private readonly startedMs: number;
  private watching = false;
  private closing = false;
  /** Grows when what was read is thrown away: packs begun before do not count any more. */
  private era = 0;
  /** A commit failed and the saved offsets were not read back yet. */
  private adrift = false;

  constructor(settings: IntakeSettings, parts: IntakeParts, table: FileTable, events: IntakeEvents) {
    this.settings = settings;
    this.parts = parts;
    this.table = table;
    this.events = events;
    this.startedMs = parts.clock.now();
    this.arrivals = new Arrivals(table, this.startedMs, (file, intact) => this.replaced(file, intact));
    this.open = new OpenFiles((fileIx) => table.at(fileIx)?.entry);
    this.scanner = new Scanner(settings.threads);
    this.sidecars = new Sidecars(parts.problems, (ops) => void this.queue.push(ops));
    this.schedule = new PackSchedule({ maxActive: settings.threads + PREFETCHED_PACKS, gatherMs: () => ((settings.isFollowed?.() ?? true) ? GATHER_MS.followed : GATHER_MS.alone), run: (files, small) => this.runPack(files, small), onEmpty: () => this.rest() });
    const { dataDir, minFreeBytes, commitRetryMs, queueBytes } = settings;
    this.queue = new CommitQueue({
      sink: parts.sink, dataDir, minFreeBytes, problems: parts.problems, logger: parts.logger, onFailure: () => this.forgetRead(), onReload: () => this.reload(),
      ...(commitRetryMs === undefined ? {} : { retryMs: commitRetryMs }), ...(queueBytes === undefined ? {} : { maxBytes: queueBytes }),
    });
  }

  /** Files are as stored, and may be looked at and touched. */
  get isReady(): boolean {
    return !this.closing && !this.adrift;
  }

  get isEmpty(): boolean {
    return this.schedule.empty;
  }

  get isIdle(): boolean {
    return this.schedule.empty && this.queue.idle;
  }

  /** From now on what is appended to a file that was read to its end is told from what is found. */
  watch(): void {
    this.watching = true;
  }

  async load(): Promise<void> {
    const [read, names] = [new FileTable(), new SessionNames()];
    await this.parts.sink.files((file) => {
      read.put(file);
      names.remember(file);
    });
    this.table.become(read);
    this.arrivals.names = names;
    this.sidecars.load(await this.parts.sink.sidecars());
  }

  /** Resolves when everything read so far is durable or thrown away. */
  settled(): Promise<void> {
    return this.queue.settled();
  }

  /** When the oldest change that is not committed yet was noticed; null when there is none. */
  oldestDirty(): number | null {
    return this.schedule.oldestDirty();
  }

  touch(file: TrackedFile): void {
    const now = this.parts.clock.now();
    // One that is not in the table any more was read from offsets that do not hold.
    if (!this.isReady || isPostponed(file, now) || this.table.at(file.fileIx) !== file) return;
    this.events.touched(file);
    this.schedule.add(file, this.isLive(file), now);
  }

  /** Its path is gone. What is still open is read to its end. */
  vanish(file: TrackedFile): void {
    if (file.state !== 'present') return;
    file.vanished = true;
    this.touch(file);
  }

  /** Files that failed, where it is time. */
  retryFailed(): void {
    const now = this.parts.clock.now();
    for (const file of this.table.failed()) {
      if (isPostponed(file, now)) this.events.postponed(file);
      else this.touch(file);
    }
  }

  /** From now on nothing new is taken, and nobody waits: readers that wait for room in a queue that cannot commit would never end. */
  hurry(): void {
    this.closing = true;
    this.queue.hurry();
  }

  /** Ends reading, commits what was read. */
  async close(): Promise<void> {
    this.hurry();
    await this.schedule.stop();
    await this.queue.close();
    await this.scanner.close();
    this.open.close();
  }

  private rest(): void {
    this.queue.flush();
    this.events.empty();
  }

  private packParts(small: boolean, deliver: PackParts['deliver']): PackParts {
    const { adapterOptions: options, lineMaxBytes, chunkBytes = CHUNK_BYTES } = this.settings;
    return {
      scanner: this.scanner, open: this.open, arrivals: this.arrivals, problems: this.parts.problems, options,
      limits: { chunkBytes: small ? Math.min(INLINE_MAX_BYTES, chunkBytes) : chunkBytes, lineMaxBytes }, startedMs: this.startedMs, now: () => this.parts.clock.now(), postponed: (file) => this.events.postponed(file), deliver,
    };
  }

  private async runPack(files: readonly TrackedFile[], small: boolean): Promise<void> {
    const { era } = this;
    const stored: Promise<void>[] = [];
    const parts = this.packParts(small, ({ ops, again }) => {
      if (era !== this.era || this.adrift) return;
      for (const file of again) this.schedule.add(file, this.isLive(file), this.parts.clock.now());
      if (ops.length > 0) stored.push(this.queue.push(ops.map((op) => this.asOfNow(op))));
    });
    for (const pack of packsOf(files)) await readPack(pack, parts);
    await Promise.all(stored);
  }

  /** While the others of its pack were scanned a file may have moved, or lost its place. */
  private asOfNow<Op extends Exclude<CommitOp, SidecarOp>>(op: Op): Op {
    return { ...op, file: this.table.at(op.file.fileIx)?.entry ?? op.file };
  }

  /** Appended now, as opposed to found by an index that catches up. */
  private isLive(file: TrackedFile): boolean {
    return this.watching && file.offset >= Math.min(file.liveFrom, file.size);
  }

  /** Its path stands for another file now. What is still open is read to its end all the same. */
  private replaced(file: TrackedFile, intact: boolean): void {
    const { fileIx } = file;
    if (!intact || !this.open.isOpen(fileIx)) this.open.forget(fileIx);
    void this.queue.push([{ kind: 'file', file: file.entry }]);
    if (this.open.isOpen(fileIx)) this.touch(file);
  }

  /** A commit failed: whatever was read after it began at offsets that do not hold. */
  private forgetRead(): void {
    this.adrift = true;
    this.schedule.clear();
    this.events.adrift();
  }

  /** All is read again from the offsets that are stored. */
  private async reload(): Promise<void> {
    const live = new Map(this.table.present().map((file) => [file.fileIx, file.liveFrom]));
    await this.load();
    this.era += 1;
    this.adrift = false;
    for (const file of this.table.present()) {
      file.liveFrom = live.get(file.fileIx) ?? file.liveFrom;
      file.seenSize = -1;
    }
    await this.events.reloaded();
  }
}

/** A time further off than any pause comes from a clock that was set back. */
function isPostponed(file: TrackedFile, now: number): boolean {
  return file.retryAt > now && file.retryAt <= now + RETRY_MAX_MS;
}
