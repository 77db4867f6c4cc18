// Which folders are read: those asked for, else where the agents of this computer keep their logs, else, where
// nothing else is there, the sample that comes with the product.

import { existsSync, readdirSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LakeError } from '../core/errors.ts';
import type { RootSetting } from '../core/settings/setting-root.ts';
import { packageUrl } from '../core/worker-url.ts';
import { adapterOf, adapters, documentsOf } from '../sources/registry.ts';

export interface ChosenRoots {
  roots: RootSetting[];
  sample: boolean;
}

export const SAMPLE_ROOT: RootSetting = { source: 'claude-code', path: fileURLToPath(packageUrl(import.meta.url, 'data/sample/claude-code')) };

/** Whether that is all there is; also where the package was elsewhere. */
export function areSample(roots: readonly RootSetting[]): boolean {
  return roots.length > 0 && roots.every(({ path }) => path === SAMPLE_ROOT.path || path.endsWith('/data/sample/claude-code'));
}

/** `mayHoldSample`: whether the data directory has nothing that the sample would be mixed with. Throws `config` where a root is a file. */
export async function chooseRoots(asked: readonly RootSetting[], env: Readonly<Record<string, string | undefined>>, home: string, mayHoldSample: () => Promise<boolean>): Promise<ChosenRoots> {
  for (const { path } of asked) requireFolder(path);
  if (asked.length > 0) return { roots: [...asked], sample: false };
  const found = adapters().flatMap((adapter) => adapter.defaultRoots({ env, home }).map((path) => ({ source: adapter.id, path })));
  if (found.some((root) => holdsLogs(root))) return { roots: found, sample: false };
  return existsSync(SAMPLE_ROOT.path) && (await mayHoldSample()) ? { roots: [SAMPLE_ROOT], sample: true } : { roots: found, sample: false };
}

/** It may not be there yet; a file would be waited for in vain. */
function requireFolder(path: string): void {
  if (statsOf(path)?.isDirectory() === false) throw new LakeError('config', `The root ${path} is not a folder.`, { hint: 'Give the folder that holds the logs; all in it is read, at any depth.' });
}

export function rootExists(root: RootSetting): boolean {
  return statsOf(root.path)?.isDirectory() === true;
}

/** Undefined also where nobody may look. */
function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** Whether there is anything of an agent's at any depth; the first file found is enough. */
function holdsLogs(root: RootSetting, folder = ''): boolean {
  const adapter = adapterOf(root.source);
  try {
    return readdirSync(join(root.path, folder), { withFileTypes: true }).some((entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) return adapter.enters?.(path) !== false && holdsLogs(root, path);
      return entry.isFile() && (adapter.accepts(path) === 'source' || documentsOf(root.source)?.accepts(path) === true);
    });
  } catch {
    return false;
  }
}
