// Bulk exports of a generated lake over HTTP by a daemon restarted over it: wall, CPU and memory of the
// daemon, for a client that only counts bytes. Beside them in the same run a bare Node server that
// copies the same files out, and JSON.parse with JSON.stringify of the same lines.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync, readSync, readdirSync, writeFileSync, closeSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { generateLake } from './generator/generate.ts';
import { median } from './support/figures.ts';
import type { BenchResult, Figure } from './support/figures.ts';
import { BenchLake, processUsage } from './support/lake.ts';

const ROUNDS = 5;
const PIECE_BYTES = 1024 * 1024;

interface Export {
  name: string;
  path: string;
  rate?: { atLeast: number };
  memory?: { atMost: number };
}

/** Largest memory last: what a process once had it seldom gives back. */
const EXPORTS: readonly Export[] = [
  { name: 'jsonl, the lines verbatim', path: '/api/export?format=jsonl', rate: { atLeast: 600 }, memory: { atMost: 150 } },
  { name: 'ndjson without content', path: '/api/export?content=none' },
  { name: 'ndjson with text', path: '/api/export?content=text', rate: { atLeast: 150 } },
  { name: 'ndjson with raw lines', path: '/api/export?content=raw' },
  { name: 'csv with text', path: '/api/export?format=csv&content=text' },
];

interface Run {
  bytes: number;
  ms: number;
  cpuSeconds: number;
}

export async function exportBench(quick = false): Promise<BenchResult> {
  const lake = new BenchLake();
  try {
    const truth = await generateLake({ seed: 7, dir: lake.root, shape: 'mixed', targetBytes: (quick ? 60 : 300) * 1e6 });
    await lake.start(['--no-archive']);
    await lake.stop();
    await lake.start(['--no-archive']);
    await sleep(1000);
    const figures: Figure[] = [{ name: 'memory of the daemon before', value: processUsage(lake.pid).rssBytes / 1e6, unit: 'MB' }];
    const copied = await copyRuns(lake.root);
    figures.push(
      { name: 'bare server that copies the files', value: rateOf(copied), unit: 'MB/s', reference: true },
      { name: 'bare server that copies the files: per CPU second', value: perCpuSecond(copied), unit: 'MB/CPU s', reference: true },
    );
    for (const one of EXPORTS) figures.push(...(await exportFigures(lake, one, copied, truth.lines)));
    const parsed = Array.from({ length: ROUNDS }, () => parseAndPrint(lake.root));
    figures.push(
      { name: 'JSON.parse + stringify of the lines, nothing sent', value: rateOf(parsed), unit: 'MB/s', reference: true },
      { name: 'JSON.parse + stringify of the lines: per line', value: (cpuOf(parsed) * 1e6) / truth.lines, unit: 'µs CPU', reference: true },
    );
    return {
      bench: `export: ${(truth.bytes / 1e6).toFixed(0)} MB, ${truth.lines} lines, medians of ${ROUNDS}`,
      figures,
      notes: ['MB/s are of what is sent (of what is read for the last line), one connection, page cache warm; the client shares the machine.', 'CPU is of the whole daemon, all threads.'],
    };
  } finally {
    await lake.remove();
  }
}

async function exportFigures(lake: BenchLake, { name, path, rate, memory }: Export, copied: readonly Run[], lines: number): Promise<Figure[]> {
  const url = new URL(path, lake.url);
  await download(url, lake.headers, lake.pid);
  forgetPeak(lake.pid);
  const runs: Run[] = [];
  for (let round = 0; round < ROUNDS; round++) runs.push(await download(url, lake.headers, lake.pid));
  const peak = processUsage(lake.pid).peakRssBytes / 1e6;
  const cpu = cpuOf(runs);
  return [
    { name, value: rateOf(runs), unit: 'MB/s', ...(rate === undefined ? {} : { goal: rate }) },
    { name: `${name}: per CPU second`, value: perCpuSecond(runs), unit: 'MB per CPU s' },
    { name: `${name}: per line`, value: (cpu * 1e6) / lines, unit: 'µs CPU' },
    { name: `${name}: wall / copying as many bytes`, value: rateOf(copied) / rateOf(runs), unit: '×' },
    { name: `${name}: memory`, value: peak, unit: 'MB peak', ...(memory === undefined ? {} : { goal: memory }) },
  ];
}

