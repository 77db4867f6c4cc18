// What this process may use of the machine: cores and memory, with the limits of its control groups,
// version 1 or 2, its own and those above it.

import { readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';

export interface Machine {
  /** Whole cores, at least one; a share of a core counts as one. */
  cores: number;
  memoryBytes: number;
}

const GROUPS = '/sys/fs/cgroup';

type ReadText = (path: string) => string | null;

export function readMachine(read: ReadText = readText, cores = availableParallelism(), memoryBytes = totalmem()): Machine {
  const folders = groupFolders(read);
  const quotas = folders.flatMap((folder) => [...(coresOfV2(read(`${folder}/cpu.max`))), ...coresOfV1(read, folder)]);
  const limits = folders.flatMap((folder) => ['memory.max', 'memory.high', 'memory.limit_in_bytes'].flatMap((name) => numbersIn(read(`${folder}/${name}`))));
  return { cores: Math.max(1, Math.min(cores, ...quotas.map(Math.ceil))), memoryBytes: Math.min(memoryBytes, ...limits) };
}

/** Where limits may stand: in version 2 one tree, in version 1 one a controller; each from the own group up to the top. */
function groupFolders(read: ReadText): string[] {
  const folders = new Set([GROUPS, `${GROUPS}/cpu`, `${GROUPS}/memory`]);
  for (const line of (read('/proc/self/cgroup') ?? '').split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) continue;
    const tree = controllers === '' ? GROUPS : `${GROUPS}/${controllers}`;
    for (let at = path; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) folders.add(`${tree}${at === '/' ? '' : at}`);
  }
  return [...folders];
}

/** "200000 100000" is two cores, "max 100000" no limit. */
function coresOfV2(text: string | null): number[] {
  const [quota, period] = (text ?? '').split(' ').map(Number);
  return quota !== undefined && period !== undefined && quota > 0 && period > 0 ? [quota / period] : [];
}

/** A quota of -1 is no limit. */
function coresOfV1(read: ReadText, folder: string): number[] {
  const [quota] = numbersIn(read(`${folder}/cpu.cfs_quota_us`));
  const [period] = numbersIn(read(`${folder}/cpu.cfs_period_us`));
  return quota !== undefined && period !== undefined ? [quota / period] : [];
}

function numbersIn(text: string | null): number[] {
  const value = Number(text ?? 'NaN');
  return value > 0 ? [value] : [];
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}
