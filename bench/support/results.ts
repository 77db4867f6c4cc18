// The results of one run as a file, for comparing, the docs and the plot.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { BenchResult } from './figures.ts';

export interface NamedResult extends BenchResult {
  /** What `npm run bench -- NAME` calls it. */
  name: string;
}

export interface Results {
  machine: string;
  /** ISO time of the end of the run. */
  date: string;
  quick: boolean;
  results: NamedResult[];
}

export function saveResults(path: string, results: Results): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(results, null, 2)}\n`);
}

export function loadResults(path: string): Results {
  const results = JSON.parse(readFileSync(path, 'utf8')) as Partial<Results>;
  if (typeof results.machine !== 'string' || !Array.isArray(results.results)) throw new Error(`${path} holds no results of a bench run`);
  return results as Results;
}
