// Generated logs, kept in bench/.cache between runs: the same shape, size and seed by the same
// generator are the same bytes.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateLake } from '../generator/generate.ts';
import type { LakeOptions } from '../generator/options.ts';
import type { Truth } from '../generator/truth.ts';

export interface Logs {
  /** Laid out as Claude Code's configuration folder: its logs are in `projects`. */
  home: string;
  /** A root for the daemon. */
  root: string;
  truth: Truth;
}

const GENERATOR = fileURLToPath(new URL('../generator', import.meta.url));
const CACHE = fileURLToPath(new URL('../.cache/logs', import.meta.url));

export async function logsOf(options: LakeOptions): Promise<Logs> {
  const key = Object.entries(options).map(([name, value]) => `${name}-${value}`).join('-');
  const home = join(CACHE, generatorHash(), key);
  const root = join(home, 'projects');
  const truthFile = join(home, 'truth.json');
  if (!existsSync(truthFile)) {
    dropOtherGenerators();
    rmSync(home, { recursive: true, force: true });
    mkdirSync(root, { recursive: true });
    const truth = await generateLake({ ...options, dir: root });
    // Last, so that what is there is whole.
    writeFileSync(truthFile, JSON.stringify(truth));
  }
  return { home, root, truth: JSON.parse(readFileSync(truthFile, 'utf8')) as Truth };
}

/** For sizes that are not worth their place on the disk. */
export function dropLogs(logs: Logs): void {
  rmSync(logs.home, { recursive: true, force: true });
}

function dropOtherGenerators(): void {
  if (!existsSync(CACHE)) return;
  for (const name of readdirSync(CACHE)) if (name !== generatorHash()) rmSync(join(CACHE, name), { recursive: true, force: true });
}

function generatorHash(): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(GENERATOR).toSorted()) hash.update(name).update(readFileSync(join(GENERATOR, name)));
  return hash.digest('hex').slice(0, 12);
}
