// The number of the last commit, beside the index and outside its transactions. DuckDB opens some damaged
// write-ahead logs without a word and with less in its tables: a database that knows fewer commits than
// were made has lost some, and their offsets would be given out twice. Written after each commit without
// waiting for the disk: it may be behind after a power cut, never ahead.

import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs';

export class Watermark {
  private readonly path: string;
  private fd: number | null = null;

  constructor(path: string) {
    this.path = path;
  }

  /** 0 where nothing is known of this epoch. */
  read(epoch: string): number {
    try {
      const [of, seq] = readFileSync(this.path, 'utf8').split('\n');
      return of === epoch && /^\d{1,16}$/.test(seq ?? '') ? Number(seq) : 0;
    } catch {
      return 0;
    }
  }

  /** Throws what the file system throws. */
  write(epoch: string, seq: number): void {
    this.fd ??= openSync(this.path, constants.O_WRONLY | constants.O_CREAT, 0o600);
    writeSync(this.fd, `${epoch}\n${String(seq).padStart(16, '0')}\n`, 0);
  }

  close(): void {
    if (this.fd !== null) closeSync(this.fd);
    this.fd = null;
  }
}
