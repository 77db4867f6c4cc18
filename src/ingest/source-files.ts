// Open source files, by their number in the lake. A bounded number stays open, so that a file deleted
// at its source can still be read to its end; the one not used for longest is closed first.

import { closeSync } from 'node:fs';
import { LRUCache } from 'lru-cache';
import type { SourceFiles } from '../core/archive-port.ts';
import { systemCode } from '../core/errors.ts';
import type { FileEntry } from '../core/file-entry.ts';
import { checkIdentity, openSource, statOf } from './identity.ts';

interface Handle {
  fd: number;
  users: number;
  closed: boolean;
}

const MAX_OPEN = 256;
/** Left to others, where the process has used up its descriptors: the index needs some, and so do workers. */
const SPARE = 32;

export class OpenFiles implements SourceFiles {
  private readonly entryOf: (fileIx: number) => FileEntry | undefined;
  private max = MAX_OPEN;
  private readonly handles = new LRUCache<number, Handle>({ max: MAX_OPEN, dispose: (handle) => retire(handle) });

  constructor(entryOf: (fileIx: number) => FileEntry | undefined) {
    this.entryOf = entryOf;
  }

  async open(fileIx: number): Promise<{ fd: number; release: () => void } | null> {
    const entry = this.entryOf(fileIx);
    if (entry === undefined || entry.state === 'replaced') return null;
    const known = this.handles.has(fileIx);
    try {
      const handle = this.acquire(fileIx, entry);
      if (isIntact(handle, entry)) return { fd: handle.fd, release: () => this.letGo(handle) };
      this.letGo(handle);
    } catch (error) {
      if (isExhaustion(error)) throw error;
      return null;
    }
    this.forget(fileIx);
    return known ? this.open(fileIx) : null;
  }

  /** Runs `work` with the file open, without checking who it is. Throws what opening throws. */
  use<T>(entry: FileEntry, work: (fd: number) => T): T {
    const handle = this.acquire(entry.fileIx, entry);
    try {
      return work(handle.fd);
    } finally {
      this.letGo(handle);
    }
  }

  /** The file open until `release`, without checking who it is. Throws what opening throws. */
  hold(entry: FileEntry): { fd: number; release: () => void } {
    const handle = this.acquire(entry.fileIx, entry);
    return { fd: handle.fd, release: () => this.letGo(handle) };
  }

  isOpen(fileIx: number): boolean {
    return this.handles.has(fileIx);
  }

  forget(fileIx: number): void {
    this.handles.delete(fileIx);
  }

  close(): void {
    this.handles.clear();
  }

  private acquire(fileIx: number, entry: FileEntry): Handle {
    let handle = this.handles.get(fileIx);
    if (handle === undefined) {
      handle = { fd: this.opened(`${entry.root}/${entry.path}`), users: 0, closed: false };
      this.handles.set(fileIx, handle);
    }
    handle.users += 1;
    return handle;
  }

  private opened(path: string): number {
    this.keepAtMost(this.max - 1);
    try {
      return openSource(path);
    } catch (error) {
      if (!isExhaustion(error) || this.handles.size === 0) throw error;
      this.max = Math.max(1, this.handles.size - SPARE);
      this.keepAtMost(this.max - 1);
      return openSource(path);
    }
  }

  private keepAtMost(count: number): void {
    while (this.handles.size > count) this.handles.pop();
  }

  private letGo(handle: Handle): void {
    handle.users -= 1;
    if (handle.closed && handle.users === 0) closeSync(handle.fd);
  }
}

/** That no descriptor is left says nothing of the file. */
function isExhaustion(error: unknown): boolean {
  return ['EMFILE', 'ENFILE'].includes(systemCode(error) ?? '');
}

function isIntact(handle: Handle, entry: FileEntry): boolean {
  try {
    return checkIdentity(handle.fd, statOf(handle.fd), entry) === null;
  } catch {
    return false;
  }
}

function retire(handle: Handle): void {
  handle.closed = true;
  if (handle.users === 0) closeSync(handle.fd);
}
