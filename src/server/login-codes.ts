// Codes that let a browser in: each good once and for a minute, so that one may stand in an address, where
// the token itself never does.

import { randomBytes } from 'node:crypto';

const GOOD_MS = 60_000;
const CODES_MAX = 100;

export class LoginCodes {
  readonly #untilMs = new Map<string, number>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  make(): { code: string; expiresMs: number } {
    const code = randomBytes(32).toString('base64url');
    const expiresMs = this.#now() + GOOD_MS;
    this.#untilMs.set(code, expiresMs);
    const [oldest] = this.#untilMs.keys();
    if (this.#untilMs.size > CODES_MAX && oldest !== undefined) this.#untilMs.delete(oldest);
    return { code, expiresMs };
  }

  /** True once. */
  take(code: string): boolean {
    const untilMs = this.#untilMs.get(code);
    this.#untilMs.delete(code);
    return untilMs !== undefined && untilMs > this.#now();
  }
}
