// The first so many of a list in some order, without sorting all of it.

/** `before`: negative where `a` comes first; no two are equal. */
export function firstOf<T>(items: Iterable<T>, count: number, before: (a: T, b: T) => number): T[] {
  const best: T[] = [];
  for (const item of items) {
    const last = best.at(-1);
    if (best.length === count && last !== undefined && before(last, item) < 0) continue;
    let [from, to] = [0, best.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (before(best[middle] as T, item) < 0) from = middle + 1;
      else to = middle;
    }
    best.splice(from, 0, item);
    if (best.length > count) best.pop();
  }
  return best;
}
