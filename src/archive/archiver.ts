// Turns completed sessions into Parquet parts, on a timer and on request, one pass at a time. What it
// archives is what the manifest says is due; a pass that is cut short is simply due again. A part
// that fails is told and does not stop the others.

import { mkdir } from 'node:fs/promises';
import type { ArchiveManifest, ArchiveSegment, LongLines, NewPart, SourceFiles } from '../core/archive-port.ts';
import { calledOff, throwIfCalledOff } from '../core/called-off.ts';
import type { Clock } from '../core/time/clock.ts';
import { LakeError, messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Service } from '../core/service.ts';
import type { AdapterOptions } from '../sources/adapter.ts';
import { ArchivePasses } from './archive-passes.ts';
import type { ArchiveProgress, ArchiveResult } from './archive-passes.ts';
import { ConvertPool } from './convert-pool.ts';
import { COMPACT_AT_PARTS } from './compaction-plan.ts';
import { compactParts } from './compact-parts.ts';
import type { CompactRequest, CompactResult } from './compact-parts.ts';
import { PartMaker } from './part-maker.ts';
import { PartMerger } from './part-merger.ts';
import type { MergeInput } from './part-merger.ts';
import { PART_LIMITS } from './part-planner.ts';
import type { PartLimits } from './part-planner.ts';
import { PartStore } from './part-store.ts';
import { sweepArchive } from './sweep.ts';

/** How often what is due is looked up: soon enough after a session went quiet, and no more than a query a minute. */
const INTERVAL_MAX_MS = 60_000;
const INTERVAL_MIN_MS = 500;

export interface ArchiverDeps {
  manifest: ArchiveManifest;
  sources: SourceFiles;
  /** The archive directory, absolute; made where it is missing. */
  dir: string;
  /** How long all files of a session must have been quiet. */
  idleMs: number;
  options: AdapterOptions;
  lineMaxBytes: number;
  workerThreads: number;
  /** No part is begun that could leave less than this free; 0: no limit. */
  minFreeBytes: number;
  clock: Clock;
  logger: Logger;
  /** Called once for each log that was deleted before it was archived. */
  onLoss: (segment: ArchiveSegment) => void;
  /** Called at each look for what is due, with all lines that no part will have. */
  onLongLines: (files: readonly LongLines[]) => void;
  onPart?: (part: NewPart) => void;
  limits?: PartLimits;
}

export interface ArchiveRun {
  /** Due without waiting for sessions to be quiet. */
  all: boolean;
  /** Ends the pass after the parts that are being made; one that waits for its turn, at once. */
  signal?: AbortSignal;
  onProgress?: (progress: ArchiveProgress) => void;
}

export class Archiver implements Service {
  private readonly deps: ArchiverDeps;
  private readonly store: PartStore;
  private readonly pool: ConvertPool;
  private readonly merger: PartMerger;
  private readonly passes: ArchivePasses;
  private readonly stop = new AbortController();
  private readonly intervalMs: number;
  private timer: NodeJS.Timeout | undefined;
  private started = false;
  private swept = false;
  private turning = false;
  private pokedMeanwhile = false;
  private failure: string | null = null;
  /** What runs, or ran last; never rejects. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(deps: ArchiverDeps) {
    this.deps = deps;
    this.intervalMs = Math.min(Math.max(deps.idleMs / 2, INTERVAL_MIN_MS), INTERVAL_MAX_MS);
    this.store = new PartStore(deps.dir);
    this.pool = new ConvertPool(deps.workerThreads);
    this.merger = new PartMerger({ ...deps, pool: this.pool, store: this.store });
    const maker = new PartMaker({ ...deps, pool: this.pool, store: this.store, pieceMaxBytes: this.limits.sourceBytes });
    this.passes = new ArchivePasses({ ...deps, maker, limits: this.limits });
  }

  /** Why something that is due could not be archived; null when all is well. */
  get lastError(): string | null {
    return this.failure ?? this.passes.lastError;
  }

  /** Bytes of indexed lines whose log was deleted before it was archived, as far as this process looked. */
  get lostBytes(): number {
    return this.passes.lostBytes;
  }

  /** Pieces of files, and their bytes, that the last look found due and that are not archived yet. */
  get queue(): Readonly<{ segments: number; bytes: number }> {
    return this.passes.queue;
  }

