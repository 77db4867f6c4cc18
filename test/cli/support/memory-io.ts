// The outside world for commands under test: outputs kept in memory, an environment of their own.

import { Readable, Writable } from 'node:stream';
import type { Io, Output } from '../../../src/cli/io.ts';

export interface MemoryIo extends Io {
  out(): string;
  err(): string;
  interrupt(): void;
  /** As when the reader of standard output goes away. */
  closeOutput(): void;
  /** Resolves once the text stands in standard output. */
  sees(text: string): Promise<void>;
}

export interface MemoryOptions {
  env?: Record<string, string>;
  home?: string;
  cwd?: string;
  script?: string;
  nowMs?: number;
  /** What is on standard input. */
  input?: string;
  /** Columns: standard output is a terminal. */
  columns?: number;
}

export function memoryIo({ env = {}, home = '/nowhere', cwd = '/', script = '/usr/bin/sessionlake', nowMs, input = '', columns }: MemoryOptions = {}): MemoryIo {
  const out = new MemoryOutput(columns);
  const err = new MemoryOutput(columns);
  const interrupted = new AbortController();
  const closed = new AbortController();
  return {
    stdout: out,
    stderr: err,
    stdin: Readable.from([Buffer.from(input)]),
    env,
    platform: 'linux',
    home,
    cwd,
    script,
    now: () => nowMs ?? Date.now(),
    closed: closed.signal,
    interrupted: () => interrupted.signal,
    atSignal: () => () => {},
    interrupt: () => interrupted.abort(),
    closeOutput: () => closed.abort(),
    out: () => out.text,
    err: () => err.text,
    sees: (text) => out.sees(text),
  };
}

class MemoryOutput extends Writable implements Output {
  isTTY?: boolean;
  columns?: number;
  readonly #chunks: Buffer[] = [];
  #watchers: { text: string; done: () => void }[] = [];

  constructor(columns: number | undefined) {
    super();
    if (columns === undefined) return;
    this.isTTY = true;
    this.columns = columns;
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#chunks.push(Buffer.from(chunk));
    const { text } = this;
    this.#watchers = this.#watchers.filter((watcher) => {
      if (!text.includes(watcher.text)) return true;
      watcher.done();
      return false;
    });
    done();
  }

  sees(text: string): Promise<void> {
    if (this.text.includes(text)) return Promise.resolve();
    return new Promise((done) => this.#watchers.push({ text, done }));
  }
}
