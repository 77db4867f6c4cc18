// Rows by the hash of something they have, in typed arrays: open addressing with linear probing, at most 2/3 full.
// Whoever asks says which of the rows of a hash is meant.

const FIRST_SLOTS = 64;

export class RowIndex {
  private hashes = new Uint32Array(FIRST_SLOTS);
  /** 0 where a slot is free. */
  private rows = new Uint32Array(FIRST_SLOTS);
  private used = 0;

  /** The first row of a hash that `is` says it is; 0 for none. */
  find(hash: number, is: (row: number) => boolean): number {
    const { hashes, rows } = this;
    const mask = rows.length - 1;
    for (let at = hash & mask; rows[at] !== 0; at = at + 1 & mask) if (hashes[at] === hash && is(rows[at] as number)) return rows[at] as number;
    return 0;
  }

  /** All rows of a hash. */
  all(hash: number): number[] {
    const found: number[] = [];
    this.find(hash, (row) => found.push(row) === 0);
    return found;
  }

  /** `row`: from 1 on, and not there yet. */
  add(hash: number, row: number): void {
    if ((this.used + 1) * 3 > this.rows.length * 2) this.grow();
    this.put(hash, row);
    this.used += 1;
  }

  /** Nothing where it is not there. */
  delete(hash: number, row: number): void {
    const { hashes, rows } = this;
    const mask = rows.length - 1;
    let free = hash & mask;
    for (; rows[free] !== row || hashes[free] !== hash; free = free + 1 & mask) if (rows[free] === 0) return;
    // What comes after it moves up where it would not be found behind a free slot.
    for (let at = free + 1 & mask; rows[at] !== 0; at = at + 1 & mask) {
      const wayFromHome = at - (hashes[at] as number) & mask;
      if (wayFromHome < (at - free & mask)) continue;
      [hashes[free], rows[free]] = [hashes[at] as number, rows[at] as number];
      free = at;
    }
    rows[free] = 0;
    this.used -= 1;
  }

  private put(hash: number, row: number): void {
    const mask = this.rows.length - 1;
    let at = hash & mask;
    while (this.rows[at] !== 0) at = at + 1 & mask;
    this.hashes[at] = hash;
    this.rows[at] = row;
  }

  private grow(): void {
    const { hashes, rows } = this;
    this.hashes = new Uint32Array(rows.length * 2);
    this.rows = new Uint32Array(rows.length * 2);
    for (const [at, row] of rows.entries()) if (row !== 0) this.put(hashes[at] as number, row);
  }
}

/** A hash of a short text, or of several, for a `RowIndex`. */
export function rowHash(...texts: readonly string[]): number {
  let hash = 0x811c9dc5;
  for (const text of texts) {
    for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
    hash = Math.imul(hash ^ 0x100, 0x01000193);
  }
  hash = Math.imul(hash ^ hash >>> 16, 0x85ebca6b);
  return (hash ^ hash >>> 13) >>> 0;
}
