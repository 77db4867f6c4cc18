// Where an export goes: standard output, or a file that appears only once it is whole.

import { open, rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { LakeError, systemCode } from '../core/errors.ts';
import { writeData, type Io } from './io.ts';

export interface ExportTarget {
  write(chunk: Uint8Array): Promise<void>;
  /** It is whole: makes it visible. */
  finish(): Promise<void>;
  /** It is not: leaves nothing behind. */
  discard(): Promise<void>;
}

export function outputTarget(io: Io): ExportTarget {
  return { write: (chunk) => writeData(io, chunk), finish: async () => {}, discard: async () => {} };
}

export async function fileTarget(io: Io, name: string): Promise<ExportTarget> {
  const path = resolve(io.cwd, name);
  const part = `${path}.part`;
  const file = await named(path, () => open(part, 'w'));
  return {
    write: async (chunk) => {
      for (let written = 0; written < chunk.length; ) {
        written += (await named(path, () => file.write(chunk, written))).bytesWritten;
      }
    },
    finish: async () => {
      await named(path, async () => {
        await file.sync();
        await file.close();
        await rename(part, path);
      });
    },
    discard: async () => {
      await file.close().catch(() => {});
      await rm(part, { force: true });
    },
  };
}

async function named<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const code = systemCode(error) ?? 'unknown error';
    const hint = code === 'ENOSPC' ? 'The disk is full: free some space, or give a file on another disk.' : 'Give -o a file in a folder that exists and that you may write to.';
    throw new LakeError('internal', `${path} cannot be written (${code}).`, { hint, cause: error });
  }
}
