// What all files come to, kept up to date as files change: an answer costs the same with ten files or a million.

import type { FileEntry } from '../../core/file-entry.ts';

/** Files that were replaced by another one under their path are not counted. */
export class FileSums {
  files = 0;
  bytesTotal = 0;
  bytesIndexed = 0;
  lines = 0;
  rejects = 0;
  /** Indexed, and in a part of the archive or never to be in one. */
  bytesSettled = 0;

  /** `sign`: -1 for what it was before. `settled`: bytes that are in the archive, or never will be. */
  count({ state, size, offset, lines, rejects }: Pick<FileEntry, 'state' | 'size' | 'offset' | 'lines' | 'rejects'>, settled: number, sign: 1 | -1): void {
    if (state === 'replaced') return;
    this.files += sign;
    this.bytesTotal += sign * Math.max(size, offset);
    this.bytesIndexed += sign * offset;
    this.lines += sign * lines;
    this.rejects += sign * rejects;
    this.bytesSettled += sign * settled;
  }
}
