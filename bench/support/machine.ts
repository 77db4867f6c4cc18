// What the figures were measured on.

import { cpus, totalmem } from 'node:os';
import { readFileSync } from 'node:fs';

interface Manifest {
  version: string;
}

export function machineLine(): string {
  const [cpu] = cpus();
  const duckdb = JSON.parse(readFileSync(new URL('../../node_modules/@duckdb/node-api/package.json', import.meta.url), 'utf8')) as Manifest;
  return `${cpus().length} × ${cpu?.model.trim() ?? 'unknown CPU'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, ${process.platform} ${process.arch}, Node ${process.versions.node}, DuckDB ${duckdb.version}`;
}
