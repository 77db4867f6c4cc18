// Finding source files under a root, at any depth. Links are not followed: inside the root the real
// path is read anyway, and outside it is not the root's business.

import { lstatSync, readdirSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { systemCode } from '../core/errors.ts';
import type { FileVerdict } from '../sources/adapter.ts';
import { adapterOf, documentsOf } from '../sources/registry.ts';
import type { FileStats } from './identity.ts';

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
  stats: FileStats;
}

export interface Discovery {
  files: FoundFile[];
  /** Rewritten by their agents: to be mirrored. */
  documents: FoundFile[];
  /** Small documents beside logs. */
  sidecars: FoundFile[];
  compressed: string[];
  failures: { path: string; error: unknown }[];
  /** What looking took of this thread, in milliseconds. */
  costMs: number;
}

/** Synchronous calls cost a fifth of asynchronous ones here; this is how long they may hold the thread. */
const SLICE_MS = 4;

type Enter = (dir: string, stats: Stats) => void;
type IsKnown = (absolute: string) => boolean;

/** Everything under `start`, a folder of the root, but for files that are known. `enter` is called with each folder before it is listed. */
export async function discover(root: Root, start: string, enter: Enter, isKnown: IsKnown = () => false): Promise<Discovery> {
  const found = emptyDiscovery();
  const waiting = [start];
  let sliceStart = performance.now();
  for (let dir = waiting.pop(); dir !== undefined; dir = waiting.pop()) {
    visit(root, dir, waiting, found, enter, isKnown);
    if (performance.now() < sliceStart + SLICE_MS) continue;
    found.costMs += performance.now() - sliceStart;
    await nextTurn();
    sliceStart = performance.now();
  }
  found.costMs += performance.now() - sliceStart;
  return found;
}

function visit(root: Root, dir: string, waiting: string[], found: Discovery, enter: Enter, isKnown: IsKnown): void {
  try {
    // Lists nothing through a link: where a folder became one, it is gone.
    const stats = lstatSync(dir);
    if (!stats.isDirectory()) return;
    enter(dir, stats);
    for (const entry of readdirSync(dir, { withFileTypes: true })) {
      const absolute = `${dir}/${entry.name}`;
      if (entry.isDirectory()) enterFolder(root, absolute, waiting);
      else if (entry.isFile() && !isKnown(absolute)) addFile(root, absolute, found);
    }
  } catch (error) {
    if (!isAbsence(error)) found.failures.push({ path: dir, error });
  }
}

/** Agents keep more than their sessions in some folders, and large things in them. */
function enterFolder(root: Root, absolute: string, waiting: string[]): void {
  if (adapterOf(root.source).enters?.(absolute.slice(root.path.length + 1)) !== false) waiting.push(absolute);
}

/** Whether an error says that there is nothing, as opposed to something that cannot be seen now. */
export function isAbsence(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '');
}

export function emptyDiscovery(): Discovery {
  return { files: [], documents: [], sidecars: [], compressed: [], failures: [], costMs: 0 };
}

/** Puts a file where it belongs: a source, a sidecar, a document, a compressed one, or none of them. */
export function classify(root: Root, absolute: string, { dev, ino, size, mtimeMs, birthtimeMs }: FileStats, found: Discovery): void {
  const stats = { dev, ino, size, mtimeMs, birthtimeMs };
  const path = absolute.slice(root.path.length + 1);
  const verdict = verdictOn(root, path);
  if (verdict === 'compressed') found.compressed.push(absolute);
  else if (verdict === 'source') found.files.push({ root, path, absolute, stats });
  else if (verdict === 'sidecar') found.sidecars.push({ root, path, absolute, stats });
  else if (verdict === 'document') found.documents.push({ root, path, absolute, stats });
}

function verdictOn(root: Root, path: string): FileVerdict | 'document' {
  const verdict = adapterOf(root.source).accepts(path);
  return verdict === 'other' && documentsOf(root.source)?.accepts(path) === true ? 'document' : verdict;
}

/** The document that changes with a file beside it, as a database does with its log; null where it is no such file. */
export function documentBeside(root: Root, absolute: string): string | null {
  const documents = documentsOf(root.source);
  const suffix = documents?.besides.find((ending) => absolute.endsWith(ending));
  const document = suffix === undefined ? null : absolute.slice(0, -suffix.length);
  return document !== null && documents?.accepts(document.slice(root.path.length + 1)) === true ? document : null;
}

function addFile(root: Root, absolute: string, found: Discovery): void {
  if (verdictOn(root, absolute.slice(root.path.length + 1)) === 'other') return;
  try {
    const stats = lstatSync(absolute, { throwIfNoEntry: false });
    if (stats !== undefined) classify(root, absolute, stats, found);
    else if (absolute.includes('\ufffd')) found.failures.push({ path: absolute, error: new Error('its name is not valid UTF-8') });
  } catch (error) {
    if (!isAbsence(error)) found.failures.push({ path: absolute, error });
  }
}

/** The root with its links resolved, once it exists; as it is before that. */
export async function resolveRoot(root: Root): Promise<Root> {
  const path = await realpath(root.path).catch(() => root.path);
  return { source: root.source, path: path.length > 1 ? path.replace(/\/+$/, '') : path };
}
