// Ids that go into URLs. Agents' own ids pass through unchanged where they are safe; anything else
// becomes a readable slug, a tilde and a hash of the original. No safe id holds a tilde, so what is
// made here is never mistaken for an original, and two originals never share an id.

import { createHash } from 'node:crypto';

const SAFE = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,200}$/;

/** The last two that are safe: the lines of a log name the same ids over and over, a session's and an agent's. */
let lastSafe = '-';
let nextToLastSafe = '-';

export function safeId(original: string): string {
  if (original === lastSafe || original === nextToLastSafe) return original;
  if (SAFE.test(original)) {
    nextToLastSafe = lastSafe;
    lastSafe = original;
    return original;
  }
  const slug = original.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, 80);
  // By code units: as UTF-8, all lone surrogates would be the same character.
  const hash = createHash('sha256').update(original, 'utf16le').digest('hex').slice(0, 12);
  return `${slug}~${hash}`;
}
