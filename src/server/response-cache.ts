// Answers kept while the lake stands still: bounded in bytes, valid for one state of the lake, and for a
// short time only, as some fields follow the clock or a source file rather than a commit.

import { LRUCache } from 'lru-cache';
import type { FastifyRequest } from 'fastify';
import type { ServerDeps } from './deps.ts';

const CACHE_MAX_BYTES = 32 * 1024 * 1024;
const ENTRY_MAX_BYTES = 2 * 1024 * 1024;
const ENTRY_TTL_MS = 2000;
/** What an entry costs beside its payload. */
const ENTRY_OVERHEAD_BYTES = 512;

interface CachedAnswer {
  stamp: string;
  etag: string;
  payload: string;
}

export class ResponseCache {
  readonly #lake: Pick<ServerDeps, 'questions' | 'revision'>;
  readonly #answers = new LRUCache<string, CachedAnswer>({
    maxSize: CACHE_MAX_BYTES,
    maxEntrySize: ENTRY_MAX_BYTES,
    ttl: ENTRY_TTL_MS,
    // V8 keeps text beyond Latin-1 in two bytes a character.
    sizeCalculation: (answer, key) => 2 * (answer.payload.length + key.length) + ENTRY_OVERHEAD_BYTES,
  });

  constructor(lake: Pick<ServerDeps, 'questions' | 'revision'>) {
    this.#lake = lake;
  }

  get bytes(): number {
    return this.#answers.calculatedSize;
  }

  /** Where the answer to this request may be kept; to be asked before it is computed. */
  slot(request: FastifyRequest): { key: string; stamp: string } {
    return { key: keyOf(request), stamp: this.#stamp() };
  }

  find(slot: { key: string; stamp: string }): CachedAnswer | undefined {
    const answer = this.#answers.get(slot.key);
    return answer?.stamp === slot.stamp ? answer : undefined;
  }

  /** Not kept where the lake moved on while the answer was computed: which state it shows is not known. */
  keep(slot: { key: string; stamp: string }, etag: string, payload: string): void {
    if (slot.stamp === this.#stamp()) this.#answers.set(slot.key, { stamp: slot.stamp, etag, payload });
  }

  #stamp(): string {
    const { questions, revision } = this.#lake;
    return `${questions.epoch}/${questions.top()}/${revision()}`;
  }
}

/** Path and parameters as they were understood: the order they came in and defaults spelled out make no difference. */
function keyOf(request: FastifyRequest): string {
  const path = request.url.split('?', 1)[0] ?? '';
  const parameters = Object.entries(request.query as Record<string, unknown>).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${path}?${JSON.stringify(parameters)}`;
}
