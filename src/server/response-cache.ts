// Answers kept while what they depend on stands still: bounded in bytes, the least used go first. An answer
// is good as long as the version it was made in is, and who asks while it is made waits for it. Compressed
// forms are kept beside it, by the tag of what they hold.

import { LRUCache } from 'lru-cache';
import type { Versions } from '../core/answers/versions.ts';
import { AnswersUnderway } from './answers-underway.ts';
import { versionOf, type Scope } from './cache-scope.ts';

const CACHE_MAX_BYTES = 20 * 1024 * 1024;
const ENTRY_MAX_BYTES = 4 * 1024 * 1024;
/** What an entry costs beside its payload. */
const ENTRY_OVERHEAD_BYTES = 512;

/** Where an answer may be kept; made before the answer is. */
export interface CacheSlot {
  key: string;
  scope: Scope;
  version: string;
}

export interface CachedAnswer {
  etag: string;
  payload: Buffer;
}

export interface Dropped {
  entries: number;
  bytes: number;
}

export interface CacheState {
  entries: number;
  bytes: number;
  max_bytes: number;
  hits: number;
  misses: number;
  evictions: number;
  hit_rate: number;
}

/** Of a compressed form there is no slot: it goes with the answer of its tag. */
type Entry = CachedAnswer & { slot: CacheSlot | null };

export class ResponseCache {
  readonly #versions: Versions;
  readonly #now: () => number;
  #hits = 0;
  #misses = 0;
  #evictions = 0;
  readonly #underway = new AnswersUnderway<CachedAnswer>();
  readonly #entries = new LRUCache<string, Entry>({
    maxSize: CACHE_MAX_BYTES,
    maxEntrySize: ENTRY_MAX_BYTES,
    sizeCalculation: ({ payload }, key) => payload.length + 4 * key.length + ENTRY_OVERHEAD_BYTES,
    dispose: (_entry, _key, reason) => { if (reason === 'evict') this.#evictions += 1; },
  });

  constructor(versions: Versions, now: () => number = Date.now) {
    this.#versions = versions;
    this.#now = now;
  }

  get state(): CacheState {
    const [hits, misses] = [this.#hits, this.#misses];
    return {
      entries: this.#entries.size, bytes: this.#entries.calculatedSize, max_bytes: CACHE_MAX_BYTES,
      hits, misses, evictions: this.#evictions, hit_rate: hits + misses === 0 ? 0 : hits / (hits + misses),
    };
  }

  slot(key: string, scope: Scope): CacheSlot {
    return { key, scope, version: this.#version(scope) };
  }

  /** What is kept, or is being made for somebody else. After undefined, a miss, it has to be made, and then kept or ended. */
  find(slot: CacheSlot): CachedAnswer | undefined | Promise<CachedAnswer | undefined> {
    const entry = this.#entries.get(slot.key);
    if (entry?.slot?.version === slot.version) return this.#count(slot, entry);
    const underway = this.#underway.of(questionOf(slot));
    return underway === undefined ? this.#count(slot, undefined) : underway.then((found) => this.#count(slot, found));
  }

  /**
   * Not where what it depends on changed meanwhile: which state the answer shows is not known. Good enough
   * for who waits for it, who asked before that.
   */
  keep(slot: CacheSlot, answer: CachedAnswer): void {
    const version = this.#version(slot.scope);
    const isSame = version === slot.version;
    // That it depends on less than the lake may have been found out by making it.
    if (isSame || slot.version === this.#versions.lake()) this.#entries.set(slot.key, { slot: isSame ? slot : { ...slot, version }, ...answer });
    this.#underway.end(questionOf(slot), answer);
  }

  /** Nothing came of it, or it has ended before. */
  end(slot: CacheSlot): void {
    this.#underway.end(questionOf(slot));
  }

  /** `form`: its encoding and type. */
  encoded(etag: string, form: string): Buffer | undefined {
    return this.#entries.get(`${form} ${etag}`)?.payload;
  }

  keepEncoded(etag: string, form: string, payload: Buffer): void {
    this.#entries.set(`${form} ${etag}`, { slot: null, etag, payload });
  }

  clear(): Dropped {
    return this.#dropping(() => this.#entries.clear());
  }

  /** Drops what is not good any more. */
  cleanup(): Dropped {
    return this.#dropping(() => {
      const good = new Set<string>();
      for (const [key, { slot, etag }] of this.#entries.entries()) {
        if (slot === null) continue;
        if (this.#version(slot.scope) === slot.version) good.add(etag);
        else this.#entries.delete(key);
      }
      for (const [key, { slot, etag }] of this.#entries.entries()) if (slot === null && !good.has(etag)) this.#entries.delete(key);
    });
  }

  #count(slot: CacheSlot, found: CachedAnswer | undefined): CachedAnswer | undefined {
    if (found === undefined) {
      this.#misses += 1;
      this.#underway.begin(questionOf(slot));
    } else {
      this.#hits += 1;
    }
    return found;
  }

  #version(scope: Scope): string {
    return versionOf(scope, this.#versions, this.#now());
  }

  #dropping(drop: () => void): Dropped {
    const before = this.state;
    drop();
    return { entries: before.entries - this.#entries.size, bytes: before.bytes - this.#entries.calculatedSize };
  }
}

function questionOf({ key, version }: CacheSlot): string {
  return `${version} ${key}`;
}
