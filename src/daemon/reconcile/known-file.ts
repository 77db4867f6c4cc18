// Files as the index knows them, on their way to the thread that looks at them: all fields of all files as one
// text, for tens of thousands of objects would take the main thread longer than the look itself.

import type { FileEntry, Fingerprint } from '../../core/file-entry.ts';

export interface KnownFile extends Pick<FileEntry, 'fileIx' | 'state' | 'offset'> {
  /** With its root. */
  absolute: string;
  fingerprint: Omit<Fingerprint, 'birthMs'>;
}

/** In no path. */
const SEPARATOR = '\0';

/** SQL over `files_now`. */
export const KNOWN_FILES_TEXT = `string_agg(concat_ws(chr(0), file_ix, state, offset_bytes, dev, ino, head_length, head_hash, tail_hash, root || '/' || path), chr(0) ORDER BY file_ix)`;

/** In the order of their numbers. `pieces`: UTF-8, each of whole files. */
export function* knownFiles(pieces: readonly Uint8Array[]): Generator<KnownFile> {
  for (const piece of pieces) {
    const fields = new TextDecoder().decode(piece).split(SEPARATOR);
    for (let at = 0; at + 8 < fields.length; at += 9) {
      const [fileIx, state, offset, dev, ino, headLength, headHash, tailHash, absolute] = fields.slice(at, at + 9) as [string, FileEntry['state'], string, string, string, string, string, string, string];
      yield { fileIx: Number(fileIx), state, offset: Number(offset), absolute, fingerprint: { dev, ino, headLength: Number(headLength), headHash, tailHash } };
    }
  }
}
