// Looks at files in a piscina worker, where nobody waits for it: tens of thousands of them, and parts of any size.

import { setPriority } from 'node:os';
import { hashFile } from '../../archive/part-file.ts';
import { lookAtFiles } from './file-check.ts';
import type { FileLook, FileReport } from './file-check.ts';

/** Below what answers. */
const NICENESS = 5;

// There it is the thread's alone; elsewhere it would be the process's.
if (process.platform === 'linux') setPriority(NICENESS);

export default async function look(task: FileLook): Promise<FileReport> {
  return lookAtFiles(task);
}

export function hash(path: string): Promise<string> {
  return hashFile(path);
}
