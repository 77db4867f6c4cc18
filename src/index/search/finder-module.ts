// The compiled finder: bytes are read into its memory, and it says where in them a sign stands. One a thread, made
// when first needed.

import { instantiateModule } from '../../sources/compiled-module.ts';
import type { SharedMemory } from '../../sources/compiled-module.ts';
import type { Sign } from './signs.ts';

/** What wasm/finder.ts exports; positions are in its memory. */
interface FinderExports {
  memory: SharedMemory;
  find(sign: number, from: number, to: number): number;
  SIGNS: { readonly value: number };
  SIGN_BYTES: { readonly value: number };
  SIGNS_MAX: { readonly value: number };
  BLOCK: { readonly value: number };
  BLOCK_MAX: { readonly value: number };
}

export class Finder {
  /** What is read into it can be gone through. */
  readonly block: Buffer;
  private readonly wasm: FinderExports;
  private readonly memory: Buffer;
  private count = 0;
  /** The next place of each sign. */
  private readonly next: number[] = [];

  constructor(wasm: FinderExports) {
    this.wasm = wasm;
    this.memory = Buffer.from(wasm.memory.buffer);
    this.block = this.memory.subarray(wasm.BLOCK.value, wasm.BLOCK.value + wasm.BLOCK_MAX.value);
  }

  /** Whether they are in the block. */
  holds(bytes: Uint8Array): boolean {
    return bytes.buffer === this.block.buffer;
  }

  /** For the calls of `find` to come, in a block that was just read. */
  use(signs: readonly Sign[]): void {
    const { SIGNS, SIGN_BYTES, SIGNS_MAX } = this.wasm;
    if (signs.length > SIGNS_MAX.value) throw new RangeError(`${signs.length} signs`);
    this.count = signs.length;
    signs.forEach((sign, i) => {
      this.memory.set(sign, SIGNS.value + i * SIGN_BYTES.value);
      this.next[i] = -1;
    });
  }

  /** The first place from `from` on at which a sign or an escape may stand, or `end`; positions in the block. */
  find(from: number, end: number): number {
    const { SIGNS, SIGN_BYTES, BLOCK } = this.wasm;
    let nearest = end;
    for (let i = 0; i < this.count; i++) {
      if ((this.next[i] as number) < from) this.next[i] = this.wasm.find(SIGNS.value + i * SIGN_BYTES.value, BLOCK.value + from, BLOCK.value + end) - BLOCK.value;
      nearest = Math.min(nearest, this.next[i] as number);
    }
    return nearest;
  }
}

let loaded: { finder: Finder | null } | undefined;

/** Null where it cannot be had: then every line is looked at. */
export function blockFinder(): Finder | null {
  loaded ??= { finder: load() };
  return loaded.finder;
}

function load(): Finder | null {
  try {
    return new Finder(instantiateModule('index/search/finder.wasm') as FinderExports);
  } catch {
    return null;
  }
}
