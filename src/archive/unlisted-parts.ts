// Parquet files in the archive directory that the manifest does not list: what is left when an index was
// lost. Finds them and reads what they hold; changes nothing.

import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { messageOf, systemCode } from '../core/errors.ts';
import type { Sidecar } from '../core/sidecar.ts';
import type { DescribedPart } from './adoption-plan.ts';
import { describePart } from './part-metadata.ts';

const PLACE = /^source=([^/]+)\/month=(\d{4}-\d{2})\/\.?([^/]+?)\.parquet(\.unlisted)?$/;

export interface UnlistedPart extends DescribedPart {
  id: string;
  month: string;
  sidecars: readonly Sidecar[];
}

export interface UnreadablePart {
  path: string;
  reason: string;
}

/** A part that a crash left unlisted: only a new index needs it. */
export function isSetAside(path: string): boolean {
  return path.endsWith('.unlisted');
}

/** Their paths, relative to the archive directory, which was put in order. */
export async function unlistedPaths(dir: string, listed: ReadonlySet<string>): Promise<string[]> {
  try {
    const entries = await readdir(dir, { recursive: true, withFileTypes: true });
    const paths = entries.filter((entry) => entry.isFile()).map((entry) => relative(dir, join(entry.parentPath, entry.name)).split(sep).join('/'));
    // One that is being listed has a marker beside it.
    const pending = new Set(paths.filter((path) => path.endsWith('.pending')).map((path) => path.replace(/\.part-([^/]+)\.pending$/, '$1.parquet')));
    return paths.filter((path) => (path.endsWith('.parquet') || isSetAside(path)) && PLACE.test(path) && !listed.has(path) && !pending.has(path)).toSorted();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}

export async function describeParts(connection: DuckDBConnection, dir: string, paths: readonly string[], signal: AbortSignal): Promise<{ parts: UnlistedPart[]; unreadable: UnreadablePart[] }> {
  const parts: UnlistedPart[] = [];
  const unreadable: UnreadablePart[] = [];
  for (const path of paths) {
    if (signal.aborted) break;
    const [, source, month, id] = PLACE.exec(path) as unknown as [string, string, string, string];
    try {
      parts.push({ path, id, source: decodeURIComponent(source), month, ...(await describePart(connection, join(dir, path))) });
    } catch (error) {
      unreadable.push({ path, reason: messageOf(error) });
    }
  }
  return { parts, unreadable };
}
