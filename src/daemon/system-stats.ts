// The process and the machine it runs on, looked at no more than every two seconds however often somebody asks.

import { readdirSync, statfsSync } from 'node:fs';
import { arch, freemem, loadavg, platform, uptime } from 'node:os';
import { performance, type EventLoopUtilization } from 'node:perf_hooks';
import type { SystemStats } from '../core/answers/diagnostics.ts';
import { isoFromMs } from '../core/time/time.ts';
import { readMachine } from './machine.ts';
import { VERSION } from './version.ts';

const FRESH_MS = 2000;

export class SystemWatch {
  private readonly dataDir: string;
  private readonly now: () => number;
  private last: { atMs: number; stats: SystemStats } | null = null;
  private cpu = { atMs: performance.now() - process.uptime() * 1000, seconds: 0 };
  private loop: EventLoopUtilization | undefined;

  constructor(dataDir: string, now: () => number = Date.now) {
    this.dataDir = dataDir;
    this.now = now;
  }

  stats(): SystemStats {
    const nowMs = this.now();
    if (this.last === null || nowMs - this.last.atMs >= FRESH_MS || nowMs < this.last.atMs) this.last = { atMs: nowMs, stats: this.look(nowMs) };
    return this.last.stats;
  }

  private look(nowMs: number): SystemStats {
    const { cores, memoryBytes } = readMachine();
    const { rss, heapUsed } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    const disk = diskOf(this.dataDir);
    const seconds = (user + system) / 1e6;
    const atMs = performance.now();
    const percent = ((seconds - this.cpu.seconds) / Math.max(1, atMs - this.cpu.atMs)) * 100_000;
    this.cpu = { atMs, seconds };
    const loop = performance.eventLoopUtilization();
    const utilization = performance.eventLoopUtilization(loop, this.loop ?? { idle: 0, active: 0, utilization: 0 }).utilization;
    this.loop = loop;
    return {
      computed_at: isoFromMs(nowMs),
      process: {
        pid: process.pid, version: VERSION, node_version: process.version, uptime_seconds: process.uptime(), cpu_percent: Math.round(percent * 10) / 10, cpu_seconds: seconds,
        rss_bytes: rss, heap_used_bytes: heapUsed, open_files: openFiles(), event_loop_utilization: Number.isFinite(utilization) ? utilization : 0,
      },
      machine: {
        platform: platform(), arch: arch(), cores, load_average: loadavg(), memory_bytes: memoryBytes, memory_free_bytes: Math.min(freemem(), memoryBytes), uptime_seconds: uptime(),
        disk_bytes: disk?.bytes ?? null, disk_free_bytes: disk?.free ?? null,
      },
    };
  }
}

function diskOf(path: string): { bytes: number; free: number } | null {
  try {
    const { blocks, bavail, bsize } = statfsSync(path);
    return { bytes: blocks * bsize, free: bavail * bsize };
  } catch {
    return null;
  }
}

/** Linux alone tells. */
function openFiles(): number | null {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return null;
  }
}
