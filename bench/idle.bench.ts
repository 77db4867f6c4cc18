// An idle daemon over many quiet files: CPU over a minute, memory, and how fast a restart has caught up.

import { setTimeout as sleep } from 'node:timers/promises';
import { generateLake } from './generator/generate.ts';
import type { BenchResult } from './support/figures.ts';
import { BenchLake, processUsage } from './support/lake.ts';

const FILES = 2000;
const LOOK_MS = 2000;
const QUIET_LOOKS = 10;

export async function idleBench(quick = false): Promise<BenchResult> {
  const seconds = quick ? 10 : 60;
  const lake = new BenchLake();
  try {
    const truth = await generateLake({ seed: 11, dir: lake.root, shape: 'many-small', sessions: FILES });
    const first = await lake.start();
    await lake.stop();
    const restart = await lake.start();
    await settle(lake);
    const before = processUsage(lake.pid);
    const started = performance.now();
    await sleep(seconds * 1000);
    const after = processUsage(lake.pid);
    const share = (after.cpuSeconds - before.cpuSeconds) / ((performance.now() - started) / 1000);
    const { files } = await lake.get<{ files: number }>('/api/status');
    return {
      bench: `idle: ${files} quiet files, ${(truth.bytes / 1e6).toFixed(0)} MB`,
      figures: [
        { name: 'CPU when idle', value: share * 100, unit: '% of a core', goal: { atMost: 0.5 } },
        { name: 'memory when idle', value: after.rssBytes / 1e6, unit: 'MB', goal: { atMost: 200 } },
        { name: 'first index, caught up', value: first, unit: 'ms' },
        { name: 'restart, caught up', value: restart, unit: 'ms', goal: { atMost: 2000 } },
      ],
      notes: [`Over ${seconds} s after a restart, archive included; the CPU clock ticks in 10 ms.`],
    };
  } finally {
    await lake.remove();
  }
}

/** Past the pauses after which a daemon that came to rest merges what it wrote and gives memory back: what follows is rest. */
async function settle(lake: BenchLake): Promise<void> {
  while ((await lake.get<{ archive: { pending_bytes: number } }>('/api/status')).archive.pending_bytes > 0) await sleep(500);
  let last = -1;
  for (let same = 0; same < QUIET_LOOKS; ) {
    await sleep(LOOK_MS);
    const { cpuSeconds } = processUsage(lake.pid);
    same = cpuSeconds - last < 0.05 ? same + 1 : 0;
    last = cpuSeconds;
  }
}
