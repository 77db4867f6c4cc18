// A document on disk while it is read. SQLite databases are opened read-only beside the agent that writes them.

import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import type Database from 'libsql';
import type { DocumentReader } from '../sources/document.ts';

const READ_BYTES = 128 * 1024;
/** How long a statement waits while the agent commits. */
const BUSY_MS = 5000;
/** A native library of ten MB: loaded with the first database, because most starts read none. */
const loadLibrary = createRequire(import.meta.url);

export class DocumentFile implements DocumentReader {
  readonly mark: string | null;
  private readonly path: string;
  private readonly onRead: (bytes: number) => void;
  private database: Database.Database | null = null;

  constructor(path: string, mark: string | null, onRead: (bytes: number) => void) {
    this.path = path;
    this.mark = mark;
    this.onRead = onRead;
  }

  async *bytes(): AsyncGenerator<Uint8Array, void> {
    for await (const chunk of createReadStream(this.path, { highWaterMark: READ_BYTES }) as AsyncIterable<Buffer>) {
      this.onRead(chunk.length);
      yield chunk;
    }
  }

  rows(sql: string, ...values: (string | number)[]): Iterable<Record<string, unknown>> {
    this.database ??= openDatabase(this.path);
    return this.database.prepare(sql).iterate(...values) as Iterable<Record<string, unknown>>;
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
