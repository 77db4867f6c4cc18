// The writer as ingest sees it, with what its commits took and held.

import type { CommitOp, CommitSink } from '../core/commit-op.ts';
import { Durations } from '../core/time/durations.ts';
import type { FileEntry } from '../core/file-entry.ts';
import type { SidecarMark } from '../core/sidecar.ts';

export class MeasuredSink implements CommitSink {
  readonly commits = new Durations();
  bytes = 0;
  lines = 0;
  rejects = 0;
  /** Told of each commit, in seconds. */
  observer: ((seconds: number) => void) | null = null;
  private readonly sink: CommitSink;

  constructor(sink: CommitSink) {
    this.sink = sink;
  }

  async commit(ops: readonly CommitOp[]): Promise<void> {
    const started = performance.now();
    await this.sink.commit(ops);
    const ms = performance.now() - started;
    this.commits.add(ms);
    this.observer?.(ms / 1000);
    for (const op of ops) {
      if (op.kind !== 'segment') continue;
      this.bytes += op.scan.bytes;
      this.lines += op.scan.rows;
      this.rejects += op.scan.rejects.length;
    }
  }

  files(take: (file: FileEntry) => void): Promise<void> {
    return this.sink.files(take);
  }

  sidecars(): Promise<SidecarMark[]> {
    return this.sink.sidecars();
  }
}
