// Sessions in the order of a time of theirs, kept as sessions change: a page of a list is where it begins, and
// not all of them. Those that changed are placed anew when somebody asks, in one pass over the numbers.

/** A place in the order; of several sessions of one time, by their numbers. */
export interface Place {
  ms: number;
  ix: number;
}

export class SessionOrder {
  private ixs = new Int32Array(0);
  private times = new Float64Array(0);
  private readonly touched = new Set<number>();

  /** It is new, or its time may be another one. */
  touch(session: number): void {
    this.touched.add(session);
  }

  /** `timeOf`: null for a session that is in no list. */
  place(timeOf: (session: number) => number | null): void {
    if (this.touched.size === 0) return;
    const placed = [...this.touched].map((ix) => ({ ix, ms: timeOf(ix) })).filter((one): one is Place => one.ms !== null).toSorted(compare);
    const [ixs, times] = [new Int32Array(this.ixs.length + placed.length), new Float64Array(this.ixs.length + placed.length)];
    let [length, next] = [0, 0];
    const append = (ix: number, ms: number): void => {
      ixs[length] = ix;
      times[length++] = ms;
    };
    for (let at = 0; at < this.ixs.length; at++) {
      const [ix, ms] = [this.ixs[at] as number, this.times[at] as number];
      if (this.touched.has(ix)) continue;
      for (let one = placed[next]; one !== undefined && (one.ms - ms || one.ix - ix) < 0; one = placed[++next]) append(one.ix, one.ms);
      append(ix, ms);
    }
    for (; next < placed.length; next++) append((placed[next] as Place).ix, (placed[next] as Place).ms);
    this.touched.clear();
    // Its own length: as many as there are, without the room of those that were placed anew.
    this.ixs = ixs.slice(0, length);
    this.times = times.slice(0, length);
  }

  /** What comes after a place, or all. */
  *walk(direction: 1 | -1, after: Place | null): Generator<Place> {
    const { ixs, times } = this;
    let at = direction === 1 ? 0 : ixs.length - 1;
    if (after !== null) at = direction === 1 ? this.countUpTo(after, true) : this.countUpTo(after, false) - 1;
    for (; at >= 0 && at < ixs.length; at += direction) yield { ix: ixs[at] as number, ms: times[at] as number };
  }

  /** How many come before a place, or are at it. */
  private countUpTo({ ms, ix }: Place, including: boolean): number {
    let [from, to] = [0, this.ixs.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      const difference = (this.times[middle] as number) - ms || (this.ixs[middle] as number) - ix;
      if (difference < 0 || (including && difference === 0)) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

function compare(a: Place, b: Place): number {
  return a.ms - b.ms || a.ix - b.ix;
}
