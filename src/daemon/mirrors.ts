// The mirrors of the sources whose agents rewrite documents, and where else the data directory holds logs
// of its own: what was imported.

import type { Stats } from 'node:fs';
import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { RootSetting } from '../core/settings/setting-root.ts';
import { Mirror } from '../mirror/mirror.ts';
import { EXPORT_SOURCES } from '../sources/exports.ts';
import { documentsOf } from '../sources/registry.ts';
import type { DataPaths } from './data-dir.ts';

export class Mirrors {
  private readonly mirrors = new Map<string, Mirror>();
  /** What is to be read beside the roots that were asked for. */
  readonly roots: readonly RootSetting[];

  constructor(paths: Pick<DataPaths, 'mirror' | 'imports'>, roots: readonly RootSetting[]) {
    for (const source of new Set(roots.map((root) => root.source))) {
      const documents = documentsOf(source);
      if (documents !== null) this.mirrors.set(source, new Mirror(madeDir(paths.mirror), documents));
    }
    const mirrored = [...this.mirrors].map(([source, mirror]) => ({ source, path: mirror.dir }));
    // Made at once: for a folder that is not there yet the one above it is watched, and in the data directory
    // something is written with every commit.
    const imports = madeDir(paths.imports);
    this.roots = [...mirrored, ...EXPORT_SOURCES.map((source) => ({ source, path: join(imports, source) }))];
  }

  async take(root: RootSetting, path: string, stats: Pick<Stats, 'size' | 'mtimeMs'>): Promise<{ logs: string[]; settled: boolean }> {
    const mirror = this.mirrors.get(root.source);
    if (mirror === undefined || mirror.isCurrent(root.path, path, stats)) return { logs: [], settled: true };
    return mirror.take(root.path, path);
  }

  async close(): Promise<void> {
    for (const mirror of this.mirrors.values()) await mirror.close();
  }
}

/** With its links resolved, as the roots are. */
function madeDir(path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return realpathSync(path);
}
