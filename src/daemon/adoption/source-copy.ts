// A source file that may still hold what the archive has of it: then reading goes on behind that, and
// nothing of it is archived twice.

import { closeSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { freshFingerprint, isGone, openSource, readExactly, statOf } from '../../ingest/identity.ts';
import type { Fingerprint } from '../../core/file-entry.ts';

export class SourceCopy {
  private readonly fd: number;
  readonly stats: Stats;

  private constructor(fd: number) {
    this.fd = fd;
    this.stats = statOf(fd);
  }

  /** Null where there is no such file. Throws where it cannot be opened now. */
  static open(path: string): SourceCopy | null {
    try {
      return new SourceCopy(openSource(path));
    } catch (error) {
      if (isGone(error)) return null;
      throw error;
    }
  }

  /** Who it is, before anything of it was read. */
  get fingerprint(): Fingerprint {
    return freshFingerprint(this.stats);
  }

  holds(bytes: Uint8Array, at: number): boolean {
    return Buffer.compare(readExactly(this.fd, at, bytes.length), bytes) === 0;
  }

  read(from: number, to: number): Buffer {
    return Buffer.from(readExactly(this.fd, from, to - from));
  }

  close(): void {
    closeSync(this.fd);
  }
}
