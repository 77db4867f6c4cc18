// Logs that were deleted before they were archived and are not open any more: nothing can be done
// about them, so each is told once and left alone until its file is back.

import { sizeOf } from '../core/archive-port.ts';
import type { ArchiveSegment } from '../core/archive-port.ts';

export class Losses {
  private readonly segments = new Map<number, ArchiveSegment>();

  /** Numbers of the files. */
  get files(): ReadonlySet<number> {
    return new Set(this.segments.keys());
  }

  /** Of indexed lines that are in no part and will be in none. */
  get bytes(): number {
    let bytes = 0;
    for (const segment of this.segments.values()) bytes += sizeOf(segment);
    return bytes;
  }

  /** True the first time, when it is to be told. */
  add(segment: ArchiveSegment): boolean {
    const isNew = !this.segments.has(segment.fileIx);
    this.segments.set(segment.fileIx, segment);
    return isNew;
  }

  delete(fileIx: number): void {
    this.segments.delete(fileIx);
  }
}
