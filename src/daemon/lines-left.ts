// Whether anything is left to be read of the files of an index that nobody writes: an unfinished last line is not.

import { read } from 'node:fs';
import { promisify } from 'node:util';
import type { SourceFiles } from '../core/archive-port.ts';
import type { FileEntry } from '../core/file-entry.ts';

const readAt = promisify(read);
const WINDOW_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/** Of what was seen of the files when they were looked at last. Files that cannot be read have nothing left. */
export async function areLinesLeft(files: Iterable<FileEntry>, sources: SourceFiles): Promise<boolean> {
  for (const file of files) if (file.state === 'present' && file.size > file.offset && (await hasLine(file, sources))) return true;
  return false;
}

async function hasLine({ fileIx, offset, size }: FileEntry, sources: SourceFiles): Promise<boolean> {
  const source = await sources.open(fileIx);
  if (source === null) return false;
  try {
    const window = Buffer.alloc(WINDOW_BYTES);
    for (let at = offset; at < size; ) {
      const { bytesRead } = await readAt(source.fd, window, 0, Math.min(WINDOW_BYTES, size - at), at);
      if (bytesRead === 0) return false;
      if (window.subarray(0, bytesRead).includes(NEWLINE)) return true;
      at += bytesRead;
    }
    return false;
  } finally {
    source.release();
  }
}
