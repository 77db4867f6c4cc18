// What one more line costs in a large file: bytes read and CPU, against the same in a small file.

import { appendFileSync, closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchResult, Figure } from './support/figures.ts';
import { BenchLake, processUsage } from './support/lake.ts';

const APPENDS = 40;

export async function appendBench(): Promise<BenchResult> {
  const figures: Figure[] = [];
  for (const megabytes of [1, 300]) {
    const lake = new BenchLake();
    const path = join(lake.root, '-home-ada-engine', 'aaaaaaaa-0000-4000-8000-000000000000.jsonl');
    mkdirSync(join(lake.root, '-home-ada-engine'), { recursive: true });
    try {
      writeLines(path, megabytes * 1e6);
      await lake.start(['--no-archive']);
      await sleep(1500);
      const before = processUsage(lake.pid);
      for (let n = 0; n < APPENDS; n++) {
        appendFileSync(path, line(`extra-${n}`, 1000));
        await sleep(50);
      }
      await sleep(200);
      const after = processUsage(lake.pid);
      figures.push({ name: `read per appended 1 KB, ${megabytes} MB file`, value: (after.readBytes - before.readBytes) / APPENDS / 1024, unit: 'KiB', goal: { atMost: 64 } });
      figures.push({ name: `CPU per appended line, ${megabytes} MB file`, value: ((after.cpuSeconds - before.cpuSeconds) * 1000) / APPENDS, unit: 'ms', goal: { atMost: 2 } });
    } finally {
      await lake.remove();
    }
  }
  return { bench: 'append: one line of 1 KB at a time, 20 a second', figures, notes: ['CPU is of the whole process, directory watch and commit included.'] };
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
