// What a stream is about to ask the archive for. A query of a part costs as much for one line as for a thousand, and
// sessions are often small: so the next lines of all files that are gone are asked for together. They are kept where
// all archived lines are, with a bound for all streams; a stream whose lines had to go before it came to them
// asks for fewer. It is a hint: whatever fails here, fails again and is told where the line itself is read.

import type { SourceFiles } from '../../core/archive-port.ts';
import { Turns } from '../../core/time/turns.ts';
import { spanOf } from './archived-lines.ts';
import type { ArchivedLines, Span } from './archived-lines.ts';
import type { LineRange } from './line-range.ts';

const FIRST_BYTES = 1024 * 1024;
const LEAST_BYTES = 256 * 1024;
/** Half of what is kept of all. */
const MOST_BYTES = 8 * 1024 * 1024;
const GROWTH = 2;
/** Files that are there are opened to know it. */
const PRESENT_MAX = 64;

export class ReadAhead {
  private readonly sources: SourceFiles;
  private readonly archived: Pick<ArchivedLines, 'holds' | 'ahead'>;
  /** What was asked for last, by file. */
  private asked = new Map<number, Span>();
  /** Nothing was read ahead of it: of that it is read as it is asked for. */
  private isVain = false;
  private bytes = FIRST_BYTES;

  constructor(sources: SourceFiles, archived: Pick<ArchivedLines, 'holds' | 'ahead'>) {
    this.sources = sources;
    this.archived = archived;
  }

  /** Before the line at `first` is read, whose file is gone; it and those before `end` are to be read in this order. */
  async from(first: number, end: number, rangeAt: (row: number) => LineRange): Promise<void> {
    const range = rangeAt(first);
    const next = spanOf(range.file_ix, [range]);
    if (this.archived.holds(next)) return;
    if (includes(this.asked.get(next.file), next)) {
      if (this.isVain) return;
      this.bytes = Math.max(LEAST_BYTES, this.bytes / GROWTH);
    } else if (this.asked.size > 0) this.bytes = Math.min(MOST_BYTES, this.bytes * GROWTH);
    this.asked = await this.next(first, end, rangeAt);
    // Of one file alone the archive reads ahead itself.
    this.isVain = this.asked.size === 1;
    if (this.isVain) return;
    try {
      await this.archived.ahead([...this.asked.values()]);
    } catch {
      this.isVain = true;
    }
  }

  private async next(first: number, end: number, rangeAt: (row: number) => LineRange): Promise<Map<number, Span>> {
    const spans = new Map<number, Span>();
    const isGone = new Map<number, boolean>();
    const turns = new Turns();
    let [bytes, present] = [0, 0];
    for (let row = first; row < end && present < PRESENT_MAX; row++) {
      const range = rangeAt(row);
      const { file_ix: file } = range;
      const gone = isGone.get(file) ?? (await this.isGone(file));
      if (!isGone.has(file)) {
        isGone.set(file, gone);
        if (!gone) present += 1;
        if (turns.isOver) await turns.next();
      }
      if (!gone) continue;
      const before = spans.get(file);
      const span = spanOf(file, [range]);
      const both = before === undefined ? span : { file, from: Math.min(before.from, span.from), to: Math.max(before.to, span.to) };
      bytes += both.to - both.from - (before === undefined ? 0 : before.to - before.from);
      if (bytes > this.bytes && spans.size > 0) break;
      spans.set(file, both);
    }
    return spans;
  }

  private async isGone(file: number): Promise<boolean> {
    const handle = await this.sources.open(file);
    handle?.release();
    return handle === null;
  }
}

function includes(outer: Span | undefined, { from, to }: Span): boolean {
  return outer !== undefined && outer.from <= from && to <= outer.to;
}
