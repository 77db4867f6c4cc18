// One compaction of the archive: every group of small parts becomes one part. A group that cannot be merged
// is told and left as it is; the others go on.

import type { ArchivePartItem } from '../core/answers/archive-part-item.ts';
import type { ArchiveManifest, ListedSegment } from '../core/archive-port.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { groupSmallParts } from './compaction-plan.ts';
import type { MergeInput, PartMerger } from './part-merger.ts';
import type { PartLimits } from './part-planner.ts';

export interface CompactRequest {
  /** Parts of a group; 2 where not given. */
  atLeast?: number;
  signal?: AbortSignal;
  /** After each group. */
  onProgress?: (progress: { parts: number; partsTotal: number }) => void;
}

export interface CompactResult {
  /** Parts that became fewer. */
  merged: number;
  /** Parts that were made of them. */
  parts: number;
  rows: number;
  bytesBefore: number;
  bytesAfter: number;
  skipped: { part: string; reason: string }[];
}

interface CompactParts {
  manifest: ArchiveManifest;
  merger: PartMerger;
  limits: PartLimits;
  logger: Logger;
  stop: AbortSignal;
}

export async function compactParts({ manifest, merger, limits, logger, stop }: CompactParts, { atLeast, signal, onProgress }: CompactRequest): Promise<CompactResult> {
  const result: CompactResult = { merged: 0, parts: 0, rows: 0, bytesBefore: 0, bytesAfter: 0, skipped: [] };
  const parts = await manifest.parts();
  const listed = await manifest.segments('all');
  const groups = groupSmallParts(parts.filter((part) => isListedWhole(part, listed)), limits, atLeast);
  const partsTotal = groups.reduce((sum, group) => sum + group.length, 0);
  for (const group of groups) {
    if (signal?.aborted === true || stop.aborted) break;
    try {
      const part = await merger.merge(inputsOf(group, listed));
      result.parts += 1;
      result.rows += part.rows;
      result.bytesBefore += group.reduce((sum, { bytes }) => sum + bytes, 0);
      result.bytesAfter += part.bytes;
      result.merged += group.length;
      logger.info({ part: part.path, merged: group.length, rows: part.rows, bytes: part.bytes }, 'merged parts of the archive');
    } catch (error) {
      const reason = messageOf(error);
      logger.error({ error: reason, parts: group.map(({ path }) => path) }, 'parts of the archive could not be merged');
      for (const { path } of group) result.skipped.push({ part: path, reason });
    }
    onProgress?.({ parts: result.merged + result.skipped.length, partsTotal });
  }
  return result;
}

/** Lines that no file is known for would be lost. */
function isListedWhole({ id, rows }: ArchivePartItem, listed: readonly ListedSegment[]): boolean {
  return listed.reduce((sum, { partId, lines }) => (partId === id ? sum + lines : sum), 0) === rows;
}

function inputsOf(group: readonly ArchivePartItem[], segments: readonly ListedSegment[]): MergeInput[] {
  return group.map(({ id, path, source, month, sha256 }) => ({
    id, path, source, month, sha256,
    segments: segments.filter(({ partId }) => partId === id),
  }));
}
