// From an append to its WebSocket event, through the whole daemon: noticed, read, scanned, committed,
// published, received. Beside it in the same run, by the same writer, what does less: a directory watch and
// one read, chokidar and one read, and the watch with a plain WebSocket send. None of them commits.

import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { LIVE_PEERS, LivePeer } from './peers/live.ts';
import type { LiveKind } from './peers/live.ts';
import { sharedClockMs } from './support/clock.ts';
import { quantile } from './support/figures.ts';
import type { BenchResult, Figure } from './support/figures.ts';
import { BenchLake, processUsage } from './support/lake.ts';

const RATES = [1, 100, 1000];
const SESSION = '11111111-2222-4333-8444-555555555555';
/** At one line a second fewer lines than this say nothing of the 99th percentile. */
const SLOW_SECONDS = 12;
const PEER_SECONDS = 4;
/** What has not come by then is late. */
const LATE_MS = 300;
const GIVE_UP_MS = 10_000;

export async function liveBench(quick = false): Promise<BenchResult> {
  const seconds = quick ? 3 : 10;
  const lake = new BenchLake();
  const path = join(lake.root, '-home-ada-engine', `${SESSION}.jsonl`);
  begin(path);
  const figures: Figure[] = [];
  try {
    await lake.start(['--no-archive']);
    const { arrivals, close } = await follow(lake);
    await writeAt(path, 20, 1, 'warm');
    for (const rate of RATES) {
      const run = await measured(lake.pid, path, rate, rate === 1 ? SLOW_SECONDS : seconds, `r${rate}`, async () => arrivals, (sent) => untilAllCame(arrivals, sent));
      figures.push(
        { name: `append → event, ${rate}/s, p50`, value: quantile(run.late, 0.5), unit: 'ms', goal: { atMost: 3 } },
        { name: `append → event, ${rate}/s, p99`, value: quantile(run.late, 0.99), unit: 'ms', goal: { atMost: 15 } },
        { name: `events at ${rate}/s not there ${LATE_MS} ms after the last append`, value: run.missing, unit: 'events', goal: { atMost: 0 } },
        { name: `daemon at ${rate}/s`, value: run.cpu * 100, unit: '% of a core', ...(rate === 1000 && { goal: { atMost: 30 } }) },
      );
      for (const kind of Object.keys(LIVE_PEERS) as LiveKind[]) figures.push(...(await peerFigures(kind, join(lake.dir, kind, 'peer.jsonl'), rate, Math.min(seconds, PEER_SECONDS))));
    }
    close();
  } finally {
    await lake.remove();
  }
  return { bench: 'live: append to WebSocket event, committed before it is published', figures, notes: ['Writer, client and daemon share the machine; content is text; lines of about 500 bytes. The peers keep nothing: no commit, no offsets, no check of the file.'] };
}

interface Run {
  /** From the append to the arrival, ms, of the lines that came at all. */
  late: number[];
  /** Lines not there LATE_MS after the last append. */
  missing: number;
  /** Of a core. */
  cpu: number;
}

async function peerFigures(kind: LiveKind, path: string, rate: number, seconds: number): Promise<Figure[]> {
  begin(path);
  const peer = await LivePeer.start(kind, path);
  try {
    await writeAt(path, 20, 1, 'warm');
    const { late, missing, cpu } = await measured(peer.pid, path, rate, seconds, `r${rate}`, () => peer.arrivals());
    const name = `${LIVE_PEERS[kind]}, ${rate}/s`;
    return [
      { name: `${name}, p50`, value: quantile(late, 0.5), unit: 'ms' },
      { name: `${name}, p99`, value: quantile(late, 0.99), unit: 'ms' },
      { name: `${name}, process`, value: cpu * 100, unit: '% of a core' },
      ...(missing > 0 ? [{ name: `${name}, not there ${LATE_MS} ms after the last append`, value: missing, unit: 'lines' }] : []),
    ];
  } finally {
    await peer.stop();
  }
}

type Arrivals = () => Promise<ReadonlyMap<string, number>>;

async function measured(pid: number, path: string, rate: number, seconds: number, name: string, arrivals: Arrivals, settled?: (sent: ReadonlyMap<string, number>) => Promise<void>): Promise<Run> {
  const before = processUsage(pid).cpuSeconds;
  const started = performance.now();
  const sent = await writeAt(path, rate, seconds, name);
  await sleep(LATE_MS);
  const cpu = (processUsage(pid).cpuSeconds - before) / ((performance.now() - started) / 1000);
  const inTime = await arrivals();
  const missing = [...sent.keys()].filter((id) => !inTime.has(id)).length;
  await settled?.(sent);
  const arrived = await arrivals();
  const late = [...sent].map(([id, at]) => (arrived.get(id) ?? Number.NaN) - at).filter((ms) => !Number.isNaN(ms));
  return { late, missing, cpu };
}

/** Late is a figure; lost is a fault. */
async function untilAllCame(arrivals: ReadonlyMap<string, number>, sent: ReadonlyMap<string, number>): Promise<void> {
  const giveUp = performance.now() + GIVE_UP_MS;
  for (;;) {
    const missing = [...sent.keys()].filter((id) => !arrivals.has(id)).length;
    if (missing === 0) return;
    if (performance.now() > giveUp) throw new Error(`${missing} events never came`);
    await sleep(20);
  }
}

async function follow(lake: BenchLake): Promise<{ arrivals: Map<string, number>; close: () => void }> {
  const socket = new WebSocket(`${lake.url.replace('http', 'ws')}/ws`, { headers: lake.headers });
  const arrivals = new Map<string, number>();
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('message', (data) => {
      const now = sharedClockMs();
      const frame = JSON.parse(String(data)) as { type: string; data?: { uuid: string } };
      if (frame.type === 'hello') socket.send(JSON.stringify({ type: 'subscribe', id: 's', content: 'text' }));
      else if (frame.type === 'subscribed') resolve();
      else if (frame.type === 'event' && frame.data !== undefined) arrivals.set(frame.data.uuid, now);
    });
  });
  return { arrivals, close: () => socket.terminate() };
}

function begin(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '');
}

/** When each line was appended, by its uuid. */
async function writeAt(path: string, rate: number, seconds: number, name: string): Promise<Map<string, number>> {
  const sent = new Map<string, number>();
  const total = Math.round(rate * seconds);
  const started = performance.now();
  for (let n = 0; n < total; n++) {
    const due = started + (n * 1000) / rate;
    while (performance.now() < due) await (due - performance.now() > 1.5 ? sleep(1) : new Promise<void>((resolve) => setImmediate(resolve)));
    const uuid = `${name}-${n}`;
    const line = JSON.stringify({ type: 'user', uuid, parentUuid: null, sessionId: SESSION, timestamp: new Date().toISOString(), cwd: '/home/ada/engine', version: '2.1.90', isSidechain: false, message: { role: 'user', content: 'x'.repeat(300) } });
    sent.set(uuid, sharedClockMs());
    appendFileSync(path, `${line}\n`);
  }
  return sent;
}
