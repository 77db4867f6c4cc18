// Which files were found sound, so that they are not opened again while nothing was written to them: the time of
// an inode's last change is set by the system alone, by every write and also where other times are set by hand.

import type { Stats } from 'node:fs';
import type { KnownFile } from './known-file.ts';

/** A file that changed so shortly before may change again at the same time, as far as its file system tells times. */
const TOO_RECENT_MS = 3000;

export class SoundFiles {
  /** By file: when its inode changed, 0 for one that is to be looked at, and the offset that was checked. */
  private marks: Float64Array<ArrayBuffer>;
  private readonly until = Date.now() - TOO_RECENT_MS;

  constructor(marks = new Float64Array(0)) {
    this.marks = marks;
  }

  get buffer(): Float64Array<ArrayBuffer> {
    return this.marks;
  }

  /** Whether it was found sound as it is known; it may have changed since. */
  isMarked({ fileIx, offset }: KnownFile): boolean {
    return this.marks[2 * fileIx] !== 0 && this.marks[2 * fileIx + 1] === offset;
  }

  isUnchanged({ fileIx, fingerprint }: KnownFile, stats: Stats): boolean {
    return stats.isFile() && this.marks[2 * fileIx] === stats.ctimeMs && String(stats.ino) === fingerprint.ino && String(stats.dev) === fingerprint.dev;
  }

  mark({ fileIx, offset }: KnownFile, { ctimeMs }: Stats): void {
    if (2 * fileIx + 1 >= this.marks.length) {
      const larger = new Float64Array(Math.max(2 * fileIx + 2, this.marks.length * 1.25));
      larger.set(this.marks);
      this.marks = larger;
    }
    this.marks[2 * fileIx] = ctimeMs < this.until ? ctimeMs : 0;
    this.marks[2 * fileIx + 1] = offset;
  }
}
