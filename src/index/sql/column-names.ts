// Names of an answer's columns, so that each has its own: two of one name would be one key of an object, and one
// column of a table, where letter case makes no difference.

/** A name that another column has already gets the first number behind it that makes it a new one. */
export function distinctNames(names: readonly string[]): string[] {
  const taken = new Set(names.map((name) => name.toLowerCase()));
  const seen = new Map<string, number>();
  return names.map((name) => {
    const key = name.toLowerCase();
    let n = seen.get(key);
    seen.set(key, n ?? 0);
    if (n === undefined) return name;
    do n += 1; while (taken.has(`${key}:${n}`));
    seen.set(key, n);
    taken.add(`${key}:${n}`);
    return `${name}:${n}`;
  });
}
