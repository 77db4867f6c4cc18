// Random histories of files in which something happens before any call to the file system, and in the middle
// of a read, where the dice say so: the races of concurrent-histories.test.ts, but far more of them, and nearly
// the same ones for the same seed. Hints are as random: many are lost, and many are of nothing. Runs 25 by
// default; SESSIONLAKE_HISTORIES=N runs N, SESSIONLAKE_SEED=N begins with another seed.

import { mkdirSync } from 'node:fs';
import { valueSymbol } from 'piscina';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Rng } from '../../bench/generator/rng.ts';
import { readSegments } from '../../src/ingest/scan-worker.ts';
import type { ReadSegment } from '../../src/ingest/scan-worker.ts';
import { Scanner } from '../../src/ingest/scanner.ts';
import { World } from '../support/history.ts';
import { MemoryLake } from './memory-lake.ts';
import { newIngest, rest, withFolder } from './test-ingest.ts';

const HISTORIES = Number(process.env['SESSIONLAKE_HISTORIES'] ?? 25);
const FIRST_SEED = Number(process.env['SESSIONLAKE_SEED'] ?? 1);
const STEPS = 200;
/** Where the world comes to no end of its steps by itself. */
const LOOKS_MAX = 2000;

type Call = (...args: never[]) => unknown;
type Hint = (event: string, name: string) => void;

/** What happens meanwhile. Nothing does while it happens. */
const meanwhile = vi.hoisted(() => ({
  act: null as ((surely: boolean) => void) | null,
  dice: { isTorn: (): boolean => false, turns: (): number => 0 },
  acting: false,
  hints: new Map<string, Hint>(),
  happen(surely = false): void {
    if (this.act === null || this.acting) return;
    this.acting = true;
    try {
      this.act(surely);
    } finally {
      this.acting = false;
    }
  },
  /** A few turns of the event loop, and what happens in them. */
  async pass(): Promise<void> {
    for (let turns = this.dice.turns(); turns > 0; turns--) {
      await new Promise((resolve) => setImmediate(resolve));
      this.happen();
      vi.advanceTimersByTime(1);
    }
  },
}));

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const after = <Sync extends Call>(call: Sync): Sync => ((...args) => {
    meanwhile.happen();
    return call(...args);
  }) as Sync;
  const readSync = (fd: number, bytes: Uint8Array, offset: number, length: number, position: number): number => {
    const first = meanwhile.dice.isTorn() ? Math.trunc(length / 2) : 0;
    const read = first === 0 ? 0 : fs.readSync(fd, bytes, offset, first, position);
    meanwhile.happen(first > 0);
    return read < first ? read : read + fs.readSync(fd, bytes, offset + first, length - first, position + first);
  };
  const watch = (dir: string, _: unknown, hint: Hint): unknown => {
    meanwhile.hints.set(dir, hint);
    return { on: () => undefined, close: () => meanwhile.hints.delete(dir) };
  };
  return { ...fs, lstatSync: after(fs.lstatSync), fstatSync: after(fs.fstatSync), openSync: after(fs.openSync), readdirSync: after(fs.readdirSync), readSync, watch };
});

vi.mock('node:fs/promises', async (original) => {
  const [promises, fs] = [await original<typeof import('node:fs/promises')>(), await vi.importActual<typeof import('node:fs')>('node:fs')];
  const slowly = <T>(call: (path: string) => T) => async (path: string): Promise<T> => {
    await meanwhile.pass();
    try {
      return call(path);
    } finally {
      await meanwhile.pass();
    }
  };
  return { ...promises, lstat: slowly((path) => fs.lstatSync(path)), realpath: slowly((path) => fs.realpathSync(path)), statfs: slowly((path) => fs.statfsSync(path)) };
});

vi.mock('node:timers/promises', async (original) => ({ ...(await original<typeof import('node:timers/promises')>()), setImmediate: () => meanwhile.pass() }));
vi.mock('chokidar', () => ({ watch: () => ({ on: () => undefined, close: async () => undefined }) }));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { scan } = Scanner.prototype;
  vi.spyOn(Scanner.prototype, 'scan').mockImplementation(async function (this: Scanner, inputs) {
    await meanwhile.pass();
    return scan.call(this, inputs);
  });
  // A worker would read without what happens meanwhile.
  vi.spyOn(Scanner.prototype, 'read').mockImplementation(async (jobs) => {
    await meanwhile.pass();
    const read = readSegments(jobs) as { [valueSymbol]: (ReadSegment | null)[] };
    await meanwhile.pass();
    return read[valueSymbol];
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function hintOf(world: World, rng: Rng): void {
  const dirs = [...meanwhile.hints.keys()];
  if (dirs.length === 0) return;
  const path = rng.chance(0.8) ? rng.pick(world.paths()) : rng.pick(dirs);
  const at = path.lastIndexOf('/');
  meanwhile.hints.get(path.slice(0, at))?.(rng.pick(['rename', 'change']), path.slice(at + 1));
}

/** Resolves when all there is is indexed, time going on. */
async function settle(ingest: Parameters<typeof rest>[0], lake: MemoryLake): Promise<void> {
  const time = setInterval(() => vi.advanceTimersByTime(5), 1);
  await rest(ingest, () => lake.commits);
  await ingest.close();
  clearInterval(time);
}

async function runHistory(seed: number): Promise<string> {
  return withFolder(async (dir) => {
    const rng = new Rng(seed, 'interleaved');
    const root = `${dir}/projects`;
    mkdirSync(root);
    const world = new World(`${root}/w`, seed, true);
    const lake = new MemoryLake();
    lake.during = () => meanwhile.pass();
    const watch = rng.chance(0.6);
    const often = rng.pick([0.01, 0.03, 0.1]);
    const wandering = rng.pick([0.2, 0.6]);
    const steps = { left: STEPS };
    meanwhile.dice = { turns: () => rng.int(0, 4), isTorn: () => meanwhile.act !== null && !meanwhile.acting && rng.chance(often) };
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => (now += rng.int(0, 2)));
    meanwhile.act = (surely) => {
      if (watch && rng.chance(0.1)) hintOf(world, rng);
      if (steps.left === 0 || !(surely || rng.chance(often))) return;
      if (rng.chance(wandering)) {
        world.wander(rng.int(1, 3));
        return;
      }
      steps.left -= 1;
      world.step();
    };
    let { ingest } = newIngest(root, lake, { watch });
    await ingest.start();
    for (let looks = 0; steps.left > 0 && looks < LOOKS_MAX; looks++) {
      meanwhile.happen();
      if (rng.chance(0.5)) void ingest.sweep();
      await meanwhile.pass();
      if (!rng.chance(0.03)) continue;
      const isKilled = rng.chance(0.6);
      world.note(isKilled ? 'killed' : 'stopped');
      // What was read but not stored dies with the process.
      if (isKilled) lake.outcome = () => 'refused';
      await ingest.close();
      lake.outcome = () => 'stored';
      ({ ingest } = newIngest(root, lake, { watch }));
      await ingest.start();
    }
    meanwhile.act = null;
    await settle(ingest, lake);
    const wrong = [...lake.violations, ...world.check(lake.seen())];
    return wrong.length === 0 ? '' : world.story(wrong);
  });
}

it(`histories in the middle of everything end as they must (${HISTORIES} from seed ${FIRST_SEED})`, { timeout: 60_000 + HISTORIES * 1000 }, async () => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + HISTORIES; seed++) expect(await runHistory(seed)).toBe('');
});
