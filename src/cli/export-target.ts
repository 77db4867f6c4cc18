// Where an export goes: standard output, or a file that appears only once it is whole. What is there and no file
// (a pipe, a device) is written to; a link stays one.

import { rmSync } from 'node:fs';
import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
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

/** Whether a name is another for standard output, as no name is. */
export function namesOutput(name: string | undefined): boolean {
  return name === undefined || name === '-' || /^\/(dev\/stdout|(dev|proc\/self)\/fd\/1)$/.test(name);
}

export async function exportTarget(io: Io, name: string | undefined): Promise<ExportTarget> {
  if (name === undefined || namesOutput(name)) return { write: (chunk) => writeData(io, chunk), finish: async () => {}, discard: async () => {} };
  const path = resolve(io.cwd, name);
  const there = await stat(path).catch(() => null);
  if (there === null) return fileTarget(io, name);
  return there.isFile() || there.isDirectory() ? fileTarget(io, await named(path, () => realpath(path))) : streamTarget(path);
}

async function streamTarget(path: string): Promise<ExportTarget> {
  const file = await named(path, () => open(path, 'w'));
  const close = (): Promise<void> => file.close().catch(() => {});
  return { write: (chunk) => writeWhole(file, path, chunk), finish: close, discard: close };
}

/** A link or file of this name gives way to it. */
export async function fileTarget(io: Io, name: string): Promise<ExportTarget> {
  const path = resolve(io.cwd, name);
  const part = `${path}.part`;
  const callOff = io.atSignal(() => rmSync(part, { force: true }));
  const file = await named(path, () => open(part, 'w')).catch((error: unknown) => {
    callOff();
    throw error;
  });
  return {
    write: (chunk) => writeWhole(file, path, chunk),
    finish: async () => {
      await named(path, async () => {
        await file.sync();
        await file.close();
        await rename(part, path);
      });
      callOff();
    },
    discard: async () => {
      await file.close().catch(() => {});
      await rm(part, { force: true });
      callOff();
    },
  };
}

async function writeWhole(file: FileHandle, path: string, chunk: Uint8Array): Promise<void> {
  for (let written = 0; written < chunk.length; ) {
    written += (await named(path, () => file.write(chunk, written))).bytesWritten;
  }
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
