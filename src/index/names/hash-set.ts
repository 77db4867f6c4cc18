// Sets of hashes in typed arrays, at most 2/3 full, linear probing.

const FIRST_SLOTS = 64;

/** Of 64-bit keys: 8 bytes a slot, both halves side by side in one array. */
export class HashSet64 {
  private slots = new Uint32Array(FIRST_SLOTS * 2);
  private hasZero = false;
  private used = 0;

  get size(): number {
    return this.used + (this.hasZero ? 1 : 0);
  }

  /** Bytes held. */
  get bytes(): number {
    return this.slots.byteLength;
  }

  /** True where the key was not there yet. */
  add(high: number, low: number): boolean {
    if (high === 0 && low === 0) {
      const added = !this.hasZero;
      this.hasZero = true;
      return added;
    }
    const at = this.find(high >>> 0, low >>> 0);
    if (at < 0) return false;
    this.slots[at] = high;
    this.slots[at + 1] = low;
    this.used += 1;
    if (this.used * 3 > this.slots.length) this.grow();
    return true;
  }

  has(high: number, low: number): boolean {
    return high === 0 && low === 0 ? this.hasZero : this.find(high >>> 0, low >>> 0) < 0;
  }

  /** The free place for a key, or -1 where the key is there. */
  private find(high: number, low: number): number {
    const { slots } = this;
    const mask = slots.length - 1;
    let at = Math.imul(high ^ Math.imul(low, 0x9e3779b1), 0x85ebca6b) << 1 & mask;
    for (;;) {
      const h = slots[at] as number;
      const l = slots[at + 1] as number;
      if (h === 0 && l === 0) return at;
      if (h === high && l === low) return -1;
      at = at + 2 & mask;
    }
  }

  private grow(): void {
    const { slots } = this;
    this.slots = new Uint32Array(slots.length * 2);
    for (let from = 0; from < slots.length; from += 2) {
      if (slots[from] === 0 && slots[from + 1] === 0) continue;
      const at = this.find(slots[from] as number, slots[from + 1] as number);
      this.slots[at] = slots[from] as number;
      this.slots[at + 1] = slots[from + 1] as number;
    }
  }
}

/**
 * Of 32-bit keys: half of that, for whoever can live with two 64-bit hashes in four billion that are taken for one
 * another.
 */
export class HashSet32 {
  private slots = new Uint32Array(FIRST_SLOTS);
  private hasZero = false;
  private used = 0;

  /** True where the key was not there yet. */
  add(key: number): boolean {
    if (key === 0) {
      const added = !this.hasZero;
      this.hasZero = true;
      return added;
    }
    const at = this.find(key >>> 0);
    if (at < 0) return false;
    this.slots[at] = key;
    this.used += 1;
    if (this.used * 3 > this.slots.length * 2) this.grow();
    return true;
  }

  has(key: number): boolean {
    return key === 0 ? this.hasZero : this.find(key >>> 0) < 0;
  }

  private find(key: number): number {
    const { slots } = this;
    const mask = slots.length - 1;
    let at = Math.imul(key ^ (key >>> 15), 0x9e3779b1) >>> 0 & mask;
    for (;;) {
      const there = slots[at] as number;
      if (there === 0) return at;
      if (there === key) return -1;
      at = at + 1 & mask;
    }
  }

  private grow(): void {
    const { slots } = this;
    this.slots = new Uint32Array(slots.length * 2);
    for (const key of slots) if (key !== 0) this.slots[this.find(key)] = key;
  }
}
