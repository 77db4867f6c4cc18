// Where generated files go: a directory, or memory for tests. A log file is
// opened, appended to line by line and closed with the time it was last written;
// several may be open at once (a session and its subagents).

import { closeSync, futimesSync, mkdirSync, openSync, utimesSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface SinkFile {
  /** Returns the bytes appended. */
  append(bytes: string | Buffer): number;
  close(mtimeMs: number): void;
}

export interface Sink {
  open(path: string): SinkFile;
  put(path: string, content: string, mtimeMs: number): void;
}

/** One write call per this many bytes; large enough that the system calls do not show. */
const BUFFER_BYTES = 512 * 1024;

class DirectoryFile implements SinkFile {
  private readonly fd: number;
  private readonly release: (buffer: Buffer) => void;
  private readonly buffer: Buffer;
  private used = 0;

  constructor(fd: number, buffer: Buffer, release: (buffer: Buffer) => void) {
    this.fd = fd;
    this.buffer = buffer;
    this.release = release;
  }

  append(bytes: string | Buffer): number {
    if (typeof bytes === 'string') {
      // A UTF-16 unit is at most three bytes of UTF-8, so this bound needs no counting.
      if (bytes.length * 3 > BUFFER_BYTES - this.used) this.flush();
      if (bytes.length * 3 > BUFFER_BYTES) return this.writeAll(Buffer.from(bytes));
      const written = this.buffer.write(bytes, this.used);
      this.used += written;
      return written;
    }
    if (bytes.length > BUFFER_BYTES - this.used) this.flush();
    if (bytes.length > BUFFER_BYTES) return this.writeAll(bytes);
    bytes.copy(this.buffer, this.used);
    this.used += bytes.length;
    return bytes.length;
  }

  close(mtimeMs: number): void {
    this.flush();
    futimesSync(this.fd, mtimeMs / 1000, mtimeMs / 1000);
    closeSync(this.fd);
    this.release(this.buffer);
  }

  private flush(): void {
    this.writeAll(this.buffer.subarray(0, this.used));
    this.used = 0;
  }

  private writeAll(bytes: Buffer): number {
    for (let at = 0; at < bytes.length;) at += writeSync(this.fd, bytes, at);
    return bytes.length;
  }
}

export class DirectorySink implements Sink {
  private readonly root: string;
  private readonly made = new Set<string>();
  private readonly spare: Buffer[] = [];

  constructor(root: string) {
    this.root = root;
  }

  open(path: string): SinkFile {
    // wx: two files of one name would be a fault of the generator, not something to write over.
    const fd = openSync(this.place(path), 'wx');
    const buffer = this.spare.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES);
    return new DirectoryFile(fd, buffer, (free) => this.spare.push(free));
  }

  put(path: string, content: string, mtimeMs: number): void {
    const full = this.place(path);
    writeFileSync(full, content);
    utimesSync(full, mtimeMs / 1000, mtimeMs / 1000);
  }

  private place(path: string): string {
    const full = join(this.root, path);
    const folder = dirname(full);
    if (!this.made.has(folder)) {
      mkdirSync(folder, { recursive: true });
      this.made.add(folder);
    }
    return full;
  }
}

export interface MemoryFile {
  path: string;
  /** Each with its newline; the last may lack it. */
  lines: Buffer[];
  mtimeMs: number;
}

export class MemorySink implements Sink {
  readonly files: MemoryFile[] = [];

  open(path: string): SinkFile {
    const file: MemoryFile = { path, lines: [], mtimeMs: 0 };
    this.files.push(file);
    return {
      append(bytes) {
        const piece = Buffer.from(bytes as string);
        const last = file.lines.at(-1);
        // A byte order mark comes as a piece of its own and belongs to the first line.
        if (last !== undefined && last.at(-1) !== 0x0a) file.lines[file.lines.length - 1] = Buffer.concat([last, piece]);
        else file.lines.push(piece);
        return piece.length;
      },
      close(mtimeMs) {
        file.mtimeMs = mtimeMs;
      },
    };
  }

  put(path: string, content: string, mtimeMs: number): void {
    this.files.push({ path, lines: [Buffer.from(content)], mtimeMs });
  }
}
