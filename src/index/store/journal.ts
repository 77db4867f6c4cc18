// Small commits, durable before their rows are in the tables: a transaction of DuckDB costs milliseconds,
// an entry here a tenth of one. An entry is a whole commit, lines and file offsets together. Its number is
// the commit's; the tables know the number of the last commit in them, so what is to be done after a crash
// is every entry after that. The file is written over from its beginning once all of it is in the tables:
// what is left of older entries breaks the sequence of numbers and is never read as one of them.

import { constants, existsSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { deserialize, serialize } from 'node:v8';
import { crc32 } from 'node:zlib';
import type { CommitOp } from '../../core/commit-op.ts';

/** Length and checksum of what follows, 4 bytes each. */
const HEAD_BYTES = 8;
const NO_BYTES = new Uint8Array(0);

export interface JournalEntry {
  seq: number;
  /** Without the lines' bytes, which nobody asks for after the commit. */
  ops: readonly CommitOp[];
}

/** Raised whenever what an entry holds changes. One of another version is as good as none: its lines are read again. */
const FORMAT = 4;

/** An entry belongs to the lake of its epoch alone. */
type StoredEntry = JournalEntry & { epoch: string; format: number };

export class Journal {
  private readonly file: FileHandle;
  private readonly epoch: string;
  private readonly path: string;
  private end = 0;
  /** Something may have been written that does not count: nothing more may follow it. */
  private broken = false;

  private constructor(file: FileHandle, path: string, epoch: string) {
    this.file = file;
    this.path = path;
    this.epoch = epoch;
  }

  /** Throws what the file system throws. The caller holds the lock of the lake. */
  static async open(path: string, epoch: string): Promise<Journal> {
    return new Journal(await open(path, constants.O_RDWR | constants.O_CREAT, 0o600), path, epoch);
  }

  /** Bytes that hold commits which are not in the tables yet. */
  get bytes(): number {
    return this.end;
  }

  /** Whether entries may be appended; not after a failure, until everything is in the tables. */
  get isUsable(): boolean {
    return !this.broken;
  }

  /** The entries that follow commit `seq`, in order; those appended later go behind them. */
  entriesAfter(seq: number): JournalEntry[] {
    const { entries, end } = readEntries(this.path, this.epoch);
    this.end = end;
    return entries.filter((entry) => entry.seq > seq);
  }

  /** Resolves once durable. Rejects where it may or may not be: then the commit has to go into the tables. */
  async append(entry: JournalEntry): Promise<void> {
    const payload = serialize({ format: FORMAT, epoch: this.epoch, seq: entry.seq, ops: entry.ops } satisfies StoredEntry);
    const bytes = Buffer.allocUnsafe(HEAD_BYTES + payload.length);
    bytes.writeUInt32LE(payload.length, 0);
    bytes.writeUInt32LE(crc32(payload), 4);
    payload.copy(bytes, HEAD_BYTES);
    this.broken = true;
    // Some KiB into the page cache: the trip to a thread and back would take several times as long.
    for (let written = 0; written < bytes.length; ) written += writeSync(this.file.fd, bytes, written, bytes.length - written, this.end + written);
    await this.file.datasync();
    this.end += bytes.length;
    this.broken = false;
  }

  /** Everything appended so far, whether it is durable here or not, is in the tables. */
  rewind(): void {
    this.end = 0;
    this.broken = false;
  }

  /** Leaves nothing behind where everything is in the tables. */
  async close(): Promise<void> {
    await this.file.close();
    if (this.end > 0) return;
    try {
      rmSync(this.path, { force: true });
    } catch {
      // Where the folder may not be written any more. An empty one says no more than none.
    }
  }
}

/** Beside the database, as its own log is. Where there is none, everything is in the tables. */
export function journalPath(databasePath: string): string {
  return `${databasePath}.journal`;
}

export function withoutBytes(ops: readonly CommitOp[]): CommitOp[] {
  return ops.map((op) => (op.kind === 'segment' ? { ...op, bytes: NO_BYTES } : op));
}

/** The number of the last commit that is in the tables, up to `seq`, or follows them here. */
export function lastCommitIn(path: string, epoch: string, seq: number): number {
  const following = readEntries(path, epoch).entries.filter((entry) => entry.seq > seq);
  return following[0]?.seq === seq + 1 ? seq + following.length : seq;
}

function readEntries(path: string, epoch: string): { entries: JournalEntry[]; end: number } {
  const entries: JournalEntry[] = [];
  const bytes = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
  for (let end = 0; ; ) {
    const entry = entryAt(bytes, end);
    const last = entries.at(-1);
    if (entry === null || entry.stored.epoch !== epoch || (last !== undefined && entry.stored.seq !== last.seq + 1)) return { entries, end };
    entries.push(entry.stored);
    end = entry.end;
  }
}

/** Null where no whole entry begins. */
function entryAt(bytes: Buffer, at: number): { stored: StoredEntry; end: number } | null {
  if (at + HEAD_BYTES > bytes.length) return null;
  const length = bytes.readUInt32LE(at);
  const end = at + HEAD_BYTES + length;
  if (length === 0 || end > bytes.length) return null;
  const payload = bytes.subarray(at + HEAD_BYTES, end);
  if (crc32(payload) !== bytes.readUInt32LE(at + 4)) return null;
  const stored = deserialize(payload) as StoredEntry;
  return stored.format === FORMAT ? { stored, end } : null;
}
