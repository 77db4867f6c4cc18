// One file of unlisted parts on its way into the index: its bytes are scanned as if they were read from their
// source, and where that still holds them, it is the file that ingest goes on with. Nothing is committed here.

import type { SegmentOp } from '../../core/commit-op.ts';
import type { FileEntry } from '../../core/file-entry.ts';
import type { PartSegment } from '../../core/archive-port.ts';
import { endOf } from '../../archive/adoption-plan.ts';
import type { ArchivedFile } from '../../archive/adoption-plan.ts';
import type { PartLines } from '../../archive/part-lines.ts';
import { completeLength } from '../../core/bytes/frame.ts';
import { fingerprintAfter } from '../../ingest/identity.ts';
import type { AdapterOptions, SourceState } from '../../sources/adapter.ts';
import { adapterOf } from '../../sources/registry.ts';
import { lostBatch, oversizedBatch } from '../../sources/scan-builder.ts';
import { scanSegment } from '../../sources/scan.ts';
import type { SourceCopy } from './source-copy.ts';

const HEAD_BYTES = 1024;
const TAIL_BYTES = 256;
const HOLE_BYTES = 4 * 1024 * 1024;
const NO_BYTES = Buffer.alloc(0);

export interface AdoptedSegment extends PartSegment {
  part: string;
  /** The file's name in that part. */
  there: string;
}

export interface AdoptionSettings {
  options: AdapterOptions;
  lineMaxBytes: number;
}

export class AdoptedFile {
  /** As of the bytes that were scanned so far. */
  entry: FileEntry;
  /** What each part is to be listed with. */
  readonly listed: AdoptedSegment[] = [];
  private readonly file: ArchivedFile;
  private readonly settings: AdoptionSettings;
  private readonly copy: SourceCopy | null;
  private head: Buffer = NO_BYTES;
  private tail: Buffer = NO_BYTES;
  /** Of bytes that are lost, so that no fingerprint can be made any more. */
  private hasHole = false;

  /** `copy`: the source, where it is known to hold all that the pieces do; `state`: of the file without one. */
  constructor(file: ArchivedFile, fileIx: number, root: string, { copy, state }: { copy: SourceCopy | null; state: FileEntry['state'] }, settings: AdoptionSettings) {
    this.file = file;
    this.settings = settings;
    this.copy = copy;
    const fingerprint = copy?.fingerprint ?? { dev: '', ino: '', birthMs: file.birthMs, headLength: 0, headHash: '', tailHash: '' };
    const { source, path, project, generation } = file;
    this.entry = {
      fileIx, source, root, path, project, generation, fingerprint: { ...fingerprint, birthMs: file.birthMs > 0 ? Math.min(file.birthMs, fingerprint.birthMs) : fingerprint.birthMs },
      offset: 0, lines: 0, rejects: 0, size: endOf(file), modifiedMs: file.birthMs, adapterState: firstState(file, root), state: copy === null ? state : 'gone',
    };
  }

  /** Operations in the order of the bytes; one ends at byte `cut`, where there is such a line. */
  async *ops(lines: PartLines, cut: number): AsyncGenerator<SegmentOp> {
    for (const piece of this.file.pieces) {
      yield* this.fill(piece.from, piece.linesBefore, piece.stateBefore);
      const { offset: from, lines: before } = this.entry;
      for await (const { bytes } of lines.runs(piece)) {
        const first = Math.min(bytes.length, Math.max(0, cut - this.entry.offset));
        if (first > 0) yield this.scan(bytes.subarray(0, first));
        if (first < bytes.length) yield this.scan(bytes.subarray(first));
      }
      const { offset: to, lines: after, adapterState } = this.entry;
      this.listed.push({ part: piece.part, there: piece.fileId, fileIx: this.entry.fileIx, from, to, lines: after - before, adapterState });
    }
    if (this.copy !== null) {
      const { size, mtimeMs } = this.copy.stats;
      this.entry = { ...this.entry, state: 'present', size: Math.max(size, this.entry.offset), modifiedMs: Math.trunc(mtimeMs) };
    }
  }

