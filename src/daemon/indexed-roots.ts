// The roots of an index that nobody serves.

import type { RootSetting } from '../core/settings/setting-root.ts';
import { Database } from '../index/store/database.ts';
import { queryRows } from '../index/store/query.ts';
import type { DataPaths } from './data-dir.ts';

/** Roots that files of the index were read from, as `RootSetting`. */
export const INDEXED_ROOTS_SQL = 'SELECT DISTINCT source, root AS path FROM files ORDER BY source, path';

/** Throws `already_running` where a daemon serves the index. */
export async function indexedRoots(paths: DataPaths): Promise<RootSetting[]> {
  const database = await openIndex(paths);
  try {
    const connection = await database.connect();
    const roots = await queryRows<RootSetting>(connection, INDEXED_ROOTS_SQL);
    connection.closeSync();
    return roots;
  } finally {
    database.close();
  }
}

/** For a look before it is opened to work with. */
export function openIndex(paths: DataPaths): Promise<Database> {
  const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
  return Database.open({ path: paths.index, readOnly: false, memoryLimitBytes: 128 * 1024 * 1024, threads: 1, tempDir: paths.temp, logger: silent });
}
