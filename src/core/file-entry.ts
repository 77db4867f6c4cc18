// A source file as the index remembers it: where it is, who it is, how far it was read.

/** Identity beyond the path. Times and sizes come from stat; hashes are 64-bit, in hex. */
export interface Fingerprint {
  dev: string;
  ino: string;
  /** When the file or its content was made, whichever was first. Tells forks from originals; not compared. */
  birthMs: number;
  /** Bytes at the head that `headHash` covers: min(offset, 1 KiB). */
  headLength: number;
  headHash: string;
  /** Hash of the min(offset, 256) bytes before the offset. */
  tailHash: string;
}

export interface FileEntry {
  /** Number of the file in the lake; never given out twice. */
  fileIx: number;
  source: string;
  root: string;
  path: string;
  project: string;
  generation: number;
  fingerprint: Fingerprint;
  /** Byte after the last newline consumed. */
  offset: number;
  lines: number;
  rejects: number;
  size: number;
  modifiedMs: number;
  /** The adapter's state at `offset`, as JSON. */
  adapterState: string;
  state: 'present' | 'gone' | 'replaced';
}

/** The outside's name of a file. */
export function fileId(fileIx: number): string {
  return `f${fileIx}`;
}

/** Undefined where the text names no file. */
export function fileIxOf(id: string): number | undefined {
  const match = /^f(\d{1,9})$/.exec(id);
  return match === null ? undefined : Number(match[1]);
}
