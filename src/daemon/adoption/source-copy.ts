// A source file that may still hold what the archive has of it: then reading goes on behind that, and
// nothing of it is archived twice.

import { closeSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { endOf } from '../../archive/adoption-plan.ts';
import type { ArchivedFile } from '../../archive/adoption-plan.ts';
import type { PartLines } from '../../archive/part-lines.ts';
import { freshFingerprint, isGone, openSource, readExactly, statOf } from '../../ingest/identity.ts';
import type { Fingerprint } from '../../core/file-entry.ts';

const NEWLINE = 0x0a;
const SEARCH_BYTES = 4 * 1024 * 1024;

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

  /** Behind the first newline from byte `from` on; `to` where there is none before it. */
  lineEnd(from: number, to: number): number {
    for (let at = from; at < to; at += SEARCH_BYTES) {
      const bytes = readExactly(this.fd, at, Math.min(SEARCH_BYTES, to - at));
      const newline = bytes.indexOf(NEWLINE);
      if (newline !== -1) return at + newline + 1;
    }
    return to;
  }

  close(): void {
    closeSync(this.fd);
  }
}

/** The source at a path, where it still holds all of the pieces; `other`: it holds other bytes; null: there is none that can be read. */
export async function openHolding(path: string, file: ArchivedFile, lines: PartLines): Promise<SourceCopy | 'other' | null> {
  const copy = openCopy(path);
  if (copy === null) return null;
  const isFile = copy.stats.isFile();
  if (isFile && copy.stats.size >= endOf(file) && (await holdsAll(copy, file, lines))) return copy;
  copy.close();
  return isFile ? 'other' : null;
}

/** A file that cannot be read now is as good as none: what it holds beyond the archive is read later, as another one. */
function openCopy(path: string): SourceCopy | null {
  try {
    return SourceCopy.open(path);
  } catch {
    return null;
  }
}

async function holdsAll(copy: SourceCopy, file: ArchivedFile, lines: PartLines): Promise<boolean> {
  for (const piece of file.pieces) {
    for await (const { bytes, firstByte } of lines.runs(piece)) if (!copy.holds(bytes, firstByte)) return false;
  }
  return true;
}
