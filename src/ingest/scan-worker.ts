// Scans segments in a piscina worker. The same pure code runs on the main thread for small appends.
// Columns and the segments' bytes go back by transfer, not by copy.

import { move, transferableSymbol, valueSymbol } from 'piscina';
import type { ScanBatch } from '../core/scan-batch.ts';
import { scanSegment } from '../sources/scan.ts';
import type { ScanInput } from '../sources/scan.ts';

export interface ScannedSegment {
  batch: ScanBatch;
  bytes: Uint8Array;
}

export default function scanSegments(inputs: readonly ScanInput[]): unknown {
  const scanned: ScannedSegment[] = inputs.map((input) => ({ batch: scanSegment(input), bytes: input.bytes }));
  const buffers = [...new Set(scanned.flatMap(({ batch, bytes }) => [bytes.buffer, ...columnBuffers(batch)]))];
  return move({ [transferableSymbol]: buffers, [valueSymbol]: scanned } as never);
}

function columnBuffers(batch: ScanBatch): ArrayBufferLike[] {
  const views = [...Object.values(batch), ...Object.values(batch.uuid), ...Object.values(batch.parent)].filter((value) => ArrayBuffer.isView(value));
  return views.map((view) => view.buffer);
}
