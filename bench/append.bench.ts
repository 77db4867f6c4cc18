// What one more line costs, in a small and in a large file, and in a large lake: bytes read and CPU.

import { appendFileSync, closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchResult, Figure } from './support/figures.ts';
import { BenchLake, processUsage } from './support/lake.ts';
import { logsOf } from './support/logs.ts';

const APPENDS = 200;
/** A daemon has run for longer than a moment. */
const WARM_APPENDS = 40;
const PAUSE_MS = 50;
const LAKE = { seed: 1, shape: 'mixed', targetBytes: 1e9 } as const;

export async function appendBench(): Promise<BenchResult> {
  return {
    bench: `append: one line of 1 KB at a time, ${1000 / PAUSE_MS} a second`,
    figures: [
      ...(await appended('1 MB file', 1)),
      ...(await appended('300 MB file', 300)),
      ...(await appended('1 MB file of a 1 GB lake', 1, (await logsOf(LAKE)).root)),
    ],
    notes: ['CPU is of the whole process, directory watch and commit included, and what the tables get every five seconds.'],
  };
}

async function appended(where: string, megabytes: number, logs?: string): Promise<Figure[]> {
  const lake = new BenchLake();
  const path = join(lake.root, '-home-ada-engine', 'aaaaaaaa-0000-4000-8000-000000000000.jsonl');
  mkdirSync(join(lake.root, '-home-ada-engine'), { recursive: true });
  try {
    writeLines(path, megabytes * 1e6);
    await lake.start(['--no-archive', ...(logs === undefined ? [] : ['--root', logs])]);
    await sleep(1500);
    await append(path, 'warm', WARM_APPENDS);
    const before = processUsage(lake.pid);
    await append(path, 'extra', APPENDS);
    const after = processUsage(lake.pid);
    return [
      { name: `read per appended 1 KB, ${where}`, value: (after.readBytes - before.readBytes) / APPENDS / 1024, unit: 'KiB', goal: { atMost: 64 } },
      { name: `CPU per appended line, ${where}`, value: ((after.cpuSeconds - before.cpuSeconds) * 1000) / APPENDS, unit: 'ms', goal: { atMost: 2 } },
    ];
  } finally {
    await lake.remove();
  }
}

async function append(path: string, name: string, lines: number): Promise<void> {
  for (let n = 0; n < lines; n++) {
    appendFileSync(path, line(`${name}-${n}`, 1000));
    await sleep(PAUSE_MS);
  }
  await sleep(4 * PAUSE_MS);
}

function line(uuid: string, bytes: number): string {
  const record = { type: 'user', uuid, parentUuid: null, sessionId: 'aaaaaaaa-0000-4000-8000-000000000000', timestamp: '2026-10-01T00:00:00.000Z', message: { role: 'user', content: '' } };
  record.message.content = 'x'.repeat(Math.max(0, bytes - JSON.stringify(record).length - 1));
  return `${JSON.stringify(record)}\n`;
}

function writeLines(path: string, bytes: number): void {
  const fd = openSync(path, 'w');
  for (let n = 0, at = 0; at < bytes; n++) at += writeSync(fd, line(`line-${n}`, 10_000));
  closeSync(fd);
}
