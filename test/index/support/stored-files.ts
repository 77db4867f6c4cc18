// Source files that are on disk, for an index whose content is read.

import { appendFileSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { SourceFiles } from '../../../src/core/archive-port.ts';
import type { SegmentOp } from '../../../src/core/commit-op.ts';
import { TestIndex } from './test-index.ts';

export class StoredFiles implements SourceFiles {
  /** Descriptors that were not given back. */
  held = 0;
  private readonly dir: string;
  private readonly fds = new Map<number, number>();

  constructor(dir: string) {
    this.dir = dir;
  }

  /** Appends what was read to where it will be read again. */
  store({ file, bytes }: SegmentOp): void {
    appendFileSync(this.path(file.fileIx), bytes);
  }

  path(fileIx: number): string {
    return join(this.dir, `${fileIx}.jsonl`);
  }

  open(fileIx: number): ReturnType<SourceFiles['open']> {
    const fd = this.fds.get(fileIx) ?? openSync(this.path(fileIx), 'r');
    this.fds.set(fileIx, fd);
    this.held += 1;
    return Promise.resolve({ fd, release: () => (this.held -= 1) });
  }

  close(): void {
    for (const fd of this.fds.values()) closeSync(fd);
  }
}

/** An index whose files lie below its own folder. */
export async function indexWithFiles(): Promise<{ index: TestIndex; files: StoredFiles }> {
  const index = await TestIndex.open();
  const dir = join(index.dir, 'sources');
  mkdirSync(dir);
  const files = new StoredFiles(dir);
  index.sources = files;
  return { index, files };
}
