// Whether what the data directory holds is the sample: that is served where there is nothing else, and goes when
// there is.

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { unlistedPaths } from '../archive/unlisted-parts.ts';
import type { RootSetting } from '../core/settings/setting-root.ts';
import { queryRows } from '../index/store/query.ts';
import type { Database } from '../index/store/database.ts';
import type { DataPaths } from './data-dir.ts';
import { openWhenFree } from './free-index.ts';
import { INDEXED_ROOTS_SQL, openIndex } from './indexed-roots.ts';
import { areSample, SAMPLE_ROOT } from './roots.ts';

/** Nobody asked for it: where its folder is among those that are to be read, or has files that the sample has not, it holds logs as any other. */
export async function holdsOnlySample(database: Database, asked: readonly RootSetting[]): Promise<boolean> {
  const { roots, isSample } = await contentsOf(database);
  return isSample && !roots.some(({ path }) => asked.some((root) => root.path === path));
}

/** Whether there is nothing that the sample would be mixed with: neither indexed, nor in parts that no index lists, nor imported. */
export async function mayHoldSample(paths: DataPaths): Promise<boolean> {
  if (holdsImports(paths)) return false;
  if (!existsSync(paths.index)) return (await unlistedPaths(paths.archive, new Set())).length === 0;
  const database = await openWhenFree(() => openIndex(paths), paths.dir);
  try {
    const { roots, isSample } = await contentsOf(database);
    return isSample || roots.length === 0;
  } finally {
    database.close();
  }
}

async function contentsOf(database: Database): Promise<{ roots: RootSetting[]; isSample: boolean }> {
  const connection = await database.connect();
  try {
    const roots = await queryRows<RootSetting>(connection, INDEXED_ROOTS_SQL);
    const files = areSample(roots) ? await queryRows<{ path: string }>(connection, 'SELECT DISTINCT path FROM file_marks') : [];
    return { roots, isSample: areSample(roots) && files.every(({ path }) => existsSync(join(SAMPLE_ROOT.path, path))) };
  } finally {
    connection.closeSync();
  }
}

function holdsImports({ imports }: DataPaths): boolean {
  return existsSync(imports) && readdirSync(imports, { recursive: true, encoding: 'utf8' }).some((path) => path.endsWith('.jsonl'));
}
