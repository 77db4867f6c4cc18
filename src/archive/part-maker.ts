// Makes parts of a group of segments, step by step so that a crash at any point loses nothing and
// shows nothing half done: convert and verify in a worker, give the file its name, then list it.

import { statfs } from 'node:fs/promises';
import { sizeOf } from '../core/archive-port.ts';
import type { ArchiveManifest, ArchiveSegment, NewPart, PartSegment, SourceFiles } from '../core/archive-port.ts';
import type { Clock } from '../core/time/clock.ts';
import { LakeError, messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { storageFailure } from '../core/storage-failure.ts';
import type { AdapterOptions } from '../sources/adapter.ts';
import type { ConvertResult, ConvertSegment, SkippedSegment } from './convert-job.ts';
import type { ConvertPool } from './convert-pool.ts';
import { pieceEnd, stretchesOf } from './part-planner.ts';
import { newPartId } from './part-store.ts';
import type { PartPlace, PartStore } from './part-store.ts';
import { publishPart } from './publish-part.ts';

/** Of a part that is in the archive, with the ids of its sessions. */
export type OnPart = (part: NewPart, sessions: readonly string[]) => void;

export interface PartMakerDeps {
  manifest: ArchiveManifest;
  sources: SourceFiles;
  pool: ConvertPool;
  store: PartStore;
  options: AdapterOptions;
  lineMaxBytes: number;
  /** 0: no limit. */
  minFreeBytes: number;
  pieceMaxBytes: number;
  clock: Clock;
  logger: Logger;
}

interface OpenSegment extends ArchiveSegment {
  fd: number;
}

/** What a group came to. `failure` is what ended it early; the parts made before it are in place. */
export interface GroupOutcome {
  skipped: SkippedSegment[];
  /** Deleted, and not open any more. */
  lost: ArchiveSegment[];
  failure: unknown;
}

export class PartMaker {
  private readonly deps: PartMakerDeps;

  constructor(deps: PartMakerDeps) {
    this.deps = deps;
  }

  /** Stops between parts when the signal aborts. Never throws. */
  async make(group: readonly ArchiveSegment[], signal: AbortSignal, onPart: OnPart): Promise<GroupOutcome> {
    const outcome: GroupOutcome = { skipped: [], lost: [], failure: undefined };
    const releases: (() => void)[] = [];
    try {
      const open = await this.openAll(group, releases, outcome);
      const [first] = open;
      if (first === undefined || signal.aborted) return outcome;
      if (group.length === 1) await this.makePieces(first, signal, onPart, outcome.skipped);
      else await this.makePart(open, onPart, outcome.skipped);
    } catch (error) {
      outcome.failure = storageFailure(error, this.deps.store.dir) ?? error;
    } finally {
      for (const release of releases) release();
    }
    return outcome;
  }

  private async openAll(group: readonly ArchiveSegment[], releases: (() => void)[], { skipped, lost }: GroupOutcome): Promise<OpenSegment[]> {
    const open: OpenSegment[] = [];
    for (const segment of group) {
      const { fileIx, path } = segment;
      try {
        const source = await this.deps.sources.open(fileIx);
        if (source === null) {
          if (segment.gone) lost.push(segment);
          else skipped.push({ fileIx, path, reason: 'its bytes cannot be read: the file was replaced, or may not be opened' });
          continue;
        }
        releases.push(source.release);
        open.push({ ...segment, fd: source.fd });
      } catch (error) {
        skipped.push({ fileIx, path, reason: messageOf(error) });
      }
    }
    return open;
  }

  /** Each piece goes on where the one before ended, in line number and adapter state; a line that is left out changes no state. */
  private async makePieces(segment: OpenSegment, signal: AbortSignal, onPart: OnPart, skipped: SkippedSegment[]): Promise<void> {
    let { linesBefore: lines, adapterState } = segment;
    for (const stretch of stretchesOf(segment)) {
      for (let from = stretch.from; from < stretch.to && !signal.aborted; ) {
        const to = await pieceEnd(segment.fd, from, stretch.to, this.deps.pieceMaxBytes);
        const [piece] = await this.makePart([{ ...segment, from, to, longLines: [], linesBefore: lines + stretch.leftOut, adapterState }], onPart, skipped);
        if (piece === undefined) return;
        from = to;
        lines += piece.lines;
        adapterState = piece.adapterState;
      }
    }
  }

  private async makePart(open: readonly OpenSegment[], onPart: OnPart, skipped: SkippedSegment[]): Promise<PartSegment[]> {
    const { store, clock, manifest } = this.deps;
    const { source, month } = open[0] as OpenSegment;
    await this.requireSpace(open.reduce((sum, segment) => sum + sizeOf(segment), 0));
    const segments: ConvertSegment[] = [];
    for (const segment of open) segments.push({ ...segment, offsets: await manifest.lineOffsets(segment.fileIx, segment.from, segment.to) });
    const place = store.place(source, month, newPartId(clock.now()));
    await store.prepare(place);
    const result = await this.convert(segments, place);
    skipped.push(...result.skipped);
    if (result.segments.length === 0) return [];
    const { rows, bytes, sourceBytes, sessions, sha256 } = result;
    const part: NewPart = { id: place.id, path: place.path, source, month, rows, bytes, sourceBytes, sessions: sessions.length, sha256, segments: result.segments };
    await publishPart(store, manifest, part, place);
    onPart(part, sessions);
    return result.segments;
  }

  private async convert(segments: ConvertSegment[], place: PartPlace): Promise<ConvertResult> {
    const { pool, store, manifest, options, lineMaxBytes, logger } = this.deps;
    const sidecars = await manifest.sidecars(segments);
    const result = await pool.run({ segments, target: place.temporary, spillPrefix: store.spillPrefix, options, lineMaxBytes, sidecars });
    if (result.unindexed > 0) {
      logger.warn({ part: place.id, lines: result.unindexed }, 'archived lines that the index has no offset for; "sessionlake doctor" shows where they differ');
    }
    return result;
  }

  /** A part is never larger than its source by more than its footer. */
  private async requireSpace(sourceBytes: number): Promise<void> {
    const { minFreeBytes, store } = this.deps;
    if (minFreeBytes === 0) return;
    const { bavail, bsize } = await statfs(store.dir);
    const free = bavail * bsize;
    if (free >= minFreeBytes + sourceBytes) return;
    throw new LakeError('archive', `${store.dir} has ${free} bytes free; archiving pauses below ${minFreeBytes} and what a part may need.`, {
      hint: 'Free some disk space or lower --min-free-bytes. Archiving goes on by itself.',
    });
  }
}
