// A set of 64-bit keys in typed arrays: 8 bytes a slot, at most 2/3 full, linear probing.

const FIRST_SLOTS = 64;

export class HashSet64 {
  private high = new Uint32Array(FIRST_SLOTS);
  private low = new Uint32Array(FIRST_SLOTS);
  private hasZero = false;
  private used = 0;

  get size(): number {
    return this.used + (this.hasZero ? 1 : 0);
  }

  /** Bytes held. */
  get bytes(): number {
    return this.high.byteLength * 2;
  }

  /** True where the key was not there yet. */
  add(high: number, low: number): boolean {
    if (high === 0 && low === 0) {
      const added = !this.hasZero;
      this.hasZero = true;
      return added;
    }
    const slot = this.find(high >>> 0, low >>> 0);
    if (slot < 0) return false;
    this.high[slot] = high;
    this.low[slot] = low;
    this.used += 1;
    if (this.used * 3 > this.high.length * 2) this.grow();
    return true;
  }

  has(high: number, low: number): boolean {
    return high === 0 && low === 0 ? this.hasZero : this.find(high >>> 0, low >>> 0) < 0;
  }

  /** The free slot for a key, or -1 where the key is there. */
  private find(high: number, low: number): number {
    const mask = this.high.length - 1;
    let slot = Math.imul(high ^ Math.imul(low, 0x9e3779b1), 0x85ebca6b) >>> 0 & mask;
    for (;;) {
      const h = this.high[slot] as number;
      const l = this.low[slot] as number;
      if (h === 0 && l === 0) return slot;
      if (h === high && l === low) return -1;
      slot = (slot + 1) & mask;
    }
  }

  private grow(): void {
    const { high, low } = this;
    this.high = new Uint32Array(high.length * 2);
    this.low = new Uint32Array(high.length * 2);
    for (let i = 0; i < high.length; i++) {
      if (high[i] === 0 && low[i] === 0) continue;
      const slot = this.find(high[i] as number, low[i] as number);
      this.high[slot] = high[i] as number;
      this.low[slot] = low[i] as number;
    }
  }
}
