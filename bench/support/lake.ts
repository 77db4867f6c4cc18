// A daemon over a folder of its own, for benches: the built executable in its own process.

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { measureProcess } from './measure.ts';
import type { Measure } from './measure.ts';

export const EXECUTABLE = fileURLToPath(new URL('../../bin/sessionlake.js', import.meta.url));

export class BenchLake {
  readonly dir = mkdtempSync(join(tmpdir(), 'sessionlake-bench-'));
  readonly root: string;
  readonly dataDir = join(this.dir, 'data');
  private process: ChildProcess | null = null;

  /** Over a folder of logs that is there and stays; without one, over an empty folder of its own. */
  constructor(root?: string) {
    this.root = root ?? join(this.dir, 'projects');
    mkdirSync(this.root, { recursive: true });
  }

  /** The whole process of a first index of everything below the root, from nothing. */
  async indexOnce(flags: readonly string[] = []): Promise<Measure> {
    rmSync(this.dataDir, { recursive: true, force: true });
    return this.runOnce(flags);
  }

  /** The whole process of `start --once` over the data that is there. */
  runOnce(flags: readonly string[] = []): Promise<Measure> {
    const args = [EXECUTABLE, 'start', '--once', '--data-dir', this.dataDir, '--root', this.root, '--log-level', 'error', ...flags];
    return measureProcess(process.execPath, args, { env: { ...process.env, HOME: this.dir } });
  }

  /** Milliseconds from the start of the process until everything on disk is indexed. */
  async start(flags: readonly string[] = []): Promise<number> {
    const started = performance.now();
    await this.serve(flags);
    await this.caughtUp();
    return performance.now() - started;
  }

  async caughtUp(): Promise<void> {
    while (!(await this.get<{ caught_up: boolean }>('/api/status')).caught_up) await sleep(5);
  }

  /** Until the port answers. */
  async serve(flags: readonly string[] = []): Promise<void> {
    const child = spawn(process.execPath, [...(process.env['BENCH_NODE_FLAGS']?.split(' ') ?? []), EXECUTABLE, 'start', '--port', '0', '--data-dir', this.dataDir, '--root', this.root, '--log-level', 'error', ...flags], { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, HOME: this.dir } });
    this.process = child;
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (said = `${said}${text}`.slice(-2000)));
    while (!existsSync(join(this.dataDir, 'daemon.json'))) {
      if (child.exitCode !== null) throw new Error(`the daemon ended with ${child.exitCode}: ${said}`);
      await sleep(2);
    }
  }

  get pid(): number {
    return this.process?.pid ?? 0;
  }

  get url(): string {
    return (JSON.parse(readFileSync(join(this.dataDir, 'daemon.json'), 'utf8')) as { url: string }).url;
  }

  /** Nothing compressed: what is measured is making the bytes. */
  get headers(): Record<string, string> {
    return { 'accept-encoding': 'identity', authorization: `Bearer ${readFileSync(join(this.dataDir, 'token'), 'utf8').trim()}` };
  }

  async get<T>(path: string): Promise<T> {
    const response = await fetch(new URL(path, this.url), { headers: this.headers });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  async stop(): Promise<void> {
    const child = this.process;
    if (child === null || child.exitCode !== null) return;
    child.kill('SIGTERM');
    await new Promise((resolve) => child.once('exit', resolve));
    this.process = null;
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** CPU seconds and bytes that the kernel accounts to a process; Linux only. */
export function processUsage(pid: number): { cpuSeconds: number; rssBytes: number; peakRssBytes: number; readBytes: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kib = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) * 1024;
  const readBytes = Number(/rchar: (\d+)/.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1] ?? 0);
  return { cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100, rssBytes: kib('VmRSS'), peakRssBytes: kib('VmHWM'), readBytes };
}
