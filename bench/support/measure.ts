// What a piece of work costs: wall time, CPU time of all threads, peak memory. Processes are measured
// from outside, so that any program can be; CPU is what the kernel accounts to waited-for children, and
// where there is no /proc both it and the peak are missing.

import { spawn } from 'node:child_process';
import type { SpawnOptions } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

export interface Measure {
  wallMs: number;
  cpuSeconds: number;
  peakBytes: number | null;
}

const CLOCK_TICKS_PER_SECOND = 100;
const SAMPLE_MS = 4;

/** The whole process from its start to its end. Rejects where it fails. One at a time: children are accounted together. */
export async function measureProcess(command: string, args: readonly string[], options: SpawnOptions = {}): Promise<Measure> {
  const cpuBefore = childrenCpuSeconds();
  const started = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], ...options });
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (complaint = `${complaint}${text}`.slice(-2000)));
  let peakBytes: number | null = null;
  const sample = setInterval(() => (peakBytes = peakBytesOf(child.pid ?? 0) ?? peakBytes), SAMPLE_MS);
  try {
    const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
    if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}: ${complaint}`);
  } finally {
    clearInterval(sample);
  }
  return { wallMs: performance.now() - started, cpuSeconds: childrenCpuSeconds() - cpuBefore, peakBytes };
}

/** Work within this process. Its peak counts from here, with what the process held before. */
export async function measureHere(work: () => unknown): Promise<Measure> {
  resetPeak();
  const cpuBefore = process.cpuUsage();
  const started = performance.now();
  await work();
  const { user, system } = process.cpuUsage(cpuBefore);
  return { wallMs: performance.now() - started, cpuSeconds: (user + system) / 1e6, peakBytes: peakBytesOf(process.pid) };
}

function childrenCpuSeconds(): number {
  if (!existsSync('/proc/self/stat')) return Number.NaN;
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / CLOCK_TICKS_PER_SECOND;
}

function peakBytesOf(pid: number): number | null {
  try {
    const kib = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kib === undefined ? null : Number(kib) * 1024;
  } catch {
    return null;
  }
}

function resetPeak(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // Elsewhere the peak is that of the whole process.
  }
}
