// Hints that something changed: one plain watch a directory for appends and new names, chokidar for
// roots that appear and vanish. Hints may be lost or merged; the sweep is the truth.

import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { watch as watchRoots } from 'chokidar';
import type { FSWatcher as RootWatcher } from 'chokidar';
import { messageOf, systemCode } from '../core/errors.ts';

export interface WatchEvents {
  /** A name in a directory was written, or (`renamed`) appeared or vanished. */
  name(dir: string, name: string, renamed: boolean): void;
  /** A root folder came or went. */
  root(path: string): void;
  /** Watching is not possible for want of descriptors or watches. */
  exhausted(message: string): void;
}

export class Watcher {
  private readonly events: WatchEvents;
  private readonly dirs = new Map<string, FSWatcher>();
  private roots: RootWatcher | null = null;
  private full = false;

  constructor(events: WatchEvents) {
    this.events = events;
  }

  get mode(): 'watch' | 'sweep' {
    return this.full ? 'sweep' : 'watch';
  }

  watchRoots(paths: readonly string[]): void {
    this.roots = watchRoots([...paths], { depth: 0, ignoreInitial: true, ignored: (_, stats) => stats?.isFile() ?? false });
    this.roots.on('addDir', (path) => this.events.root(path));
    this.roots.on('unlinkDir', (path) => this.events.root(path));
    this.roots.on('error', (error) => this.failed(error));
  }

  watchDir(dir: string): void {
    if (this.dirs.has(dir) || this.full) return;
    try {
      const watcher = watch(dir, { persistent: true }, (event, name) => {
        if (name !== null) this.events.name(dir, name, event === 'rename');
      });
      watcher.on('error', (error) => {
        this.unwatchDir(dir);
        this.failed(error);
      });
      this.dirs.set(dir, watcher);
    } catch (error) {
      this.failed(error);
    }
  }

  unwatchDir(dir: string): void {
    this.dirs.get(dir)?.close();
    this.dirs.delete(dir);
  }

  async close(): Promise<void> {
    for (const dir of [...this.dirs.keys()]) this.unwatchDir(dir);
    await this.roots?.close();
    this.roots = null;
  }

  private failed(error: unknown): void {
    if (!['ENOSPC', 'EMFILE', 'ENFILE'].includes(systemCode(error) ?? '')) return;
    this.full = true;
    this.events.exhausted(messageOf(error));
  }
}
