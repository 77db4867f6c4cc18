// Hints that a root came, went or became another folder, also where the folders above it do not exist yet. What is
// watched for each root is the nearest folder above it that exists, because a folder that is made again is another
// one to the system, and only the one above it hears of that; and the folders of the links on its way.

import { lstatSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { watch } from 'chokidar';
import type { FSWatcher } from 'chokidar';

interface RootWatchEvents {
  root(path: string): void;
  error(error: unknown): void;
}

interface Watched {
  inode: string;
  watcher: FSWatcher;
}

export class RootWatch {
  private readonly events: RootWatchEvents;
  private readonly dirs = new Map<string, Watched>();
  private readonly closings = new Set<Promise<void>>();
  private roots: string[] = [];
  /** What each root was when last looked at; empty where it did not exist. */
  private readonly inodes = new Map<string, string>();
  private closed = false;

  constructor(events: RootWatchEvents) {
    this.events = events;
  }

  watch(roots: readonly string[]): void {
    this.roots = [...roots];
    for (const root of roots) this.inodes.set(root, inodeOf(root));
    this.plan();
  }

  /** Looks at the roots and what is above them. Cheap: a few stats a root. */
  check(): void {
    if (this.closed) return;
    this.plan();
    for (const root of this.roots) {
      const inode = inodeOf(root);
      if (this.inodes.get(root) === inode) continue;
      this.inodes.set(root, inode);
      this.events.root(root);
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const dir of [...this.dirs.keys()]) this.unwatch(dir);
    await Promise.all(this.closings);
  }

  private plan(): void {
    const wanted = new Set(this.roots.flatMap((root) => [nearestAbove(root), ...linksOn(root).map((link) => dirname(link))]));
    for (const [dir, { inode }] of this.dirs) if (!wanted.has(dir) || inode !== inodeOf(dir)) this.unwatch(dir);
    for (const dir of wanted) if (!this.dirs.has(dir)) this.watchDir(dir);
  }

  private watchDir(dir: string): void {
    const watcher = watch(dir, { depth: 0, ignoreInitial: true, ignored: (_, stats) => stats?.isFile() ?? false });
    this.dirs.set(dir, { inode: inodeOf(dir), watcher });
    const changed = (path: string): void => {
      if (this.roots.some((root) => root === path || root.startsWith(`${path}/`))) this.check();
    };
    watcher.on('addDir', changed);
    watcher.on('unlinkDir', changed);
    // A link that leads elsewhere now is no event of its own.
    watcher.on('raw', (_event, name: string | null) => {
      if (name !== null) changed(join(dir, name));
    });
    // What happened while it was being set up told nobody.
    watcher.on('ready', () => this.check());
    watcher.on('error', (error) => this.events.error(error));
  }

  private unwatch(dir: string): void {
    const watched = this.dirs.get(dir);
    if (watched === undefined) return;
    this.dirs.delete(dir);
    const closing = watched.watcher.close().finally(() => this.closings.delete(closing));
    this.closings.add(closing);
  }
}

/** The root of the file system at last, which is there. */
function nearestAbove(path: string): string {
  let dir = dirname(path);
  while (inodeOf(dir) === '' && dir !== dirname(dir)) dir = dirname(dir);
  return dir;
}

/** The links that a path leads through, itself among them. */
function linksOn(path: string): string[] {
  try {
    if (realpathSync.native(path) === path) return [];
    const links: string[] = [];
    for (let at = path; at !== dirname(at); at = dirname(at)) if (lstatSync(at).isSymbolicLink()) links.push(at);
    return links;
  } catch {
    return [];
  }
}

/** Of a folder; empty where there is none, or none that can be seen. */
function inodeOf(path: string): string {
  try {
    const stats = statSync(path);
    return stats.isDirectory() ? `${stats.dev}:${stats.ino}` : '';
  } catch {
    return '';
  }
}
