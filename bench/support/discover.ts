// The benches, by the names of their files: NAME.bench.ts exports one function NAMEBench(quick).

import { readdirSync } from 'node:fs';
import type { BenchResult } from './figures.ts';

export type Bench = (quick: boolean) => Promise<BenchResult>;

const FOLDER = new URL('..', import.meta.url);
const SUFFIX = '.bench.ts';

export function benchNames(): string[] {
  return readdirSync(FOLDER).filter((name) => name.endsWith(SUFFIX)).map((name) => name.slice(0, -SUFFIX.length)).toSorted();
}

export async function loadBench(name: string): Promise<Bench> {
  const module = (await import(new URL(`${name}${SUFFIX}`, FOLDER).href)) as Record<string, unknown>;
  const bench = module[`${name}Bench`];
  if (typeof bench !== 'function') throw new Error(`bench/${name}${SUFFIX} exports no function ${name}Bench`);
  return bench as Bench;
}
