// The second kind of source: documents that an agent rewrites or updates in place, so that nothing can
// be read on from an offset. What is new in one is appended to a log of our own, the mirror, which is
// then tailed, indexed and archived like any other. Pure, like the adapters: bytes and rows are given.

import type { SourceId } from '../core/settings/source-id.ts';
import type { JsonObject } from './adapter.ts';

/** A part of a document that changes as a whole: a message, a session's head. */
export interface DocumentItem {
  /** The mirrored log it goes to: a path below the source's folder of the mirror, ending in `.jsonl`. */
  log: string;
  /** Unique in its log. A later item with the same key and another value is a newer version. */
  key: string;
  value: JsonObject;
}

/** A document while it is read. Both throw where it cannot be read as such. */
export interface DocumentReader {
  /** From the first byte, each time. */
  bytes(): AsyncIterable<Uint8Array>;
  /** Rows of a SQLite database, one at a time. */
  rows(sql: string, ...values: (string | number)[]): Iterable<Record<string, unknown>>;
  /** Another small file below the same root, as text; null where there is none. `path` is relative to the root, with `/`. */
  other(path: string): Promise<string | null>;
  /** The names of the files in a folder below the same root, sorted; none where it is not there. */
  files(folder: string): Promise<string[]>;
  /** The same of folders. */
  folders(folder: string): Promise<string[]>;
  /** What the source notes about documents of this root while the process runs. Any of it may be forgotten. */
  readonly notes: Notes;
  /** When the document, or its place, was last changed: not what its times were set to. Milliseconds. */
  readonly changedMs: number;
  /** Where the last complete reading left off: what it returned; null the first time. */
  readonly mark: string | null;
}

export interface Notes {
  get(key: string): string | number | undefined;
  set(key: string, value: string | number): unknown;
}

export interface DocumentSource {
  /** The source whose adapter reads the mirrored lines. */
  readonly id: SourceId;
  /** Whether a file below the root is such a document; with `/`. */
  accepts(path: string): boolean;
  /** What is put behind a document's path for files that change with it: `-wal`. */
  readonly besides: readonly string[];
  /** The items, those that may have changed since the mark at least. Returns the mark for the next time. */
  items(path: string, document: DocumentReader): AsyncGenerator<DocumentItem, string | null>;
}

/** A line of a mirrored log. */
export interface MirroredLine {
  key: string;
  /** ISO 8601: when the document with this version was last written. */
  observed_at: string;
  item: JsonObject;
}
