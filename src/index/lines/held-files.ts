// Source files that one stream reads, open between two of its chunks: lines of several files may follow
// upon one another in any order, and each opening verifies who the file is.

import type { SourceFiles } from '../../core/archive-port.ts';

type Handle = Awaited<ReturnType<SourceFiles['open']>>;

const FILES_MAX = 64;

export class HeldFiles {
  private readonly sources: SourceFiles;
  private readonly handles = new Map<number, NonNullable<Handle>>();

  constructor(sources: SourceFiles) {
    this.sources = sources;
  }

  /** Undefined where it is not held: then it has to be opened. */
  get(fileIx: number): NonNullable<Handle> | undefined {
    return this.handles.get(fileIx);
  }

  /** Null where the bytes that were indexed are gone from the source. May let go of the others. */
  async open(fileIx: number): Promise<Handle> {
    if (this.handles.size === FILES_MAX) this.release();
    const handle = await this.sources.open(fileIx);
    if (handle !== null) this.handles.set(fileIx, handle);
    return handle;
  }

  /** Before whatever may take long. */
  release(): void {
    for (const handle of this.handles.values()) handle.release();
    this.handles.clear();
  }
}
