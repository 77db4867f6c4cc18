// From an append to its WebSocket event, through the whole daemon: noticed, read, scanned, committed,
// published, received. Beside it in the same run the floor: the same writer, a bare directory watch
// and one read, with no commit and no socket.

import { appendFileSync, closeSync, mkdirSync, openSync, readSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { quantile } from './support/figures.ts';
import type { BenchResult, Figure } from './support/figures.ts';
import { BenchLake, processUsage } from './support/lake.ts';

const RATES = [1, 100, 1000];
const SESSION = '11111111-2222-4333-8444-555555555555';

export async function liveBench(quick = false): Promise<BenchResult> {
  const seconds = quick ? 3 : 10;
  const lake = new BenchLake();
  const dir = join(lake.root, '-home-ada-engine');
  mkdirSync(dir, { recursive: true });
  const path = join(dir, `${SESSION}.jsonl`);
  writeFileSync(path, '');
  const figures: Figure[] = [];
  try {
    await lake.start(['--no-archive']);
    const arrivals = await follow(lake);
    await writeAt(path, 20, 1, 'warm');
    for (const rate of RATES) {
      const before = processUsage(lake.pid).cpuSeconds;
      const started = performance.now();
      const sent = await writeAt(path, rate, rate === 1 ? Math.max(seconds, 12) : seconds, `r${rate}`);
      await sleep(300);
      const used = (processUsage(lake.pid).cpuSeconds - before) / ((performance.now() - started) / 1000);
      const late = [...sent].map(([id, at]) => (arrivals.get(id) ?? Number.POSITIVE_INFINITY) - at);
      const floor = await floorAt(dir, rate, Math.min(seconds, 4));
      figures.push(
        { name: `append → event, ${rate}/s, p50`, value: quantile(late, 0.5), unit: 'ms', goal: { atMost: 10 } },
        { name: `append → event, ${rate}/s, p99`, value: quantile(late, 0.99), unit: 'ms', goal: { atMost: 40 } },
        { name: `daemon at ${rate}/s`, value: used * 100, unit: '% of a core' },
        { name: `floor (watch and read only), ${rate}/s, p50`, value: quantile(floor, 0.5), unit: 'ms' },
        { name: `floor (watch and read only), ${rate}/s, p99`, value: quantile(floor, 0.99), unit: 'ms' },
      );
      if (late.some((ms) => !Number.isFinite(ms))) throw new Error(`${late.filter((ms) => !Number.isFinite(ms)).length} events of ${late.length} never came`);
    }
  } finally {
    await lake.remove();
  }
  return { bench: 'live: append to WebSocket event, committed before it is published', figures, notes: ['Writer, client and daemon share the machine; content is text; lines of about 500 bytes.'] };
}

async function follow(lake: BenchLake): Promise<Map<string, number>> {
  const socket = new WebSocket(`${lake.url.replace('http', 'ws')}/ws`, { headers: lake.headers });
  const arrivals = new Map<string, number>();
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('message', (data) => {
      const now = performance.now();
      const frame = JSON.parse(String(data)) as { type: string; data?: { uuid: string } };
      if (frame.type === 'hello') socket.send(JSON.stringify({ type: 'subscribe', id: 's', content: 'text' }));
      else if (frame.type === 'subscribed') resolve();
      else if (frame.type === 'event' && frame.data !== undefined) arrivals.set(frame.data.uuid, now);
    });
  });
  return arrivals;
}

async function writeAt(path: string, rate: number, seconds: number, name: string): Promise<Map<string, number>> {
  const sent = new Map<string, number>();
  const total = Math.round(rate * seconds);
  const started = performance.now();
  for (let n = 0; n < total; n++) {
    const due = started + (n * 1000) / rate;
    while (performance.now() < due) await (due - performance.now() > 1.5 ? sleep(1) : new Promise<void>((resolve) => setImmediate(resolve)));
    const uuid = `${name}-${n}`;
    const line = JSON.stringify({ type: 'user', uuid, parentUuid: null, sessionId: SESSION, timestamp: new Date().toISOString(), cwd: '/home/ada/engine', version: '2.1.90', isSidechain: false, message: { role: 'user', content: 'x'.repeat(300) } });
    sent.set(uuid, performance.now());
    appendFileSync(path, `${line}\n`);
  }
  return sent;
}

async function floorAt(dir: string, rate: number, seconds: number): Promise<number[]> {
  const path = join(dir, '..', 'floor', 'floor.log');
  mkdirSync(join(dir, '..', 'floor'), { recursive: true });
  writeFileSync(path, '');
  const fd = openSync(path, 'r');
  const arrivals = new Map<string, number>();
  const buffer = Buffer.alloc(1 << 20);
  let at = 0;
  const watcher = watch(join(dir, '..', 'floor'), () => {
    const read = readSync(fd, buffer, 0, buffer.length, at);
    const now = performance.now();
    at += read;
    for (const line of buffer.toString('latin1', 0, read).split('\n')) if (line !== '') arrivals.set((JSON.parse(line) as { uuid: string }).uuid, now);
  });
  const sent = await writeAt(path, rate, seconds, 'floor');
  await sleep(100);
  watcher.close();
  closeSync(fd);
  return [...sent].map(([id, sentAt]) => (arrivals.get(id) ?? Number.NaN) - sentAt).filter((ms) => !Number.isNaN(ms));
}
