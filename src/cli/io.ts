// The outside world as commands see it: two outputs, environment and time. Tests give their own.

import { once } from 'node:events';
import { homedir } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { EXIT } from '../core/errors.ts';

export type Input = Readable & { isTTY?: boolean };
export type Output = Writable & { isTTY?: boolean; columns?: number };

export interface Io {
  /** Data only. */
  stdout: Output;
  /** Messages and progress. */
  stderr: Output;
  readonly stdin: Input;
  env: Readonly<Record<string, string | undefined>>;
  platform: NodeJS.Platform;
  home: string;
  cwd: string;
  /** The path of the script that runs, as it was called. */
  script: string;
  now(): number;
  /** Aborts when nobody reads standard output any more. */
  closed: AbortSignal;
  /** Aborts on SIGINT or SIGTERM, from the first call on; a second signal ends the process at once. */
  interrupted(): AbortSignal;
  /** Does this where a signal ends the process, which then ends by it. Returns how to call it off. */
  atSignal(act: () => void): () => void;
}

export function systemIo(): Io {
  const closed = new AbortController();
  // Without these, a reader that went away (`| head`) would end the process with a stack trace.
  process.stdout.on('error', () => closed.abort());
  process.stderr.on('error', () => {});
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    // Opened only by who reads it.
    get stdin() {
      return process.stdin;
    },
    env: process.env,
    platform: process.platform,
    home: homedir(),
    cwd: process.cwd(),
    script: process.argv[1] ?? 'sessionlake',
    now: () => Date.now(),
    closed: closed.signal,
    interrupted: interruption,
    atSignal,
  };
}

let interruptedBy: AbortController | undefined;

function interruption(): AbortSignal {
  if (interruptedBy !== undefined) return interruptedBy.signal;
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(EXIT.failed);
    controller.abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  interruptedBy = controller;
  return controller.signal;
}

function atSignal(act: () => void): () => void {
  const onSignal = (signal: NodeJS.Signals): void => {
    act();
    callOff();
    process.kill(process.pid, signal);
  };
  const callOff = (): void => {
    for (const signal of ENDING) process.off(signal, onSignal);
  };
  for (const signal of ENDING) process.on(signal, onSignal);
  return callOff;
}

const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Writes data at the reader's pace. Returns at once when the reader is gone. */
export async function writeData(io: Io, data: string | Uint8Array): Promise<void> {
  if (io.closed.aborted || io.stdout.write(data)) return;
  try {
    await once(io.stdout, 'drain', { signal: io.closed });
  } catch {
    // The reader is gone: `closed` says so to whoever goes on writing.
  }
}

export async function writeLine(io: Io, text: string): Promise<void> {
  await writeData(io, `${text}\n`);
}

export async function writeJson(io: Io, document: unknown): Promise<void> {
  await writeLine(io, JSON.stringify(document, null, io.stdout.isTTY === true ? 2 : undefined));
}

export function say(io: Io, text: string): void {
  io.stderr.write(`${text}\n`);
}

/** Columns of the terminal behind an output; null where it is none, so nothing is cut there. */
export function widthOf(output: Output): number | null {
  return output.isTTY === true ? Math.max(20, output.columns ?? 80) : null;
}
