// What a look at folders finds: each file where it belongs by its name.

import type { FileVerdict } from '../sources/adapter.ts';
import { adapterOf, documentsOf } from '../sources/registry.ts';
import type { FileStats } from './identity.ts';

export interface Root {
  source: string;
  /** As configured; it may not exist yet. */
  path: string;
  /** A folder that is not the root's even where it lies below it: the lake's own. */
  except?: string;
}

export function isOfRoot({ path, except }: Root, absolute: string): boolean {
  return isIn(path, absolute) && (except === undefined || !isIn(except, absolute) || isIn(except, path));
}

function isIn(folder: string, absolute: string): boolean {
  return absolute === folder || absolute.startsWith(`${folder}/`);
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
}

export function emptyDiscovery(): Discovery {
  return { files: [], documents: [], sidecars: [], compressed: [], failures: [] };
}

/** Puts a file where it belongs: a source, a sidecar, a document, a compressed one, or none of them. */
export function place(found: Discovery, verdict: ReturnType<typeof verdictOn>, { root, path, absolute, stats: { dev, ino, size, mtimeMs, birthtimeMs } }: FoundFile): void {
  const file = { root, path, absolute, stats: { dev, ino, size, mtimeMs, birthtimeMs } };
  if (verdict === 'compressed') found.compressed.push(absolute);
  else if (verdict === 'source') found.files.push(file);
  else if (verdict === 'sidecar') found.sidecars.push(file);
  else if (verdict === 'document') found.documents.push(file);
}

/** A single file. */
export function classified(root: Root, absolute: string, stats: FileStats): Discovery {
  const found = emptyDiscovery();
  const path = absolute.slice(root.path.length + 1);
  place(found, verdictOn(root, path), { root, path, absolute, stats });
  return found;
}

/** At most `count` of the sources, and nothing else. */
export function newestOf({ files }: Discovery, count: number): Discovery {
  return { ...emptyDiscovery(), files: files.toSorted(newestFirst).slice(0, count) };
}

/** Of the same time, in an order that does not depend on how they were found: they are read from the last one on. */
export function newestFirst(a: FoundFile, b: FoundFile): number {
  return b.stats.mtimeMs - a.stats.mtimeMs || (a.absolute < b.absolute ? 1 : -1);
}

export function verdictOn(root: Root, path: string): FileVerdict | 'document' {
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
