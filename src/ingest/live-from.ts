// Where in a file begins what was appended while the daemon watched. What lies behind the size that it had when it
// was first seen is; but that look comes a while after the start, later the more files there are. What was appended
// in between tells so by its time: since the start, and not of a clock that is ahead.

import type { ScanBatch } from '../core/scan-batch.ts';
import type { TrackedFile } from './tracked-file.ts';

/** Of lines that are about to be taken over; `file` stands before them. */
export function liveFromOf(file: TrackedFile, batch: ScanBatch, startedMs: number, nowMs: number): number {
  if (file.liveFrom <= file.offset) return file.liveFrom;
  for (let row = 0; row < batch.rows; row += 1) {
    const ts = batch.ts[row] as number;
    if (ts >= startedMs && ts <= nowMs) {
      file.liveFrom = Math.min(file.liveFrom, batch.byteOffset[row] as number);
      break;
    }
  }
  return file.liveFrom;
}
