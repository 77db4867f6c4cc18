// What the figures were measured on.

import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';

interface Manifest {
  version: string;
}

export function machineLine(): string {
  const [cpu] = cpus();
  const duckdb = JSON.parse(readFileSync(new URL('../../node_modules/@duckdb/node-api/package.json', import.meta.url), 'utf8')) as Manifest;
  return [
    `${cpus().length} × ${cpu?.model.trim() ?? 'unknown CPU'}`, `${(totalmem() / 2 ** 30).toFixed(0)} GiB`, ...groupLimits(),
    `${process.platform} ${release()} ${process.arch}`, `Node ${process.versions.node}`, `DuckDB ${duckdb.version}`,
  ].join(', ');
}

/** What the control group allows, where it limits anything. */
function groupLimits(): string[] {
  const [quota, period] = (firstLine('/sys/fs/cgroup/cpu.max') ?? 'max').split(' ').map(Number);
  const memory = Number(firstLine('/sys/fs/cgroup/memory.max'));
  return [
    ...(Number.isFinite(quota) && period !== undefined ? [`group limit ${((quota ?? 0) / period).toFixed(1)} cores`] : []),
    ...(memory > 0 ? [`group limit ${(memory / 2 ** 30).toFixed(1)} GiB`] : []),
  ];
}

function firstLine(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}
