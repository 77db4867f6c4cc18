// A log of our own: one line a version of an item. What the last version of each item was is read back
// from the log itself, so nothing else has to be kept in step with it.

import { createReadStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCode } from '../core/errors.ts';
import { completeLength, eachLine } from '../core/bytes/frame.ts';
import { hash64 } from '../core/bytes/hash64.ts';
import type { DocumentItem, MirroredLine } from '../sources/document.ts';

const READ_BYTES = 1024 * 1024;
const FLUSH_BYTES = 256 * 1024;

export class MirroredLog {
  readonly path: string;
  /** Of each key the hash of its newest version. */
  private readonly newest: Map<string, bigint>;
  private isTorn: boolean;
  private waiting: string[] = [];
  private waitingBytes = 0;

  private constructor(path: string, newest: Map<string, bigint>, isTorn: boolean) {
    this.path = path;
    this.newest = newest;
    this.isTorn = isTorn;
  }

  static async open(path: string): Promise<MirroredLog> {
    const newest = new Map<string, bigint>();
    let rest: Buffer = Buffer.alloc(0);
    try {
      for await (const chunk of createReadStream(path, { highWaterMark: READ_BYTES }) as AsyncIterable<Buffer>) {
        const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
        eachLine(bytes, (start, end) => {
          const line = parse(bytes.toString('utf8', start, end));
          if (line !== null) newest.set(line.key, hash64(JSON.stringify(line.item)));
        });
        rest = bytes.subarray(completeLength(bytes));
      }
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error;
    }
    return new MirroredLog(path, newest, rest.length > 0);
  }

  get keys(): number {
    return this.newest.size;
  }

  /** Whether the item is new or another than its last version. It is written with the next flush, at the latest. */
  async put({ key, value }: DocumentItem, observedAt: string): Promise<boolean> {
    const json = JSON.stringify(value);
    const hash = hash64(json);
    if (this.newest.get(key) === hash) return false;
    this.newest.set(key, hash);
    this.waiting.push(`{"key":${JSON.stringify(key)},"observed_at":${JSON.stringify(observedAt)},"item":${json}}\n`);
    this.waitingBytes += json.length;
    if (this.waitingBytes >= FLUSH_BYTES) await this.flush();
    return true;
  }

  /** Throws where it cannot be written; the log is then to be opened anew. */
  async flush(): Promise<void> {
    if (this.waiting.length === 0) return;
    await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
    const file = await open(this.path, 'a', 0o600);
    try {
      // A line that a crash cut short ends here, so that the next one is whole.
      await file.writeFile(`${this.isTorn ? '\n' : ''}${this.waiting.join('')}`);
    } finally {
      await file.close();
    }
    this.isTorn = false;
    this.waiting = [];
    this.waitingBytes = 0;
  }
}

function parse(line: string): MirroredLine | null {
  try {
    const value = JSON.parse(line) as Partial<MirroredLine> | null;
    return typeof value?.key === 'string' && typeof value.item === 'object' ? (value as MirroredLine) : null;
  } catch {
    return null;
  }
}
