// Scans segments in a piscina worker. The same pure code runs on the main thread for small appends.
// Columns go back by transfer, not by copy. Bulk is read here too, into one buffer for all segments: their
// bytes never leave this thread.

import { move, transferableSymbol, valueSymbol } from 'piscina';
import { completeLength } from '../core/bytes/frame.ts';
import type { ScanBatch } from '../core/scan-batch.ts';
import { scanSegment } from '../sources/scan.ts';
import type { ScanInput } from '../sources/scan.ts';
import { readSteadily } from './identity.ts';
import { EDGE_BYTES } from './tail.ts';

export interface ScannedSegment {
  batch: ScanBatch;
  bytes: Uint8Array;
}

/** A piece of an open file that is to be read and scanned; the descriptor stays open until it is done. */
export interface ReadJob {
  fd: number;
  /** Bytes from `input.firstByte` on. */
  length: number;
  /** When the file had changed last. */
  changedMs: number;
  input: Omit<ScanInput, 'bytes'>;
}

export interface ReadSegment {
  batch: ScanBatch;
  /** The first and the last bytes of the segment, up to `EDGE_BYTES`. */
  first: Uint8Array;
  last: Uint8Array;
}

export default function scanSegments(inputs: readonly ScanInput[]): unknown {
  const scanned: ScannedSegment[] = inputs.map((input) => ({ batch: scanSegment(input), bytes: input.bytes }));
  return moved(scanned, [...scanned.map(({ bytes }) => bytes.buffer), ...scanned.flatMap(({ batch }) => columnBuffers(batch))]);
}

let buffer = new Uint8Array(0);

/** Null for a piece without a whole line, and for one that cannot be read: both are looked at by the main thread. */
export function readSegments(jobs: readonly ReadJob[]): unknown {
  const segments = jobs.map(readSegment);
  return moved(segments, segments.flatMap((segment) => (segment === null ? [] : columnBuffers(segment.batch))));
}

function readSegment({ fd, length, changedMs, input }: ReadJob): ReadSegment | null {
  if (buffer.length < length) buffer = new Uint8Array(length);
  let read = 0;
  try {
    read = readSteadily(fd, buffer.subarray(0, length), input.firstByte, changedMs);
  } catch {
    return null;
  }
  const bytes = buffer.subarray(0, completeLength(buffer.subarray(0, read)));
  if (bytes.length === 0) return null;
  return { batch: scanSegment({ ...input, bytes }), first: bytes.slice(0, EDGE_BYTES), last: bytes.slice(-EDGE_BYTES) };
}

function moved(value: unknown, buffers: readonly ArrayBufferLike[]): unknown {
  return move({ [transferableSymbol]: [...new Set(buffers)], [valueSymbol]: value } as never);
}

function columnBuffers(batch: ScanBatch): ArrayBufferLike[] {
  // All columns lie in one.
  return [batch.line.buffer];
}
