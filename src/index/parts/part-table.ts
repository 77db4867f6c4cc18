// The parts of the archive in the order in which they are listed, and which files each has bytes of. Some 300 bytes a
// part, and eight for each of its files.

import type { AddedPart } from '../follow/commit-changes.ts';
import type { Following } from '../follow/followed.ts';

export type PartFacts = Readonly<Omit<AddedPart, 'segments'>>;
/** When it was made, and its name: no two parts have both. */
type Place = Pick<PartFacts, 'createdMs' | 'id'>;

export class PartTable implements Following {
  private readonly parts: PartFacts[] = [];
  /** Numbers of files, part by part, and where those of each part begin. */
  private readonly files: number[] = [];
  private readonly firstFiles: number[] = [];

  /** `files`: may have some more than once. It comes behind all others. */
  append(part: PartFacts, files: Iterable<number>): void {
    this.parts.push(part);
    this.firstFiles.push(this.files.length);
    for (const file of new Set(files)) this.files.push(file);
  }

  addPart({ segments, ...part }: AddedPart): boolean {
    // The clock may have gone back.
    if (this.firstBehind(part) < this.parts.length) return false;
    this.append(part, segments.map(({ fileIx }) => fileIx));
    return true;
  }

  /** Commits tell nothing of parts. */
  commit(): void {}

  /** Those behind a place, in order. `files`: only such as have bytes of any of these. */
  *after(place: Place | null, files: ReadonlySet<number> | null): Generator<PartFacts> {
    for (let at = place === null ? 0 : this.firstBehind(place); at < this.parts.length; at++) {
      if (files === null || this.hasAny(at, files)) yield this.parts[at] as PartFacts;
    }
  }

  private hasAny(at: number, files: ReadonlySet<number>): boolean {
    const end = this.firstFiles[at + 1] ?? this.files.length;
    for (let i = this.firstFiles[at] as number; i < end; i++) if (files.has(this.files[i] as number)) return true;
    return false;
  }

  private firstBehind({ createdMs, id }: Place): number {
    let [from, to] = [0, this.parts.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      const part = this.parts[middle] as PartFacts;
      if (part.createdMs < createdMs || (part.createdMs === createdMs && part.id <= id)) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
