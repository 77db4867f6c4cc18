// Does random things to files (see test/support/history.ts) in a process of its own, so that an index sees
// them in the middle of what it does itself, and judges in the end what was indexed.

import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { Rng } from '../../bench/generator/rng.ts';
import { World } from '../support/history.ts';
import type { Seen } from '../support/history.ts';

export type HistoryRequest = { kind: 'live'; seed: number; dir: string; steps: number } | { kind: 'judge'; seed: number; seen: Seen };
/** `wrong`: null after living; what is wrong, or nothing, after judging. */
export interface HistoryAnswer {
  seed: number;
  wrong: string | null;
}

const worlds = new Map<number, World>();

async function live(world: World, seed: number, steps: number): Promise<void> {
  const rng = new Rng(seed, 'pace');
  for (let step = 0; step < steps; step++) {
    world.step();
    // Names that change while they are looked at.
    if (rng.chance(0.3)) world.wander(rng.int(1, 40));
    if (rng.chance(0.2)) await sleep(rng.int(1, 4));
    else if (rng.chance(0.5)) await nextTurn();
  }
}

function judge(world: World, seen: Seen): string {
  const wrong = world.check(seen);
  return wrong.length === 0 ? '' : world.story(wrong);
}

async function answer(request: HistoryRequest): Promise<void> {
  const { seed } = request;
  if (request.kind === 'live') {
    const world = new World(request.dir, seed, true);
    worlds.set(seed, world);
    await live(world, seed, request.steps);
    process.send?.({ seed, wrong: null } satisfies HistoryAnswer);
    return;
  }
  const world = worlds.get(seed);
  worlds.delete(seed);
  process.send?.({ seed, wrong: world === undefined ? 'it never lived' : judge(world, request.seen) } satisfies HistoryAnswer);
}

process.on('message', (request: HistoryRequest) => void answer(request));
process.send?.({ seed: 0, wrong: null } satisfies HistoryAnswer);
