// Turns completed sessions into Parquet parts, on a timer and on request, one pass at a time. What it
// archives is what the manifest says is due; a pass that is cut short is simply due again. A part
// that fails is told and does not stop the others.

import { mkdir } from 'node:fs/promises';
import pLimit from 'p-limit';
import type { ArchiveManifest, ArchiveSegment, NewPart, SourceFiles } from '../core/archive-port.ts';
import type { Clock } from '../core/clock.ts';
import { LakeError, messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Service } from '../core/service.ts';
import type { AdapterOptions } from '../sources/adapter.ts';
import { ConvertPool } from './convert-pool.ts';
import { COMPACT_AT_PARTS } from './compaction-plan.ts';
import { compactParts } from './compact-parts.ts';
import type { CompactRequest, CompactResult } from './compact-parts.ts';
import { PartMaker } from './part-maker.ts';
import { PartMerger } from './part-merger.ts';
import type { MergeInput } from './part-merger.ts';
import { Losses } from './losses.ts';
import { groupSegments, PART_LIMITS, sizeOf } from './part-planner.ts';
import type { PartLimits } from './part-planner.ts';
import { PartStore } from './part-store.ts';
import { RetryLater } from './retry-later.ts';
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
  onPart?: (part: NewPart) => void;
  limits?: PartLimits;
}

export interface ArchiveProgress {
  parts: number;
  sourceBytes: number;
  /** Of everything that was due when the pass began. */
  sourceBytesTotal: number;
}

export interface ArchiveRun {
  /** Due without waiting for sessions to be quiet. */
  all: boolean;
  /** Ends the pass after the parts that are being made. */
  signal?: AbortSignal;
  onProgress?: (progress: ArchiveProgress) => void;
}

export interface ArchiveResult {
  parts: number;
  rows: number;
  /** Of each part, added up: a session in two parts counts in both. */
  sessions: number;
  /** Of Parquet written. */
  bytes: number;
  sourceBytes: number;
  skipped: { path: string; reason: string }[];
}

export class Archiver implements Service {
  private readonly deps: ArchiverDeps;
  private readonly store: PartStore;
  private readonly pool: ConvertPool;
  private readonly maker: PartMaker;
  private readonly merger: PartMerger;
  private readonly retryLater = new RetryLater();
  private readonly losses = new Losses();
  private readonly stop = new AbortController();
  private readonly intervalMs: number;
  private timer: NodeJS.Timeout | undefined;
  private started = false;
  private swept = false;
  private turning = false;
  private pokedMeanwhile = false;
  private failure: string | null = null;
  /** What the last look found due and is not archived yet. */
  private waiting = { segments: 0, bytes: 0 };
  /** The pass that runs, or the last one; never rejects. */
  private passes: Promise<unknown> = Promise.resolve();

  constructor(deps: ArchiverDeps) {
    this.deps = deps;
    this.intervalMs = Math.min(Math.max(deps.idleMs / 2, INTERVAL_MIN_MS), INTERVAL_MAX_MS);
    this.store = new PartStore(deps.dir);
    this.pool = new ConvertPool(deps.workerThreads);
    this.merger = new PartMerger({ ...deps, pool: this.pool, store: this.store });
    this.maker = new PartMaker({ ...deps, pool: this.pool, store: this.store, pieceMaxBytes: this.limits.sourceBytes });
  }

  /** Why something that is due could not be archived; null when all is well. */
  get lastError(): string | null {
    return this.failure ?? this.retryLater.reason;
  }

  /** Bytes of indexed lines whose log was deleted before it was archived, as far as this process looked. */
  get lostBytes(): number {
    return this.losses.bytes;
  }

  /** Pieces of files, and their bytes, that the last look found due and that are not archived yet. */
  get queue(): Readonly<{ segments: number; bytes: number }> {
    return this.waiting;
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
    await this.passes;
    await this.pool.close();
  }

  /** Looks for what is due at once instead of at the next turn. */
  poke(): void {
    if (this.started) this.schedule(0);
  }

  /** One pass now, after the one that may be running. Rejects where it could not be made at all. */
  run(request: ArchiveRun): Promise<ArchiveResult> {
    return this.inTurn(() => this.pass(request, () => true, new Set()));
  }

  /** Makes few large parts of many small ones. Ends after the part that is being made when the signal aborts. */
  compact(request: CompactRequest = {}): Promise<CompactResult> {
    const { manifest, logger } = this.deps;
    return this.inTurn(async () => {
      await this.prepare();
      return compactParts({ manifest, merger: this.merger, limits: this.limits, logger, stop: this.stop.signal }, request);
    });
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
    const isDue = (segment: ArchiveSegment): boolean => this.retryLater.isDue(segment.fileIx, this.deps.clock.now());
    try {
      const { parts } = await this.inTurn(() => this.pass({ all: false }, isDue, this.losses.files));
      if (parts > 0 && !this.stop.signal.aborted) await this.compact({ atLeast: COMPACT_AT_PARTS });
    } catch (error) {
      if (!this.stop.signal.aborted) this.fail(error);
    }
    this.turning = false;
    this.schedule(this.pokedMeanwhile ? 0 : this.intervalMs);
  }

