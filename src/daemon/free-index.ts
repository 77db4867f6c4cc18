// A command that reads without a daemon holds the index for as long as it takes, most of them for a moment:
// whoever wants to write waits for it.

import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '../core/alive.ts';
import { LakeError } from '../core/errors.ts';
import { readDaemonPid } from './data-dir.ts';

const WAIT_MS = 5000;
const LOOK_MS = 50;

/** What `open` gives, once nobody holds the index. Throws `already_running` at once where a daemon does, and where the others do for too long. */
export async function openWhenFree<T>(open: () => Promise<T>, dataDir: string, now: () => number = Date.now): Promise<T> {
  for (const deadline = now() + WAIT_MS; ; await sleep(LOOK_MS)) {
    try {
      return await open();
    } catch (error) {
      if (!(error instanceof LakeError) || error.code !== 'already_running' || isDaemonAt(dataDir)) throw error;
      if (now() >= deadline) throw new LakeError('already_running', error.message, { cause: error, hint: 'No daemon is known there. If a command reads the index, wait until it has ended; else choose another --data-dir.' });
    }
  }
}

function isDaemonAt(dataDir: string): boolean {
  const pid = readDaemonPid(dataDir);
  return pid !== null && isAlive(pid);
}
