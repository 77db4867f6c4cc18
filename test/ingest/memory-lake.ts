// An index in memory that takes what ingest commits, and complains where a commit does not go on exactly
// where the stored offset of its file is. It can be told to fail.

import type { CommitOp, CommitSink, SegmentOp } from '../../src/core/commit-op.ts';
import type { FileEntry } from '../../src/core/file-entry.ts';
import { getId } from '../../src/core/id-bytes.ts';
import type { Sidecar, SidecarMark } from '../../src/core/sidecar.ts';
import type { Seen, SeenLine } from '../support/history.ts';

/** What the next commit does: goes well, stores nothing, or stores all and says otherwise. */
export type Outcome = 'stored' | 'refused' | 'stored_but_failed';

export class MemoryLake implements CommitSink {
  readonly entries = new Map<number, FileEntry>();
  readonly lines: SeenLine[] = [];
  readonly beside = new Map<string, Sidecar>();
  readonly violations: string[] = [];
  commits = 0;
  /** Asked at each commit. */
  outcome: () => Outcome = () => 'stored';
  /** Called in the middle of each commit. */
  during: () => Promise<void> = async () => undefined;

  async commit(ops: readonly CommitOp[]): Promise<void> {
    this.commits += 1;
    const outcome = this.outcome();
    await this.during();
    if (outcome === 'refused') throw new Error('refused by the test');
    for (const op of ops) this.store(op);
    if (outcome === 'stored_but_failed') throw new Error('stored, but the test says otherwise');
  }

  async files(take: (file: FileEntry) => void): Promise<void> {
    for (const entry of this.entries.values()) take(entry);
  }

  seen(): Seen {
    const files = [...this.entries.values()].map((entry) => ({
      fileIx: entry.fileIx, path: `${entry.root}/${entry.path}`, state: entry.state, offset: entry.offset, lines: entry.lines, rejects: entry.rejects,
    }));
    return { files, lines: this.lines };
  }

  async sidecars(): Promise<SidecarMark[]> {
    return [...this.beside.values()];
  }

  private store(op: CommitOp): void {
    if (op.kind === 'sidecar') {
      this.beside.set(op.sidecar.path, op.sidecar);
      return;
    }
    const { file } = op;
    const stored = this.entries.get(file.fileIx);
    const at = stored?.offset ?? 0;
    const [first, end] = op.kind === 'segment' ? [op.firstByte, op.firstByte + op.scan.bytes] : [file.offset, file.offset];
    if (first !== at) this.violations.push(`file ${file.fileIx} (${file.path}): commit from ${first}, stored to ${at}`);
    if (file.offset !== end) this.violations.push(`file ${file.fileIx} (${file.path}): offset ${file.offset} after bytes to ${end}`);
    if (op.kind === 'segment') {
      if (file.lines - op.scan.lines !== (stored?.lines ?? 0)) this.violations.push(`file ${file.fileIx}: ${file.lines} lines after ${stored?.lines ?? 0} and ${op.scan.lines}`);
      this.lines.push(...linesOf(op));
    }
    this.entries.set(file.fileIx, file);
  }
}

function linesOf({ scan, file }: SegmentOp): SeenLine[] {
  const lines: SeenLine[] = scan.rejects.map((reject) => ({ fileIx: file.fileIx, byteOffset: reject.byteOffset, byteLength: reject.byteLength, uuid: null }));
  for (let row = 0; row < scan.rows; row++) {
    lines.push({ fileIx: file.fileIx, byteOffset: scan.byteOffset[row] as number, byteLength: scan.byteLength[row] as number, uuid: getId(scan.uuid, row) });
  }
  return lines.toSorted((a, b) => a.byteOffset - b.byteOffset);
}
