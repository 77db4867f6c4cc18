// Random histories of files that another process makes while ingest looks, reads, ends and starts again:
// every call to the file system may find another world than the one before. Runs 80 by default, 8 at a time;
// SESSIONLAKE_HISTORIES=N runs N, SESSIONLAKE_SEED=N begins with another seed. What a failure prints is what
// was done; the same seed does the same things, but not at the same moments.

import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Rng } from '../../bench/generator/rng.ts';
import type { HistoryAnswer, HistoryRequest } from './history-child.ts';
import { MemoryLake } from './memory-lake.ts';
import { newIngest, rest, withFolder } from './test-ingest.ts';
import type { Started } from './test-ingest.ts';

const HISTORIES = Number(process.env['SESSIONLAKE_HISTORIES'] ?? 80);
const FIRST_SEED = Number(process.env['SESSIONLAKE_SEED'] ?? 1);
const AT_ONCE = 8;
const STEPS = 80;
const CHILD = fileURLToPath(new URL('./history-child.ts', import.meta.url));

let child: ChildProcess;
const waiting = new Map<number, (wrong: string | null) => void>();

beforeAll(async () => {
  const started = new Promise((resolve) => waiting.set(0, resolve));
  child = fork(CHILD, { execArgv: ['--import', 'tsx'] });
  child.on('message', ({ seed, wrong }: HistoryAnswer) => waiting.get(seed)?.(wrong));
  await started;
});
afterAll(() => {
  child.kill();
});

function ask(request: HistoryRequest): Promise<string | null> {
  const answer = new Promise<string | null>((resolve) => waiting.set(request.seed, resolve));
  child.send(request);
  return answer;
}

async function runHistory(seed: number): Promise<string> {
  return withFolder(async (dir) => {
    const rng = new Rng(seed, 'concurrent');
    const root = `${dir}/projects`;
    mkdirSync(root);
    const lake = new MemoryLake();
    if (rng.chance(0.3)) lake.during = () => sleep(1);
    const watch = rng.chance(0.7);
    let { ingest }: Started = newIngest(root, lake, { watch });
    await ingest.start();
    const life = { over: false };
    void ask({ kind: 'live', seed, dir: `${root}/w`, steps: STEPS }).then(() => (life.over = true));
    while (!life.over) {
      await sleep(rng.int(0, 8));
      if (!watch || rng.chance(0.2)) void ingest.sweep();
      if (!rng.chance(0.1)) continue;
      // What was read but not stored dies with the process.
      if (rng.chance(0.6)) lake.outcome = () => 'refused';
      await ingest.close();
      lake.outcome = () => 'stored';
      ({ ingest } = newIngest(root, lake, { watch }));
      await ingest.start();
    }
    await rest(ingest, () => lake.commits);
    await ingest.close();
    const wrong = await ask({ kind: 'judge', seed, seen: lake.seen() });
    return [...lake.violations, ...(wrong === null || wrong === '' ? [] : [wrong])].join('\n');
  });
}

it(`histories that another process makes end as they must (${HISTORIES} from seed ${FIRST_SEED})`, { timeout: 60_000 + HISTORIES * 1000 }, async () => {
  let next = FIRST_SEED;
  const wrong: string[] = [];
  const runSome = async (): Promise<void> => {
    while (next < FIRST_SEED + HISTORIES && wrong.length === 0) {
      const story = await runHistory(next++);
      if (story !== '') wrong.push(story);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, runSome));
  expect(wrong.join('\n')).toBe('');
});
