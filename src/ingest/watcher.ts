// Hints that something changed: one plain watch a directory for appends and new names, and the folders
// above the roots for roots that appear and vanish. Hints may be lost or merged; the sweep is the truth.

import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { basename } from 'node:path';
import { messageOf, systemCode } from '../core/errors.ts';
import { RootWatch } from './root-watch.ts';

export interface WatchEvents {
  /** A name in a directory was written, or (`renamed`) appeared or vanished. */
  name(dir: string, name: string, renamed: boolean): void;
  /** A watched directory is perhaps no longer what its path stands for; it is not watched any more. */
  lost(dir: string): void;
  /** A root folder came or went. */
  root(path: string): void;
  /** Watching is not possible for want of descriptors or watches. */
  exhausted(message: string): void;
}

export class Watcher {
  private readonly events: WatchEvents;
  private readonly dirs = new Map<string, { watcher: FSWatcher; inode: string }>();
  private readonly roots: RootWatch;
  private full = false;
  private closed = false;

  constructor(events: WatchEvents) {
    this.events = events;
    this.roots = new RootWatch({ root: (path) => this.events.root(path), error: (error) => this.failed(error) });
  }

  get mode(): 'watch' | 'sweep' {
    return this.full ? 'sweep' : 'watch';
  }

  watchRoots(paths: readonly string[]): void {
    this.roots.watch(paths);
  }

  /** Looks for roots that came or went without a hint. */
  checkRoots(): void {
    this.roots.check();
  }

  /** To be called before a directory is listed: what comes after the listing is then hinted at. */
  watchDir(dir: string, inode: string): void {
    const known = this.dirs.get(dir);
    if (known?.inode === inode || this.full || this.closed) return;
    // Made again under the same name: what was watched is no more.
    if (known !== undefined) this.unwatchDir(dir);
    const own = basename(dir);
    try {
      const watcher = watch(dir, { persistent: true }, (event, name) => {
        // A directory that is deleted or moved tells it under its own name.
        if (event === 'rename' && name === own) this.lose(dir);
        if (name !== null) this.events.name(dir, name, event === 'rename');
      });
      watcher.on('error', (error) => {
        this.unwatchDir(dir);
        this.failed(error);
      });
      this.dirs.set(dir, { watcher, inode });
    } catch (error) {
      this.failed(error);
    }
  }

  /** With all below it: a folder that was moved away takes them along and says nothing of them. */
  unwatchDir(dir: string): void {
    if (!this.dirs.has(dir)) return;
    for (const [path, { watcher }] of this.dirs) {
      if (path !== dir && !path.startsWith(`${dir}/`)) continue;
      watcher.close();
      this.dirs.delete(path);
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const dir of [...this.dirs.keys()]) this.unwatchDir(dir);
    await this.roots.close();
  }

  private lose(dir: string): void {
    this.unwatchDir(dir);
    if (!this.closed) this.events.lost(dir);
  }

  private failed(error: unknown): void {
    if (!['ENOSPC', 'EMFILE', 'ENFILE'].includes(systemCode(error) ?? '')) return;
    this.full = true;
    this.events.exhausted(messageOf(error));
  }
}
