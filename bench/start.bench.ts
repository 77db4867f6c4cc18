// From the start of the process: until a command has answered, until the daemon is ready and has caught up
// with a lake that did not change, and until a first index gives its first useful answer.

import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { median } from './support/figures.ts';
import type { BenchResult, Figure } from './support/figures.ts';
import { BenchLake, EXECUTABLE, processUsage } from './support/lake.ts';
import { logsOf } from './support/logs.ts';

const ROUNDS = 7;
const SIZE = Number(process.env['BENCH_START_BYTES'] ?? 1e9);

export async function startBench(quick = false): Promise<BenchResult> {
  const { root, truth } = await logsOf({ seed: 1, shape: 'mixed', targetBytes: quick ? 1e8 : SIZE });
  const lake = new BenchLake(root);
  try {
    const firstAnswerMs = await firstAnswer(lake);
    await lake.caughtUp();
    await lake.stop();
    return {
      bench: `start: ${(truth.bytes / 1e6).toFixed(0)} MB`,
      figures: [
        { name: 'node alone', value: commandMs(['-e', '0']), unit: 'ms', reference: true },
        { name: 'sessionlake --version', value: commandMs([EXECUTABLE, '--version']), unit: 'ms' },
        { name: 'first index: a session can be asked for', value: firstAnswerMs, unit: 'ms', goal: { atMost: 1000 } },
        ...(await restarts(lake)),
      ],
      notes: [`Medians of ${ROUNDS}, the first index once. Ready: the port answers. CPU is of all threads, in steps of 10 ms.`],
    };
  } finally {
    await lake.remove();
  }
}

function commandMs(args: readonly string[]): number {
  return median(Array.from({ length: ROUNDS }, () => {
    const started = performance.now();
    execFileSync(process.execPath, args);
    return performance.now() - started;
  }));
}

async function firstAnswer(lake: BenchLake): Promise<number> {
  const started = performance.now();
  await lake.serve(['--no-archive']);
  while ((await lake.get<{ items: object[] }>('/api/sessions?limit=1')).items.length === 0) await sleep(5);
  return performance.now() - started;
}

async function restarts(lake: BenchLake): Promise<Figure[]> {
  const ready: number[] = [];
  const readyCpu: number[] = [];
  const caughtUp: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const started = performance.now();
    await lake.serve(['--no-archive']);
    ready.push(performance.now() - started);
    readyCpu.push(processUsage(lake.pid).cpuSeconds * 1000);
    await lake.caughtUp();
    caughtUp.push(performance.now() - started);
    await lake.stop();
  }
  return [
    { name: 'restart: ready', value: median(ready), unit: 'ms', goal: { atMost: 300 } },
    { name: 'restart: CPU until ready', value: median(readyCpu), unit: 'ms' },
    { name: 'restart: caught up', value: median(caughtUp), unit: 'ms', goal: { atMost: 500 } },
  ];
}
