// Proves an export whole as it passes: NDJSON by its last line, source lines by the HTTP trailers.
// Without that proof it was cut, however well it looks.

import { createHash, type Hash } from 'node:crypto';
import { LakeError } from '../core/errors.ts';
import { messageIn } from './problem.ts';

/** Held back until the end: room for the last line, and most often for the last record before a cut. */
const HELD_BYTES = 65_536;
const NEWLINE = 10;

export interface ExportCheck {
  add(chunk: Uint8Array): void;
  /** After the last chunk. Throws where it is not whole; returns the rows where they are known. */
  finish(trailers: Readonly<Record<string, string | undefined>>): number | null;
  /** The error of an export that broke off here. */
  broken(why: string, cause?: unknown): LakeError;
}

export function exportCheck(format: string): ExportCheck {
  if (format === 'ndjson') return new NdjsonCheck();
  return format === 'jsonl' ? new JsonlCheck() : { add: () => {}, finish: () => null, broken: (why, cause) => cut(why, null, cause) };
}

class NdjsonCheck implements ExportCheck {
  readonly #hash: Hash = createHash('sha256');
  #rows = 0;
  #held: Buffer = Buffer.alloc(0);

  add(chunk: Uint8Array): void {
    const bytes = Buffer.concat([this.#held, chunk]);
    const kept = Math.max(0, bytes.length - HELD_BYTES);
    this.#digest(bytes.subarray(0, kept));
    this.#held = Buffer.from(bytes.subarray(kept));
  }

  finish(): number {
    const start = this.#held.lastIndexOf(NEWLINE, -2) + 1;
    const last = document(this.#held.subarray(start));
    const isRecord = last['offset'] !== undefined;
    if (last['type'] === 'error' && !isRecord) throw cut(messageIn(last), textOrNull(last['after']));
    if (last['type'] !== 'end' || isRecord) throw this.broken('its last line is missing');
    this.#digest(this.#held.subarray(0, start));
    if (last['rows'] !== this.#rows) throw cut(`it holds ${this.#rows} rows of ${String(last['rows'])}`, null);
    if (last['sha256'] !== this.#hash.digest('hex')) throw cut('its bytes do not match their hash', null);
    return this.#rows;
  }

  broken(why: string, cause?: unknown): LakeError {
    const end = this.#held.lastIndexOf(NEWLINE) + 1;
    const start = end < 2 ? 0 : this.#held.lastIndexOf(NEWLINE, end - 2) + 1;
    return cut(why, textOrNull(document(this.#held.subarray(start, end))['offset']), cause);
  }

  #digest(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) this.#rows += 1;
  }
}

class JsonlCheck implements ExportCheck {
  readonly #hash: Hash = createHash('sha256');

  add(chunk: Uint8Array): void {
    this.#hash.update(chunk);
  }

  finish(trailers: Readonly<Record<string, string | undefined>>): number {
    const { 'x-rows': rows, 'x-sha256': sha256 } = trailers;
    if (rows === undefined || sha256 === undefined) throw this.broken('its rows and hash are missing');
    if (sha256 !== this.#hash.digest('hex')) throw this.broken('its bytes do not match their hash');
    return Number(rows);
  }

  broken(why: string, cause?: unknown): LakeError {
    return cut(why, null, cause);
  }
}

function cut(why: string, after: string | null, cause?: unknown): LakeError {
  const hint = after === null ? 'Begin again.' : `Go on with --after ${after}, or begin again.`;
  return new LakeError('internal', `The export was cut: ${why}.`, { hint, cause });
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** The JSON object of a whole line; empty where it is none. */
function document(line: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = line.at(-1) === NEWLINE ? JSON.parse(Buffer.from(line).toString('utf8')) : null;
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
