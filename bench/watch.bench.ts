// Watching 20,000 files in 3,000 directories: what it takes until nothing can be missed, beside other ways
// to watch the same tree, and what the whole daemon burns over it at rest.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Way, WatchCost } from './peers/watch-worker.ts';
import { median } from './support/figures.ts';
import type { BenchResult, Figure } from './support/figures.ts';
import { BenchLake, processUsage } from './support/lake.ts';

const FILES = 20_000;
const FOLDERS = 3000;
const PROJECTS = 100;
const WORKER = fileURLToPath(new URL('./peers/watch-worker.ts', import.meta.url));
const NAMES: Record<Way, string> = { ours: 'ours', chokidar: 'chokidar over everything', recursive: 'recursive fs.watch', directories: 'fs.watch a directory, nothing else' };
const WAYS = Object.keys(NAMES) as Way[];

export async function watchBench(quick = false): Promise<BenchResult> {
  const dir = mkdtempSync(join(tmpdir(), 'sessionlake-bench-watch-'));
  try {
    writeTree(dir);
    const costs = new Map(WAYS.map((way): [Way, WatchCost[]] => [way, []]));
    for (let round = 0; round < (quick ? 1 : 5); round++) for (const way of WAYS) costs.get(way)?.push(watchOnce(way, dir));
    const figures = WAYS.flatMap((way) => figuresOf(way, costs.get(way) ?? []));
    return { bench: `watch: ${FILES} files in ${FOLDERS} directories`, figures: [...figures, ...(await atRest(dir, quick ? 10 : 60))], notes: ['Each way in a process of its own, in turn; memory is what the process grew by. At rest: the whole daemon, after a restart.'] };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function figuresOf(way: Way, costs: readonly WatchCost[]): Figure[] {
  if (costs.some(({ files }) => files !== FILES)) throw new Error(`${NAMES[way]} found ${costs.map(({ files }) => files).join(', ')} files of ${FILES}`);
  const ours = way === 'ours';
  const of = (what: string, unit: string, value: (cost: WatchCost) => number, atMost?: number): Figure =>
    ({ name: `${NAMES[way]}: ${what}`, value: median(costs.map(value)), unit, ...(ours ? atMost !== undefined && { goal: { atMost } } : { reference: true }) });
  return [of('ready', 'ms', (cost) => cost.readyMs, 300), of('CPU until ready', 'ms', (cost) => cost.cpuMs), of('memory', 'MB', (cost) => cost.rssBytes / 1e6, 40)];
}

function watchOnce(way: Way, dir: string): WatchCost {
  return JSON.parse(execFileSync(process.execPath, ['--import', 'tsx', WORKER, way, dir], { encoding: 'utf8' })) as WatchCost;
}

async function atRest(dir: string, seconds: number): Promise<Figure[]> {
  const lake = new BenchLake(dir);
  try {
    await lake.start(['--no-archive']);
    await lake.stop();
    await lake.start(['--no-archive']);
    // Past the pauses after which an index that came to rest merges what it wrote.
    await sleep(20_000);
    const before = processUsage(lake.pid).cpuSeconds;
    await sleep(seconds * 1000);
    const { cpuSeconds, rssBytes } = processUsage(lake.pid);
    return [
      { name: 'daemon at rest', value: ((cpuSeconds - before) / seconds) * 100, unit: '% of a core', goal: { atMost: 0.05 } },
      { name: 'daemon at rest, memory', value: rssBytes / 1e6, unit: 'MB' },
    ];
  } finally {
    await lake.remove();
  }
}

function writeTree(root: string): void {
  for (let folder = 0; folder < FOLDERS; folder++) {
    const dir = join(root, `-home-ada-p${folder % PROJECTS}`, `s${folder}`, 'subagents');
    mkdirSync(dir, { recursive: true });
  }
  for (let n = 0; n < FILES; n++) {
    const folder = n % FOLDERS;
    const line = { type: 'user', uuid: `u-${n}`, sessionId: `s-${folder}`, timestamp: '2025-10-01T08:00:00.000Z', cwd: '/home/ada', message: { role: 'user', content: 'x' } };
    writeFileSync(join(root, `-home-ada-p${folder % PROJECTS}`, `s${folder}`, 'subagents', `agent-${n}.jsonl`), `${JSON.stringify(line)}\n`);
  }
}
