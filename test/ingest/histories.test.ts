// Random histories of files against a model (see test/support/history.ts), with an index in memory, so
// that there can be many, and commits that fail. Runs 120 by default, SESSIONLAKE_HISTORIES=N runs N;
// SESSIONLAKE_SEED=N begins with another seed. A failure prints its seed and everything that was done.

import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Rng } from '../../bench/generator/rng.ts';
import { World } from '../support/history.ts';
import { MemoryLake } from './memory-lake.ts';
import { newIngest, rest, withFolder } from './test-ingest.ts';
import type { Started } from './test-ingest.ts';

const HISTORIES = Number(process.env['SESSIONLAKE_HISTORIES'] ?? 120);
const FIRST_SEED = Number(process.env['SESSIONLAKE_SEED'] ?? 1);
const STEPS = 40;

interface Options {
  watch: boolean;
  /** How often a commit fails. */
  failures: number;
}

async function runHistory(seed: number, options: Options): Promise<string> {
  return withFolder(async (dir) => {
    const rng = new Rng(seed, 'driver');
    const root = `${dir}/projects`;
    mkdirSync(root);
    const world = new World(`${root}/w`, seed);
    const lake = new MemoryLake();
    lake.outcome = () => (rng.chance(options.failures) ? rng.pick(['refused', 'stored_but_failed']) : 'stored');
    if (rng.chance(0.3)) lake.during = () => sleep(1);
    // Each folder a root of its own, so that files move between roots, and roots come and go.
    const paths = rng.chance(0.3) ? ['p0', 'p1', 'p2'].map((folder) => `${root}/w/${folder}`) : [root];
    const settings = { watch: options.watch, roots: paths.map((path) => ({ source: 'claude-code', path })) };
    let { ingest }: Started = newIngest(root, lake, settings);
    await ingest.start();
    const restart = async (killed: boolean): Promise<void> => {
      world.note(killed ? 'killed' : 'stopped');
      const usual = lake.outcome;
      // What was read but not stored dies with the process.
      if (killed) lake.outcome = () => 'refused';
      await ingest.close();
      lake.outcome = usual;
      for (let steps = rng.int(0, 3); steps > 0; steps--) world.step();
      world.note('started');
      ({ ingest } = newIngest(root, lake, settings));
      await ingest.start();
    };
    for (let steps = 0; steps < STEPS; steps++) {
      world.step();
      if (rng.chance(0.15)) {
        world.note('looked at');
        void ingest.sweep();
      }
      if (rng.chance(0.3)) await sleep(rng.int(0, 3));
      if (rng.chance(0.15)) {
        await rest(ingest, () => lake.commits);
        world.note('rested');
        world.rested();
      }
      if (rng.chance(0.06)) await restart(rng.chance(0.5));
    }
    lake.outcome = () => 'stored';
    await rest(ingest, () => lake.commits);
    const wrong = [...lake.violations, ...world.check(lake.seen())];
    await ingest.close();
    return wrong.length === 0 ? '' : world.story(wrong);
  });
}

describe('histories of files', () => {
  const cases: [string, number, Options][] = [
    ['found by sweeping alone', 0.4, { watch: false, failures: 0 }],
    ['with hints', 0.3, { watch: true, failures: 0 }],
    ['with commits that fail', 0.3, { watch: true, failures: 0.15 }],
  ];
  let seed = FIRST_SEED;
  for (const [name, share, options] of cases) {
    const count = Math.ceil(HISTORIES * share);
    const first = seed;
    seed += count;
    it(`end as they must, ${name} (${count} from seed ${first})`, { timeout: 30_000 + HISTORIES * 500 }, async () => {
      for (let i = 0; i < count; i++) expect(await runHistory(first + i, options)).toBe('');
    });
  }
});
