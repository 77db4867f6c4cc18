// From a line's bytes to what people read. Bytes that are not UTF-8 show as U+FFFD.

import type { AdapterOptions } from './adapter.ts';
import { objectOf } from './json-value.ts';
import { adapterOf } from './registry.ts';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export function rawOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** Null where the line has no text, or is no JSON object. */
export function textOf(source: string, bytes: Uint8Array, options: AdapterOptions): string | null {
  const raw = rawOf(bytes);
  try {
    const value = objectOf(JSON.parse(raw.codePointAt(0) === 0xfeff ? raw.slice(1) : raw));
    return value === null ? null : adapterOf(source).text(value, options);
  } catch {
    return null;
  }
}