function rateOf(runs: readonly Run[]): number {
  return median(runs.map((run) => run.bytes / 1e3 / run.ms));
}

function cpuOf(runs: readonly Run[]): number {
  return median(runs.map((run) => run.cpuSeconds));
}

function perCpuSecond(runs: readonly Run[]): number {
  return (runs[0]?.bytes ?? 0) / 1e6 / cpuOf(runs);
}

/** The peak begins anew; Linux only. */
function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/** Reads an answer to its end and counts; the bytes are of the body's chunks with their frames. */
async function download(url: URL, headers: Record<string, string>, pid: number): Promise<Run> {
  const cpuBefore = processUsage(pid).cpuSeconds;
  const started = performance.now();
  const buffer = Buffer.allocUnsafe(PIECE_BYTES);
  let bytes = 0;
  let tail = '';
  const take = (length: number): boolean => {
    if (bytes === 0 && !buffer.toString('latin1', 0, 15).startsWith('HTTP/1.1 200')) throw new Error(buffer.toString('latin1', 0, Math.min(length, 600)));
    bytes += length;
    tail = `${tail}${buffer.toString('latin1', Math.max(0, length - 400), length)}`.slice(-400);
    return true;
  };
  const socket = connect({ host: url.hostname, port: Number(url.port), onread: { buffer, callback: take } });
  const head = Object.entries(headers).map(([key, value]) => `${key}: ${value}\r\n`).join('');
  socket.write(`GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\nConnection: close\r\n${head}\r\n`);
  await once(socket, 'close');
  const ms = performance.now() - started;
  if (!/\r\n0\r\n([^\r\n]+\r\n)*\r\n$/.test(tail)) throw new Error(`${url.pathname}${url.search} was cut: …${tail}`);
  return { bytes, ms, cpuSeconds: processUsage(pid).cpuSeconds - cpuBefore };
}

async function copyRuns(root: string): Promise<Run[]> {
  const server = fork(fileURLToPath(import.meta.url), ['export-peer', root]);
  try {
    const [port] = (await once(server, 'message')) as [number];
    const runs: Run[] = [];
    for (let round = 0; round <= ROUNDS; round++) runs.push(await download(new URL(`http://127.0.0.1:${port}/`), {}, server.pid ?? 0));
    return runs.slice(1);
  } finally {
    server.kill();
  }
}

function logFiles(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.jsonl')).map((name) => join(root, name));
}

async function servePeer(root: string): Promise<void> {
  const files = logFiles(root);
  const buffer = Buffer.allocUnsafe(PIECE_BYTES);
  const server = createServer(async (_request, response) => {
    for (const file of files) {
      const fd = openSync(file, 'r');
      for (let read = readSync(fd, buffer); read > 0; read = readSync(fd, buffer)) {
        await new Promise((resolve) => response.write(buffer.subarray(0, read), resolve));
      }
      closeSync(fd);
    }
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.send?.((server.address() as AddressInfo).port);
}

function parseAndPrint(root: string): Run {
  const cpuBefore = process.cpuUsage();
  const started = performance.now();
  let bytes = 0;
  for (const file of logFiles(root)) {
    const text = readFileSync(file, 'utf8');
    bytes += text.length;
    for (const line of text.split('\n')) {
      try {
        Buffer.from(JSON.stringify(JSON.parse(line)));
      } catch {
        // A line that is no JSON costs as much.
      }
    }
  }
  const { user, system } = process.cpuUsage(cpuBefore);
  return { bytes, ms: performance.now() - started, cpuSeconds: (user + system) / 1e6 };
}

if (process.argv[2] === 'export-peer') await servePeer(process.argv[3] ?? '');