  /** What no part has, from the source; where that is gone, it is lost, and said so. */
  private *fill(to: number, linesBefore: number, stateBefore: string | null): Generator<SegmentOp> {
    while (this.copy !== null && this.entry.offset < to) yield this.fromSource(this.copy, to);
    const { entry } = this;
    if (entry.offset >= to) return;
    const { session } = adapterOf(entry.source).describe(entry.root, entry.path);
    const batch = lostBatch(entry, session, Math.max(1, linesBefore - entry.lines), to - entry.offset);
    this.hasHole = true;
    const fingerprint = { ...entry.fingerprint, headLength: 0, headHash: '', tailHash: '' };
    this.entry = { ...entry, fingerprint, offset: to, lines: linesBefore, rejects: entry.rejects + 1, adapterState: stateBefore ?? entry.adapterState };
    yield { kind: 'segment', file: this.entry, scan: batch, bytes: NO_BYTES, firstByte: entry.offset, liveFrom: Number.POSITIVE_INFINITY };
  }

  /** Some lines, or one that is long: it may be too long for a part, and for memory. */
  private fromSource(copy: SourceCopy, to: number): SegmentOp {
    const { offset } = this.entry;
    const bytes = copy.read(offset, Math.min(to, offset + HOLE_BYTES));
    const complete = completeLength(bytes);
    if (complete > 0) return this.scan(bytes.subarray(0, complete));
    const end = copy.lineEnd(offset + bytes.length, to);
    return end - offset - 1 > this.settings.lineMaxBytes ? this.oversized(copy, end) : this.scan(copy.read(offset, end));
  }

  private oversized(copy: SourceCopy, end: number): SegmentOp {
    const { entry } = this;
    const { session } = adapterOf(entry.source).describe(entry.root, entry.path);
    const batch = oversizedBatch(entry, session, end - entry.offset - 1, this.settings.lineMaxBytes);
    const fingerprint = this.fingerprint(copy.read(entry.offset, Math.min(end, entry.offset + HEAD_BYTES)), copy.read(Math.max(entry.offset, end - TAIL_BYTES), end));
    this.entry = { ...entry, fingerprint, offset: end, lines: entry.lines + 1, rejects: entry.rejects + 1, size: Math.max(entry.size, end), adapterState: batch.state };
    return { kind: 'segment', file: this.entry, scan: batch, bytes: NO_BYTES, firstByte: entry.offset, liveFrom: Number.POSITIVE_INFINITY };
  }

  private scan(bytes: Buffer): SegmentOp {
    const { entry } = this;
    const scan = scanSegment({ ...this.settings, source: entry.source, bytes, firstByte: entry.offset, linesBefore: entry.lines, path: entry, state: entry.adapterState });
    const modifiedMs = Math.max(entry.modifiedMs, ...lastTimes(scan.ts, scan.rows));
    this.entry = {
      ...entry, project: scan.project ?? entry.project, offset: entry.offset + bytes.length, lines: entry.lines + scan.lines, rejects: entry.rejects + scan.rejects.length,
      fingerprint: this.fingerprint(bytes, bytes), size: Math.max(entry.size, entry.offset + bytes.length), modifiedMs: this.copy === null ? modifiedMs : entry.modifiedMs, adapterState: scan.state,
    };
    return { kind: 'segment', file: this.entry, scan, bytes, firstByte: entry.offset, liveFrom: Number.POSITIVE_INFINITY };
  }

  /** `first`, `last`: of the bytes that follow; both may be all of them. */
  private fingerprint(first: Buffer, last: Buffer): FileEntry['fingerprint'] {
    if (this.hasHole) return this.entry.fingerprint;
    const { head, tail } = this;
    const fingerprint = fingerprintAfter(this.entry.fingerprint, { head, tail }, first, last);
    this.head = Buffer.concat([this.head, first.subarray(0, HEAD_BYTES - this.head.length)]);
    this.tail = Buffer.concat([this.tail, last.subarray(-TAIL_BYTES)]).subarray(-TAIL_BYTES);
    return fingerprint;
  }
}

/** A session named after its file may have another name than its path says. */
function firstState({ source, path, session, pieces: [first] }: ArchivedFile, root: string): string {
  if (first !== undefined && first.from === 0 && first.stateBefore !== null) return first.stateBefore;
  const adapter = adapterOf(source);
  const facts = adapter.describe(root, path);
  if (adapter.ownName === undefined || session === null || session === facts.session) return '';
  return JSON.stringify(adapter.begin({ ...facts, session }) satisfies SourceState);
}

/** A file that is gone was last changed at about the time of its last dated line. */
function lastTimes(ts: Float64Array, rows: number): number[] {
  for (let row = rows - 1; row >= 0; row--) if (!Number.isNaN(ts[row])) return [Math.trunc(ts[row] as number)];
  return [];
}
