// Passes of the archive: what the manifest says is due, in groups that become parts. A part that fails is told and
// does not stop the others; its files are left alone for a while, and logs that are gone are told once.

import pLimit from 'p-limit';
import { sizeOf } from '../core/archive-port.ts';
import type { ArchiveManifest, ArchiveSegment, LongLines, NewPart } from '../core/archive-port.ts';
import type { Clock } from '../core/time/clock.ts';
import { LakeError, messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { Losses } from './losses.ts';
import type { OnPart, PartMaker } from './part-maker.ts';
import { groupSegments } from './part-planner.ts';
import type { PartLimits } from './part-planner.ts';
import { RetryLater } from './retry-later.ts';

export interface ArchiveProgress {
  parts: number;
  sourceBytes: number;
  /** Of everything that was due when the pass began. */
  sourceBytesTotal: number;
}

export interface ArchiveResult {
  parts: number;
  rows: number;
  sessions: number;
  /** Of Parquet written. */
  bytes: number;
  sourceBytes: number;
  skipped: { path: string; reason: string }[];
  /** Why a part could not be made, the first of them; the others were. */
  failure: LakeError | null;
}

export interface ArchivePassDeps {
  manifest: Pick<ArchiveManifest, 'due' | 'longLines'>;
  maker: Pick<PartMaker, 'make'>;
  limits: PartLimits;
  /** How long all files of a session must have been quiet. */
  idleMs: number;
  workerThreads: number;
  clock: Clock;
  logger: Logger;
  /** Called once for each log that was deleted before it was archived. */
  onLoss: (segment: ArchiveSegment) => void;
  /** Called at each look with all that no part will have. */
  onLongLines: (files: readonly LongLines[]) => void;
  onPart?: (part: NewPart) => void;
}

export class ArchivePasses {
  private readonly deps: ArchivePassDeps;
  private readonly retryLater = new RetryLater();
  private readonly losses = new Losses();
  /** What the last look found due and is not archived yet. */
  private waiting = { segments: 0, bytes: 0 };

  constructor(deps: ArchivePassDeps) {
    this.deps = deps;
  }

  /** Why something that is due could not be archived; null when all is well. */
  get lastError(): string | null {
    return this.retryLater.reason;
  }

  /** Bytes of indexed lines whose log was deleted before it was archived, as far as this process looked. */
  get lostBytes(): number {
    return this.losses.bytes;
  }

  /** Pieces of files, and their bytes, that the last look found due and that are not archived yet. */
  get queue(): Readonly<{ segments: number; bytes: number }> {
    return this.waiting;
  }

  /** Everything that is due, whatever happened to it before. Rejects where it is not known what is. `all`: without waiting for sessions to be quiet. */
  due(all: boolean): Promise<ArchiveSegment[]> {
    return this.look(all, new Set());
  }

  /** What is due and may be tried now. */
  async dueAgain(): Promise<ArchiveSegment[]> {
    const due = await this.look(false, this.losses.files);
    return due.filter(({ fileIx }) => this.retryLater.isDue(fileIx, this.deps.clock.now()));
  }

  /** `lost`: files that need not be looked at. */
  private async look(all: boolean, lost: ReadonlySet<number>): Promise<ArchiveSegment[]> {
    const { manifest, clock, idleMs, onLongLines } = this.deps;
    const longLines = await manifest.longLines();
    onLongLines(longLines);
    const due = await manifest.due(clock.now() - idleMs, all, lost, longLines);
    this.retryLater.keepOnly(new Set(due.map(({ fileIx }) => fileIx)));
    for (const { fileIx, gone } of due) if (!gone) this.losses.delete(fileIx);
    this.waiting = { segments: due.length, bytes: bytesOf(due) };
    return due;
  }

  /** Parts of these. Ends after the parts that are being made when the signal aborts. */
  async make(segments: readonly ArchiveSegment[], signal: AbortSignal, onProgress?: (progress: ArchiveProgress) => void): Promise<ArchiveResult> {
    const { limits, workerThreads } = this.deps;
    const result: ArchiveResult = { parts: 0, rows: 0, sessions: 0, bytes: 0, sourceBytes: 0, skipped: [], failure: null };
    const sourceBytesTotal = bytesOf(segments);
    // One may have lines in several parts.
    const archived = new Set<string>();
    const onPart: OnPart = (part, sessions) => {
      for (const session of sessions) archived.add(session);
      result.sessions = archived.size;
      this.count(part, result);
      onProgress?.({ parts: result.parts, sourceBytes: result.sourceBytes, sourceBytesTotal });
    };
    const limit = pLimit(Math.max(1, workerThreads));
    await Promise.all(groupSegments(segments, limits).map((group) => limit(() => this.makeGroup(group, signal, onPart, result))));
    return result;
  }

  private async makeGroup(group: readonly ArchiveSegment[], signal: AbortSignal, onPart: OnPart, result: ArchiveResult): Promise<void> {
    if (signal.aborted) return;
    const { skipped, lost, failure } = await this.deps.maker.make(group, signal, onPart);
    const told = new Set([...skipped, ...lost].map(({ fileIx }) => fileIx));
    if (failure !== undefined) {
      result.failure ??= failure instanceof LakeError ? failure : new LakeError('archive', `A part of the archive could not be made: ${messageOf(failure)}`, { cause: failure });
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
    if (fresh.length > 0) logger.warn({ files: fresh.length, bytes: bytesOf(fresh), first: fresh[0]?.path }, 'logs were deleted before they were archived');
  }

  private count(part: NewPart, result: ArchiveResult): void {
    for (const { fileIx } of part.segments) this.retryLater.succeeded(fileIx);
    this.waiting = { segments: Math.max(0, this.waiting.segments - part.segments.length), bytes: Math.max(0, this.waiting.bytes - part.sourceBytes) };
    result.parts += 1;
    result.rows += part.rows;
    result.bytes += part.bytes;
    result.sourceBytes += part.sourceBytes;
    this.deps.logger.info({ part: part.path, rows: part.rows, bytes: part.bytes, source_bytes: part.sourceBytes }, 'archived');
    this.deps.onPart?.(part);
  }
}

function bytesOf(segments: readonly ArchiveSegment[]): number {
  return segments.reduce((sum, segment) => sum + sizeOf(segment), 0);
}
