// From a line's bytes to what people read. Bytes that are not UTF-8 show as U+FFFD, and so does half a surrogate
// pair: strict readers of JSON refuse a document that has one as an escape.

import { isUtf8 } from 'node:buffer';
import type { JsonBytes } from '../core/bytes/json-bytes.ts';
import { wellFormed } from '../core/bytes/well-formed.ts';
import type { AdapterOptions, JsonObject } from './adapter.ts';
import { isCompaction, isThought } from './line-kinds.ts';
import { skipSpace } from './json-walk.ts';
import { objectOf } from './json-value.ts';
import { adapterOf } from './registry.ts';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export function rawOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** Null where the line has no text, or is no JSON object. */
export function textOf(source: string, bytes: Uint8Array, options: AdapterOptions): string | null {
  return textIn(source, valueOf(bytes), options);
}

/** What the model says on the line; null where it only thinks, or says nothing. */
export function answerOf(source: string, bytes: Uint8Array, options: AdapterOptions): string | null {
  const value = valueOf(bytes);
  if (value === null || isThought(value)) return null;
  const text = textIn(source, value, options);
  return text === null || text.trim() === '' ? null : text;
}

/** Its text, and whether it says that what came before was compacted. */
export function entryIn(source: string, bytes: Uint8Array, options: AdapterOptions): { text: string | null; isCompaction: boolean } {
  const value = valueOf(bytes);
  return { text: textIn(source, value, options), isCompaction: value !== null && isCompaction(value) };
}

function textIn(source: string, value: JsonObject | null, options: AdapterOptions): string | null {
  try {
    const text = value === null ? null : adapterOf(source).text(value, options);
    return text === null ? null : wellFormed(text);
  } catch {
    return null;
  }
}

function valueOf(bytes: Uint8Array): JsonObject | null {
  const raw = rawOf(bytes);
  try {
    return objectOf(JSON.parse(raw.codePointAt(0) === 0xfeff ? raw.slice(1) : raw));
  } catch {
    return null;
  }
}

const BYTE_ORDER_MARK = 0xef;
const BYTE_ORDER_MARK_BYTES = 3;

/** Writes what `textOf` gives as JSON: from the line's bytes where the adapter can, without parsing them. */
export function writeText(source: string, bytes: Uint8Array, options: AdapterOptions, out: JsonBytes): void {
  const { writeText: write } = adapterOf(source);
  const { size } = out;
  if (write !== undefined && isUtf8(bytes)) {
    const start = skipSpace(bytes, bytes[0] === BYTE_ORDER_MARK ? BYTE_ORDER_MARK_BYTES : 0);
    if (write(bytes, start, out)) return;
    out.cut(size);
  }
  out.text(JSON.stringify(textOf(source, bytes, options)));
}
