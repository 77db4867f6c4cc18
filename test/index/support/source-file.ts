// A source file that exists only as what was read of it: lines in, commit operations out.

import type { FileOp, SegmentOp } from '../../../src/core/commit-op.ts';
import type { FileEntry } from '../../../src/core/file-entry.ts';
import type { AdapterOptions } from '../../../src/sources/adapter.ts';
import { adapterOf } from '../../../src/sources/registry.ts';
import { lostBatch } from '../../../src/sources/scan-builder.ts';
import { scanSegment } from '../../../src/sources/scan.ts';

const GUESSED: AdapterOptions = { jsonl: { id: null, time: null, type: null, session: null, text: null, parent: null } };
const ROOT = '/home/ada/.claude/projects';

export interface SourceFileOptions {
  source?: string;
  birthMs?: number;
  generation?: number;
}

export class SourceFile {
  entry: FileEntry;

  constructor(fileIx: number, path: string, { source = 'claude-code', birthMs = 1_000, generation = 0 }: SourceFileOptions = {}) {
    this.entry = {
      fileIx, source, root: ROOT, path, project: adapterOf(source).describe(ROOT, path).project, generation,
      fingerprint: { dev: '1', ino: String(fileIx), birthMs, headLength: 0, headHash: '', tailHash: '' },
      offset: 0, lines: 0, rejects: 0, size: 0, modifiedMs: Date.UTC(2026, 9, 2), adapterState: '', state: 'present',
    };
  }

  /** Reads these lines next. */
  read(lines: readonly (string | Uint8Array)[], liveFrom = Number.POSITIVE_INFINITY): SegmentOp {
    const bytes = Buffer.concat(lines.flatMap((line) => [typeof line === 'string' ? Buffer.from(line) : line, Buffer.from('\n')]));
    const { entry } = this;
    const scan = scanSegment({
      source: entry.source, options: GUESSED, bytes, firstByte: entry.offset, linesBefore: entry.lines, path: { root: entry.root, path: entry.path }, state: entry.adapterState, lineMaxBytes: 1024 * 1024,
    });
    const offset = entry.offset + scan.bytes;
    this.entry = {
      ...entry, offset, lines: entry.lines + scan.lines, rejects: entry.rejects + scan.rejects.length, size: offset, adapterState: scan.state,
      fingerprint: { ...entry.fingerprint, headLength: Math.min(offset, 1024), headHash: `head${offset}`, tailHash: `tail${offset}` },
    };
    return { kind: 'segment', file: this.entry, scan, bytes, firstByte: entry.offset, liveFrom };
  }

  /** The next bytes are in no part and in no file any more. */
  lose(length: number, session: string): SegmentOp {
    const { entry } = this;
    const scan = lostBatch(entry, session, 1, length);
    const offset = entry.offset + length;
    this.entry = { ...entry, offset, lines: entry.lines + 1, rejects: entry.rejects + 1, size: offset };
    return { kind: 'segment', file: this.entry, scan, bytes: new Uint8Array(), firstByte: entry.offset, liveFrom: Number.POSITIVE_INFINITY };
  }

  change(changes: Partial<FileEntry>): FileOp {
    this.entry = { ...this.entry, ...changes };
    return { kind: 'file', file: this.entry };
  }
}
