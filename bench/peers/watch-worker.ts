// Watches a tree by one way, in a process of its own, and tells what it took until nothing could be missed
// any more: the whole of it found, and every watch set.
//   node --import tsx bench/peers/watch-worker.ts WAY DIR

import { watch } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { watch as watchWithChokidar } from 'chokidar';
import { discover } from '../../src/ingest/discover.ts';
import { emptyDiscovery } from '../../src/ingest/discovery.ts';
import { inodeKey } from '../../src/ingest/identity.ts';
import { Watcher } from '../../src/ingest/watcher.ts';

export type Way = 'ours' | 'chokidar' | 'recursive' | 'directories';

export interface WatchCost {
  readyMs: number;
  cpuMs: number;
  /** By how much the process grew. */
  rssBytes: number;
  files: number;
}

/** What must not be collected while it is measured. */
const held: unknown[] = [];

const WAYS: Record<Way, (dir: string) => Promise<number>> = {
  ours: async (dir) => {
    const nothing = (): void => undefined;
    const watcher = new Watcher({ name: nothing, lost: nothing, root: nothing, exhausted: (message) => process.stderr.write(`${message}\n`) });
    watcher.watchRoots([dir]);
    const found = emptyDiscovery();
    await discover({ source: 'claude-code', path: dir }, dir, found, { enter: (folder, stats) => watcher.watchDir(folder, inodeKey(stats)) });
    held.push(watcher, found);
    return found.files.length;
  },
  chokidar: async (dir) => {
    let files = 0;
    const watcher = watchWithChokidar(dir).on('add', () => (files += 1));
    await new Promise<void>((resolve) => watcher.on('ready', () => resolve()));
    held.push(watcher);
    return files;
  },
  recursive: async (dir) => {
    held.push(watch(dir, { recursive: true }, () => undefined));
    return countFiles(await readdir(dir, { recursive: true, withFileTypes: true }));
  },
  directories: async (dir) => {
    const entries = await readdir(dir, { recursive: true, withFileTypes: true });
    held.push(watch(dir), ...entries.filter((entry) => entry.isDirectory()).map((entry) => watch(join(entry.parentPath, entry.name))));
    return countFiles(entries);
  },
};

function countFiles(entries: readonly { isFile(): boolean }[]): number {
  return entries.filter((entry) => entry.isFile()).length;
}

const [way, dir] = process.argv.slice(2) as [Way, string];
const rssBefore = process.memoryUsage.rss();
const cpuBefore = process.cpuUsage();
const started = performance.now();
const files = await WAYS[way](dir);
const readyMs = performance.now() - started;
const { user, system } = process.cpuUsage(cpuBefore);
const cost: WatchCost = { readyMs, cpuMs: (user + system) / 1000, rssBytes: process.memoryUsage.rss() - rssBefore, files };
process.stdout.write(JSON.stringify(cost), () => process.exit());
