// A folder with all above it. Node's own `recursive` never returns where a file system refuses with ENOENT,
// as /proc does.

import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemCode } from '../core/errors.ts';

/** One that is there already is left as it is. Throws the system's error. */
export function makeFolder(path: string, mode: number): void {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if (isFolder(path)) return;
    const above = dirname(path);
    if (systemCode(error) !== 'ENOENT' || isFolder(above) || above === path) throw error;
    makeFolder(above, mode);
    mkdirSync(path, { mode });
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
