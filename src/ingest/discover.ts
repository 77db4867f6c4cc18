// Finding source files under a root, at any depth. Links are not followed: inside the root the real
// path is read anyway, and outside it is not the root's business.

import { lstat, readdir, realpath } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import pLimit from 'p-limit';
import { systemCode } from '../core/errors.ts';
import { adapterOf } from '../sources/registry.ts';

export interface Root {
  source: string;
  /** As configured; it may not exist yet. */
  path: string;
}

export interface FoundFile {
  root: Root;
  /** Relative to the root, with `/`. */
  path: string;
  absolute: string;
  stats: Stats;
}

export interface Discovery {
  files: FoundFile[];
  dirs: string[];
  compressed: string[];
  failures: { path: string; error: unknown }[];
}

const CONCURRENT_CALLS = 16;

/** Everything under `start`, a folder of the root. Null where `start` does not exist. */
export async function discover(root: Root, start: string): Promise<Discovery | null> {
  const found = emptyDiscovery();
  const limit = pLimit(CONCURRENT_CALLS);
  const visit = async (dir: string): Promise<void> => {
    const entries = await limit(() => readdir(dir, { withFileTypes: true })).catch((error: unknown) => {
      if (systemCode(error) !== 'ENOENT') found.failures.push({ path: dir, error });
      return null;
    });
    if (entries === null) return;
    found.dirs.push(dir);
    await Promise.all(
      entries.map(async (entry) => {
        const absolute = `${dir}/${entry.name}`;
        if (entry.isDirectory()) await visit(absolute);
        else if (entry.isFile()) await limit(() => addFile(root, absolute, found));
      }),
    );
  };
  const stats = await lstat(start).catch(() => null);
  if (stats === null) return null;
  await visit(start);
  return found;
}

export function emptyDiscovery(): Discovery {
  return { files: [], dirs: [], compressed: [], failures: [] };
}

/** Puts a file where it belongs: a source, a compressed one, or neither. */
export function classify(root: Root, absolute: string, stats: Stats, found: Discovery): void {
  const path = absolute.slice(root.path.length + 1);
  const verdict = adapterOf(root.source).accepts(path);
  if (verdict === 'compressed') found.compressed.push(absolute);
  else if (verdict === 'source') found.files.push({ root, path, absolute, stats });
}

async function addFile(root: Root, absolute: string, found: Discovery): Promise<void> {
  if (adapterOf(root.source).accepts(absolute.slice(root.path.length + 1)) === 'other') return;
  try {
    classify(root, absolute, await lstat(absolute), found);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') found.failures.push({ path: absolute, error });
  }
}

/** The root with its links resolved, once it exists; as it is before that. */
export async function resolveRoot(root: Root): Promise<Root> {
  const path = await realpath(root.path).catch(() => root.path);
  return { source: root.source, path: path.length > 1 ? path.replace(/\/+$/, '') : path };
}
