// A small seeded random source (sfc32). The same seed gives the same stream on
// every machine, so a failing bench or test can be repeated from its seed alone.
// Not for secrets.

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BYTE_HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** FNV-1a, to turn a label into 32 bits. */
function hashLabel(label: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < label.length; i++) {
    hash = Math.imul(hash ^ label.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}

function hex32(word: number): string {
  return (
    (BYTE_HEX[word >>> 24] as string) +
    (BYTE_HEX[(word >>> 16) & 255] as string) +
    (BYTE_HEX[(word >>> 8) & 255] as string) +
    (BYTE_HEX[word & 255] as string)
  );
}

export class Rng {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  constructor(seed: number, label = '') {
    this.a = seed | 0;
    this.b = Math.floor(seed / 0x1_0000_0000) | 0;
    this.c = hashLabel(label) | 0;
    // The first outputs still resemble the seed.
    for (let i = 0; i < 15; i++) this.u32();
  }

  /** An independent stream: drawing from it does not move this one's later draws. */
  fork(label: string): Rng {
    return new Rng(this.u32() * 0x20_0000 + (this.u32() & 0x1f_ffff), label);
  }

  u32(): number {
    const sum = (this.a + this.b + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + sum | 0;
    return sum >>> 0;
  }

  /** From 0 up to, not including, 1. */
  float(): number {
    return this.u32() / 0x1_0000_0000;
  }

  /** Both ends included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.float() * (max - min + 1));
  }

  chance(probability: number): boolean {
    return this.float() < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.float() * items.length)] as T;
  }

  uuid(): string {
    const w0 = hex32(this.u32());
    const w1 = hex32(((this.u32() & 0xffff0fff) | 0x4000) >>> 0);
    const w2 = hex32(((this.u32() & 0x3fffffff) | 0x80000000) >>> 0);
    const w3 = hex32(this.u32());
    return `${w0}-${w1.slice(0, 4)}-${w1.slice(4)}-${w2.slice(0, 4)}-${w2.slice(4)}${w3}`;
  }

  hex(chars: number): string {
    let out = '';
    while (out.length < chars) out += hex32(this.u32());
    return out.slice(0, chars);
  }

  base62(chars: number): string {
    let out = '';
    let word = 0;
    for (let i = 0; i < chars; i++) {
      // Five digits of base 62 fit into one 32-bit draw.
      if (i % 5 === 0) word = this.u32();
      out += BASE62[word % 62];
      word = Math.floor(word / 62);
    }
    return out;
  }

  base64(chars: number): string {
    const words = new Uint32Array(Math.ceil((chars * 3) / 16) + 1);
    for (let i = 0; i < words.length; i++) words[i] = this.u32();
    return Buffer.from(words.buffer).toString('base64').slice(0, chars);
  }
}
