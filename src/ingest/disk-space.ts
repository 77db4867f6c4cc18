// Whether there is room to commit. While there is none it is a problem, and the log says when that began and ended.

import { statfs } from 'node:fs/promises';
import type { Logger } from '../core/logger.ts';
import type { Problems } from './problems.ts';

const CHECK_MS = 2000;
const MIB = 1024 * 1024;

export interface DiskSpaceOptions {
  dataDir: string;
  minFreeBytes: number;
  problems: Problems;
  logger: Logger;
  /** Free bytes where the index lies; null where that cannot be told. */
  freeBytes?: (dir: string) => Promise<number | null>;
}

export class DiskSpace {
  private readonly options: DiskSpaceOptions;
  private foundAt = Number.NEGATIVE_INFINITY;
  private isFull = false;

  constructor(options: DiskSpaceOptions) {
    this.options = options;
  }

  /** As it was lately, where it was enough. */
  async isEnough(): Promise<boolean> {
    const now = performance.now();
    if (now - this.foundAt < CHECK_MS) return true;
    const { dataDir, minFreeBytes, freeBytes = freeBytesOf } = this.options;
    const free = (await freeBytes(dataDir)) ?? Number.POSITIVE_INFINITY;
    if (free < minFreeBytes) {
      this.tellFull(`Only ${Math.floor(free / MIB)} MiB are free under ${dataDir}; indexing pauses below ${Math.floor(minFreeBytes / MIB)} MiB.`);
      return false;
    }
    this.tellEnough();
    this.foundAt = now;
    return true;
  }

  private tellFull(message: string): void {
    const { problems, logger } = this.options;
    problems.raise('disk_full', message, { hint: 'Free some space or lower --min-free-bytes; indexing goes on by itself from the saved offsets.' });
    if (!this.isFull) logger.warn({ code: 'disk_full' }, message);
    this.isFull = true;
  }

  private tellEnough(): void {
    const { problems, logger } = this.options;
    problems.clear('disk_full');
    if (this.isFull) logger.info({ code: 'disk_full' }, 'there is room on the disk again; indexing goes on');
    this.isFull = false;
  }
}

async function freeBytesOf(dir: string): Promise<number | null> {
  const stats = await statfs(dir).catch(() => null);
  return stats === null ? null : stats.bavail * stats.bsize;
}
