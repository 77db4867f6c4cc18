import { readSync } from 'node:fs';

/** The number of bytes that are there. */
export function readFully(fd: number, into: Uint8Array, position: number): number {
  let at = 0;
  while (at < into.length) {
    const read = readSync(fd, into, at, into.length - at, position + at);
    if (read === 0) break;
    at += read;
  }
  return at;
}
