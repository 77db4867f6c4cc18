// A document on disk while it is read. SQLite databases are opened read-only beside the agent that writes them.

import { createReadStream } from 'node:fs';
import type { Dirent } from 'node:fs';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type Database from 'libsql';
import { systemCode } from '../core/errors.ts';
import type { DocumentReader, Notes } from '../sources/document.ts';

const READ_BYTES = 128 * 1024;
/** How long a statement waits while the agent commits. */
const BUSY_MS = 5000;
/** A native library of ten MB: loaded with the first database, because most starts read none. */
const loadLibrary = createRequire(import.meta.url);

export class DocumentFile implements DocumentReader {
  readonly mark: string | null;
  readonly changedMs: number;
  readonly notes: Notes;
  private readonly root: string;
  private readonly path: string;
  private readonly onRead: (bytes: number) => void;
  private database: Database.Database | null = null;

  /** `path` is relative to the root. */
  constructor(root: string, path: string, known: Pick<DocumentReader, 'mark' | 'changedMs' | 'notes'>, onRead: (bytes: number) => void) {
    this.root = root;
    this.path = join(root, path);
    this.mark = known.mark;
    this.changedMs = known.changedMs;
    this.notes = known.notes;
    this.onRead = onRead;
  }

  async *bytes(): AsyncGenerator<Uint8Array, void> {
    for await (const chunk of createReadStream(this.path, { highWaterMark: READ_BYTES }) as AsyncIterable<Buffer>) {
      this.onRead(chunk.length);
      yield chunk;
    }
  }

  other(path: string): Promise<string | null> {
    return orAbsent(this.read(join(this.root, path)), null);
  }

  files(folder: string): Promise<string[]> {
    return this.names(folder, (entry) => entry.isFile());
  }

  folders(folder: string): Promise<string[]> {
    return this.names(folder, (entry) => entry.isDirectory());
  }

  rows(sql: string, ...values: (string | number)[]): Iterable<Record<string, unknown>> {
    this.database ??= openDatabase(this.path);
    return this.database.prepare(sql).iterate(...values) as Iterable<Record<string, unknown>>;
  }

  private async read(path: string): Promise<string | null> {
    // Neither a link out of the root nor a pipe that nobody writes to.
    return (await lstat(path)).isFile() ? readFile(path, 'utf8') : null;
  }

  private names(folder: string, isWanted: (entry: Dirent) => boolean): Promise<string[]> {
    return orAbsent(readdir(join(this.root, folder), { withFileTypes: true }).then((entries) => entries.filter(isWanted).map(({ name }) => name).toSorted()), []);
  }

  close(): void {
    this.database?.close();
    this.database = null;
  }
}

function openDatabase(path: string): Database.Database {
  const Library = loadLibrary('libsql') as typeof Database;
  return new Library(path, { readonly: true, timeout: BUSY_MS });
}

/** What is deleted while it is read was never there. */
async function orAbsent<T>(reading: Promise<T>, absent: T): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return absent;
    throw error;
  }
}