  private inTurn<T>(pass: () => Promise<T>): Promise<T> {
    const result = this.passes.then(() => {
      if (this.stop.signal.aborted) throw new LakeError('unavailable', 'The archiver is stopping.');
      return pass();
    });
    this.passes = result.catch(() => undefined);
    return result;
  }

  private async pass(request: ArchiveRun, wanted: (segment: ArchiveSegment) => boolean, lost: ReadonlySet<number>): Promise<ArchiveResult> {
    const { manifest, clock, idleMs, workerThreads } = this.deps;
    await this.prepare();
    const due = await manifest.due(clock.now() - idleMs, request.all, lost);
    this.failure = null;
    this.retryLater.keepOnly(new Set(due.map(({ fileIx }) => fileIx)));
    for (const { fileIx, gone } of due) if (!gone) this.losses.delete(fileIx);
    const segments = due.filter(wanted);
    this.waiting = { segments: due.length, bytes: due.reduce((sum, segment) => sum + sizeOf(segment), 0) };
    const result: ArchiveResult = { parts: 0, rows: 0, sessions: 0, bytes: 0, sourceBytes: 0, skipped: [] };
    if (segments.length === 0) return result;
    const sourceBytesTotal = segments.reduce((sum, segment) => sum + sizeOf(segment), 0);
    const signal = request.signal === undefined ? this.stop.signal : AbortSignal.any([request.signal, this.stop.signal]);
    const onPart = (part: NewPart): void => {
      this.count(part, result);
      request.onProgress?.({ parts: result.parts, sourceBytes: result.sourceBytes, sourceBytesTotal });
    };
    const limit = pLimit(Math.max(1, workerThreads));
    await Promise.all(groupSegments(segments, this.limits).map((group) => limit(() => this.makeGroup(group, signal, onPart, result))));
    return result;
  }

  private async makeGroup(group: readonly ArchiveSegment[], signal: AbortSignal, onPart: (part: NewPart) => void, result: ArchiveResult): Promise<void> {
    if (signal.aborted) return;
    const { skipped, lost, failure } = await this.maker.make(group, signal, onPart);
    const told = new Set([...skipped, ...lost].map(({ fileIx }) => fileIx));
    if (failure !== undefined) {
      this.deps.logger.error({ error: messageOf(failure), source: group[0]?.source, month: group[0]?.month }, 'a part of the archive could not be made');
      for (const { fileIx, path } of group) if (!told.has(fileIx)) skipped.push({ fileIx, path, reason: messageOf(failure) });
    }
    for (const { fileIx, path, reason } of skipped) {
      const isFirst = this.retryLater.failed(fileIx, this.deps.clock.now(), `${path}: ${reason}`);
      if (isFirst && failure === undefined) this.deps.logger.warn({ path, reason }, 'not archived');
      result.skipped.push({ path, reason });
    }
    this.lose(lost, result);
  }

  private lose(lost: readonly ArchiveSegment[], result: ArchiveResult): void {
    const { onLoss, logger } = this.deps;
    const fresh = lost.filter((segment) => this.losses.add(segment));
    for (const segment of fresh) onLoss(segment);
    for (const { path } of lost) result.skipped.push({ path, reason: 'the file was deleted before it was archived' });
    if (fresh.length > 0) logger.warn({ files: fresh.length, bytes: fresh.reduce((sum, segment) => sum + sizeOf(segment), 0), first: fresh[0]?.path }, 'logs were deleted before they were archived');
  }

  private count(part: NewPart, result: ArchiveResult): void {
    for (const { fileIx } of part.segments) this.retryLater.succeeded(fileIx);
    this.waiting = { segments: Math.max(0, this.waiting.segments - part.segments.length), bytes: Math.max(0, this.waiting.bytes - part.sourceBytes) };
    result.parts += 1;
    result.rows += part.rows;
    result.sessions += part.sessions;
    result.bytes += part.bytes;
    result.sourceBytes += part.sourceBytes;
    this.deps.logger.info({ part: part.path, rows: part.rows, bytes: part.bytes, source_bytes: part.sourceBytes }, 'archived');
    this.deps.onPart?.(part);
  }

  /** Told once, not at every turn until it is over. */
  private fail(error: unknown): void {
    const message = messageOf(error);
    if (message !== this.failure) this.deps.logger.error({ error: message }, 'archiving is not possible');
    this.failure = message;
  }
}
