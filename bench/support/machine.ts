// What the figures were measured on.

import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { readMachine } from '../../src/daemon/machine.ts';

interface Manifest {
  version: string;
}

export function machineLine(): string {
  const [cpu] = cpus();
  const duckdb = JSON.parse(readFileSync(new URL('../../node_modules/@duckdb/node-api/package.json', import.meta.url), 'utf8')) as Manifest;
  return [
    `${cpus().length} × ${cpu?.model.trim() ?? 'unknown CPU'}`, `${gib(totalmem())} GiB`, ...groupLimits(),
    `${process.platform} ${release()} ${process.arch}`, `Node ${process.versions.node}`, `DuckDB ${duckdb.version}`,
  ].join(', ');
}

/** What the control groups allow, where that is less than there is. */
function groupLimits(): string[] {
  const { cores, memoryBytes } = readMachine();
  const limits = [...(cores < cpus().length ? [`${cores} cores`] : []), ...(memoryBytes < totalmem() ? [`${gib(memoryBytes)} GiB`] : [])];
  return limits.length === 0 ? [] : [`limited to ${limits.join(' and ')}`];
}

function gib(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(0);
}