  /** An archive directory that cannot be used is told and tried again; everything else goes on without it. */
  async start(): Promise<void> {
    try {
      await this.prepare();
    } catch (error) {
      this.fail(error);
    }
    this.started = true;
    this.schedule(this.intervalMs);
  }

  async close(): Promise<void> {
    this.stop.abort();
    clearTimeout(this.timer);
    await this.last;
    await this.pool.close();
  }

  /** Looks for what is due at once instead of at the next turn. */
  poke(): void {
    if (this.started) this.schedule(0);
  }

  /** One pass now, after the one that may be running. Rejects where it could not be made at all. */
  run(request: ArchiveRun): Promise<ArchiveResult> {
    return this.pass(() => this.passes.due(request.all), request);
  }

  /** Makes few large parts of many small ones. Ends after the part that is being made when the signal aborts. */
  compact(request: CompactRequest = {}): Promise<CompactResult> {
    const { manifest, logger } = this.deps;
    return this.inTurn(async () => {
      await this.prepare();
      return compactParts({ manifest, merger: this.merger, limits: this.limits, logger, stop: this.stop.signal }, request);
    }, request.signal);
  }

  /** Lists a part of another index as one in which files have the names that they have now. */
  renumber(part: MergeInput): Promise<NewPart> {
    return this.inTurn(() => this.merger.merge([part]));
  }

  private get limits(): PartLimits {
    return this.deps.limits ?? PART_LIMITS;
  }

  /** Makes the directory and puts it in order, once. Throws `archive` where it cannot be used. */
  async prepare(): Promise<void> {
    const { dir, manifest, logger } = this.deps;
    try {
      await mkdir(dir, { recursive: true });
    } catch (error) {
      throw new LakeError('archive', `The archive directory cannot be used: ${messageOf(error)}`, { cause: error, hint: `Make ${dir} writable; archiving goes on by itself.` });
    }
    if (this.swept) return;
    const { removed, setAside } = await sweepArchive(dir, manifest);
    if (removed.length > 0) logger.info({ removed }, 'removed what an interrupted archive run left behind');
    if (setAside.length > 0) logger.warn({ setAside }, 'set aside parts that were written but not listed when the daemon was interrupted');
    this.swept = true;
  }

  private schedule(delayMs: number): void {
    clearTimeout(this.timer);
    if (this.stop.signal.aborted) return;
    this.timer = setTimeout(() => void this.turn(), delayMs);
    this.timer.unref();
  }

  private async turn(): Promise<void> {
    // However often it is poked, no more than one turn runs and one follows.
    if (this.turning) {
      this.pokedMeanwhile = true;
      return;
    }
    this.turning = true;
    this.pokedMeanwhile = false;
    try {
      const { parts } = await this.pass(() => this.passes.dueAgain());
      if (parts > 0 && !this.stop.signal.aborted) await this.compact({ atLeast: COMPACT_AT_PARTS });
    } catch (error) {
      if (!this.stop.signal.aborted) this.fail(error);
    }
    this.turning = false;
    this.schedule(this.pokedMeanwhile ? 0 : this.intervalMs);
  }

  private pass(due: () => Promise<ArchiveSegment[]>, { signal, onProgress }: Omit<ArchiveRun, 'all'> = {}): Promise<ArchiveResult> {
    return this.inTurn(async () => {
      await this.prepare();
      const segments = await due();
      this.failure = null;
      return this.passes.make(segments, signal === undefined ? this.stop.signal : AbortSignal.any([signal, this.stop.signal]), onProgress);
    }, signal);
  }

  private inTurn<T>(pass: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      throwIfCalledOff(signal);
      const leave = (): void => reject(calledOff());
      // What runs before it may take minutes.
      signal?.addEventListener('abort', leave);
      this.last = this.last.then(() => {
        signal?.removeEventListener('abort', leave);
        if (this.stop.signal.aborted) throw new LakeError('unavailable', 'The archiver is stopping.');
        throwIfCalledOff(signal);
        return pass().then(resolve);
      }).catch(reject);
    });
  }

  /** Told once, not at every turn until it is over. */
  private fail(error: unknown): void {
    const message = messageOf(error);
    if (message !== this.failure) this.deps.logger.error({ error: message }, 'archiving is not possible');
    this.failure = message;
  }
}
