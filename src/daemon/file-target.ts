// A file that is there when it is whole: written aside, synced, renamed, and its folder synced.

import { createHash } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { LakeError, systemCode } from '../core/errors.ts';
import { writingInto } from '../core/storage-failure.ts';

export interface WrittenFile {
  bytes: number;
  /** Hex. */
  sha256: string;
}

/** The file that is on its way to be `path`: no job can name it. */
function asideOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.part`);
}

/** Whether a file of this name is one that was on its way when its writer was killed, if nobody writes now. */
export function isCutShort(name: string): boolean {
  return /^\..+\.part$/.test(name);
}

/** `chunks` may fail, also at its end: then nothing is left. Throws `storage` where it cannot be written there. A chunk need only be valid until the next one is asked for. */
export function writeWhole(path: string, chunks: AsyncIterable<Uint8Array>): Promise<WrittenFile> {
  return writingInto(dirname(path), () => write(path, chunks).catch((error: unknown) => Promise.reject(placeTaken(error, path) ?? error)));
}

const TAKEN: ReadonlyMap<unknown, string> = new Map([['ENOTDIR', 'a part of its path is a file'], ['EEXIST', 'its folder is a file'], ['EISDIR', 'a folder has its place']]);

function placeTaken(error: unknown, path: string): LakeError | null {
  const code = systemCode(error);
  const why = TAKEN.get(code);
  return why === undefined ? null : new LakeError('storage', `${path} cannot be written: ${why} (${code}).`, { hint: 'Choose another path.', cause: error });
}

async function write(path: string, chunks: AsyncIterable<Uint8Array>): Promise<WrittenFile> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const aside = asideOf(path);
  const file = await open(aside, 'w', 0o600);
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const chunk of chunks) {
      hash.update(chunk);
      for (let written = 0; written < chunk.length; ) written += (await file.write(chunk, written)).bytesWritten;
      bytes += chunk.length;
    }
    await file.sync();
    await file.close();
    await rename(aside, path);
    await syncFolder(dirname(path));
    return { bytes, sha256: hash.digest('hex') };
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(aside, { force: true });
    throw error;
  }
}

async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
