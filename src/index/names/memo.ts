// Small functions of small numbers, asked again and again within one segment.

export function memo<T>(make: (code: number) => T): (code: number) => T {
  const made: (T | undefined)[] = [];
  return (code) => (made[code] ??= make(code));
}

export function memo2(make: (a: number, b: number) => number): (a: number, b: number) => number {
  const made = new Map<number, number>();
  return (a, b) => {
    const key = a * 0x1000000 + b;
    let value = made.get(key);
    if (value === undefined) made.set(key, (value = make(a, b)));
    return value;
  };
}
