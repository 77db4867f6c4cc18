// How the rows of a filter lie in time, as far as searches saw them: spans one after another, and how many rows each
// had. It tells only how far a window should go: rows that came since are in whatever is read.

const SPANS_MAX = 512;

interface Span {
  /** Milliseconds: its oldest time. It goes up to the span before it. */
  from: number;
  rows: number;
}

export class Reach {
  /** Milliseconds that one row takes; null where none was seen yet. */
  msPerRow: number | null = null;
  /** The newest first. */
  private readonly spans: Span[] = [];

  /** How far a window of about so many rows goes that begins before `ms`; null where no search saw that. */
  below(ms: number, rows: number): number | null {
    let at = this.firstBelow(ms);
    let sum = this.spans[at]?.rows ?? 0;
    for (let next = this.spans[at + 1]; next !== undefined && sum + next.rows <= rows; next = this.spans[++at + 1]) sum += next.rows;
    return this.spans[at]?.from ?? null;
  }

  /** What was seen from a time on, up to another. */
  add(from: number, upto: number, rows: number): void {
    if (from >= upto) return;
    const first = this.firstBelow(upto);
    this.spans.splice(first, this.firstBelow(from) - first, { from, rows });
    if (this.spans.length > SPANS_MAX) this.spans.pop();
  }

  private firstBelow(ms: number): number {
    const at = this.spans.findIndex((span) => span.from < ms);
    return at === -1 ? this.spans.length : at;
  }
}
