// The tag of an answer, a hash of its JSON. A list has two forms, each with a tag of its own: a cache that
// keeps both could else be told that the one is still good and show the other.

import { createHash } from 'node:crypto';

const NDJSON_END = '.ndjson"';

/** Weak, because the bytes on the wire may be compressed. */
export function tagOf(json: Buffer): string {
  return `W/"${createHash('sha1').update(json).digest('base64url')}"`;
}

export function ndjsonTag(tag: string): string {
  return tag.slice(0, -1) + NDJSON_END;
}

/** Of the JSON, whichever form it is the tag of. */
export function jsonTag(tag: string): string {
  return tag.endsWith(NDJSON_END) ? `${tag.slice(0, -NDJSON_END.length)}"` : tag;
}

/** If-None-Match compares weakly (RFC 9110, 13.1.2). */
export function matchesTag(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  const opaque = (text: string): string => text.trim().replace(/^W\//, '');
  return header.trim() === '*' || header.split(',').some((candidate) => opaque(candidate) === opaque(tag));
}
